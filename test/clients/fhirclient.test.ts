import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import smart from 'fhirclient';
import { exportJWK } from 'jose';
import * as oidc from 'openid-client';
import type { ClientInput } from '../../src/clients/client-input.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { BrowserAgent } from '../helpers/browser-agent.js';
import { newClientKey } from '../helpers/client-keys.js';
import { memberWith, profileIn } from '../helpers/members.js';

let world: AdminWorld;
let iss: string;
beforeAll(async () => {
  world = await startAdminWorld();
  iss = `${world.app.baseUrl}fhir/R4`;
});
afterAll(() => world.close());

/** What fhirclient keeps between the start of a sign-in and its end. */
function storage() {
  const kept = new Map<string, unknown>();
  return {
    get: async (key: string) => kept.get(key),
    set: async (key: string, value: unknown) => void kept.set(key, value),
    unset: async (key: string) => kept.delete(key),
  };
}

type SmartClient = ReturnType<ReturnType<typeof smart>['client']>;

describe('fhirclient as a backend service', () => {
  it.each(['RS384', 'ES384'])(
    'SMT-18 INF-3.2.05 reads and searches with the token that openid-client got with %s',
    async (alg) => {
      const key = await newClientKey(alg);
      const { id } = await world.addClient(world.project.id, {
        name: `Backend ${alg}`,
        grantTypes: ['client_credentials'],
        jwks: { keys: [key.jwk] },
        allowedScopes: ['system/Practitioner.rs'],
      });
      const config = await oidc.discovery(
        new URL(world.app.baseUrl),
        id,
        {},
        oidc.PrivateKeyJwt({ key: key.privateKey, kid: key.jwk.kid! }),
        { execute: [oidc.allowInsecureRequests] },
      );
      const { access_token } = await oidc.clientCredentialsGrant(config, { scope: 'system/Practitioner.rs' });
      const client = smart({} as never, {} as never, storage()).client({
        serverUrl: iss,
        tokenResponse: { access_token },
      });
      const person = await memberWith(world, [{ resourceType: '*' }]);
      const path = profileIn((await world.agent.codeFlow(world.project.app, person)).body.access_token);
      expect(await client.request(path)).toMatchObject({
        resourceType: 'Practitioner',
        id: path.split('/')[1],
      });
      const found = await client.request(`Practitioner?_id=${path.split('/')[1]}`);
      expect(found.entry.map(({ resource }: { resource: { id: string } }) => resource.id)).toEqual([
        path.split('/')[1],
      ]);
      await expect(client.request('Patient/x')).rejects.toThrow(/403|Forbidden/);
      await expect(client.create({ resourceType: 'Practitioner' })).rejects.toThrow(/403|Forbidden/);
    },
  );
});

describe('fhirclient as an app that a patient opens', () => {
  /** An app on this machine: `/launch` begins, `/` is where people come back to; `seen` is what it got. */
  async function appWith(input: Partial<ClientInput>, own: { clientPrivateJwk?: object } = {}) {
    const kept = storage();
    const seen: SmartClient[] = [];
    const server = createServer((request: IncomingMessage, response: ServerResponse) => {
      const api = smart(request as never, response, kept);
      const run = async () => {
        if (request.url?.startsWith('/launch')) {
          const scope = 'openid fhirUser launch/patient patient/Patient.rs offline_access';
          await api.authorize({ iss, clientId: id, scope, redirectUri: '/', ...own } as never);
        } else {
          seen.push(await api.ready());
          response.end('Signed in');
        }
      };
      run().catch((error: Error) => response.writeHead(500).end(error.message));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const home = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { id } = await world.addClient(world.project.id, {
      name: 'My record',
      redirectUris: [home],
      ...input,
    });
    return { home, seen, close: () => server.close() };
  }

  async function signIn(
    app: Awaited<ReturnType<typeof appWith>>,
    person: Parameters<typeof world.agent.signIn>[1],
  ) {
    const browser = new BrowserAgent(app.home);
    const asked = new URL((await browser.get(`${app.home}launch`)).headers.get('location')!);
    const parameters = Object.fromEntries(asked.searchParams);
    const client = { id: parameters['client_id']!, redirectUri: app.home };
    const back = await world.agent.signIn(client, person, parameters);
    const answer = await browser.get(back.href);
    const arrived = answer.status === 302 ? await browser.get(answer.headers.get('location')!) : answer;
    expect([arrived.status, await arrived.text()]).toEqual([200, 'Signed in']);
    return app.seen.at(-1)!;
  }

  it.each(['public', 'ES384', 'RS384'])(
    'INF-1.1.02 SMT-32 finds everything in smart-configuration, signs a patient in (%s) and reads',
    async (kind) => {
      const key = kind === 'public' ? undefined : await newClientKey(kind);
      const privateJwk = key && { ...(await exportJWK(key.privateKey)), kid: key.jwk.kid, alg: kind };
      const app = await appWith(
        {
          grantTypes: ['authorization_code', 'refresh_token'],
          ...(key
            ? { jwks: { keys: [key.jwk] }, tokenEndpointAuthMethod: 'private_key_jwt' }
            : { authenticatedGrants: [] }),
        },
        privateJwk ? { clientPrivateJwk: privateJwk } : {},
      );
      try {
        const person = await memberWith(world, [{ resourceType: '*' }], { profileType: 'Patient' });
        const client = await signIn(app, person);
        const { access_token } = client.state.tokenResponse!;
        const [, patientId] = profileIn(access_token!).split('/');
        expect(client.patient.id).toBe(patientId);
        expect(await client.patient.read()).toMatchObject({ resourceType: 'Patient', id: patientId });
        expect(client.user.fhirUser).toMatch(new RegExp(`Patient/${patientId}$`));
        expect(await client.user.read()).toMatchObject({ id: patientId });
        expect(await client.request('Patient')).toMatchObject({ entry: [{ resource: { id: patientId } }] });
        await expect(client.request('Practitioner')).rejects.toThrow(/403|Forbidden/);
        // It forgets to sign its refresh, and a family that began signed is refreshed signed (RFC 6749 section 6).
        if (key) return await expect(client.refresh()).rejects.toThrow(/invalid_grant/);
        await client.refresh();
        expect(client.state.tokenResponse!.access_token).not.toBe(access_token);
        expect(await client.patient.read()).toMatchObject({ id: patientId });
      } finally {
        app.close();
      }
    },
  );
});
