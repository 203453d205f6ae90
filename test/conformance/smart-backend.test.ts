import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as oidc from 'openid-client';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { AssertionSigner, assertionForm, type ClientKey, newClientKey } from '../helpers/client-keys.js';
import { memberWith, profileIn, readFhir } from '../helpers/members.js';
import { redirectUri } from '../helpers/world.js';

let world: AdminWorld;
beforeAll(async () => {
  world = await startAdminWorld();
});
afterAll(() => world.close());

/** A backend service with a key, and a way to ask for a token. */
async function backend(alg: string, allowedScopes: string[] | null = ['system/Practitioner.rs']) {
  const key = await newClientKey(alg);
  const client = await world.addClient(world.project.id, {
    name: `Backend ${alg}`,
    grantTypes: ['client_credentials'],
    jwks: { keys: [key.jwk] },
    allowedScopes,
  });
  const ask = async (scope: string | undefined, signer = signerOf(client.id, key)) =>
    world.agent.token({
      grant_type: 'client_credentials',
      scope,
      ...assertionForm(await signer.sign()),
    });
  return { client, key, ask };
}
const signerOf = (id: string, key: ClientKey) =>
  new AssertionSigner(id, `${world.app.baseUrl}oauth2/token`, key);

describe('backend services', () => {
  it.each(['RS384', 'ES384'])(
    'SMT-18 SMT-19 SMT-23 SMT-25 INF-3.2.05 INF-3.2.06 openid-client gets a token with %s, and reads with it',
    async (alg) => {
      const { client, key } = await backend(alg);
      const config = await oidc.discovery(
        new URL(world.app.baseUrl),
        client.id,
        {},
        oidc.PrivateKeyJwt({ key: key.privateKey, kid: key.jwk.kid! }),
        { execute: [oidc.allowInsecureRequests] },
      );
      const tokens = await oidc.clientCredentialsGrant(config, { scope: 'system/Practitioner.rs' });
      expect(tokens).toMatchObject({
        token_type: 'bearer',
        expires_in: 300,
        scope: 'system/Practitioner.rs',
      });
      expect(tokens.refresh_token).toBeUndefined();
      expect(tokens.id_token).toBeUndefined();
      const { body } = await world.agent.codeFlow(
        world.project.app,
        await memberWith(world, [{ resourceType: '*' }]),
      );
      const path = profileIn(body.access_token);
      const authorization = `Bearer ${tokens.access_token}`;
      expect((await readFhir(world, authorization, path)).status).toBe(200);
      expect((await readFhir(world, authorization, 'Patient/x')).status).toBe(403);
    },
  );

  it.each([
    ['SMT-20 not listed', ['system/Practitioner.rs'], 'system/Patient.rs', 'invalid_scope'],
    ['SMT-20 wider than listed', ['system/Practitioner.rs'], 'system/*.rs', 'invalid_scope'],
    ['SMT-20 more than listed', ['system/Practitioner.rs'], 'system/Practitioner.cruds', 'invalid_scope'],
    ['SMT-20 nothing listed', null, 'system/Practitioner.rs', 'invalid_scope'],
    [
      'SMT-20 a good one beside a bad one',
      ['system/Practitioner.rs'],
      'system/Practitioner.rs system/Patient.rs',
      'invalid_scope',
    ],
    ['about a person', ['system/*.rs', 'user/*.rs'], 'user/Patient.rs', 'invalid_scope'],
    ['about a patient', ['system/*.rs', 'patient/*.rs'], 'patient/Patient.rs', 'invalid_scope'],
    ['SMT-11 letters out of order', ['system/*.rs'], 'system/Patient.sr', 'invalid_scope'],
  ])('SMT-21 %s is refused, in words', async (_, allowed, scope, error) => {
    const { ask } = await backend('ES384', allowed);
    const { status, body } = await ask(scope);
    expect([status, body.error]).toEqual([400, error]);
    expect(body.error_description).toMatch(/^[ -~]+$/);
  });

  it('SMT-29 system/ scopes are not given for a secret', async () => {
    const client = await world.addClient(world.project.id, {
      name: 'With a secret',
      grantTypes: ['client_credentials'],
      allowedScopes: ['system/*.rs'],
    });
    const { status, body } = await world.agent.clientCredentials(client, { scope: 'system/Patient.rs' });
    expect([status, body.error]).toEqual([400, 'unauthorized_client']);
    expect((await world.agent.clientCredentials(client)).body).toMatchObject({ scope: '', expires_in: 3600 });
  });

  it('INF-3.2.02 INF-3.2.03 INF-3.2.04 SMT-27 bad grants, assertions and signatures', async () => {
    const { client, key, ask } = await backend('RS384');
    const assertion = await signerOf(client.id, key).sign();
    const base = { grant_type: 'client_credentials', scope: 'system/Practitioner.rs' };
    const answers = [
      await world.agent.token({ ...base, grant_type: 'not-a-grant', ...assertionForm(assertion) }),
      await world.agent.token({
        ...base,
        client_assertion: assertion,
        client_assertion_type: 'urn:example:other',
      }),
      await ask(base.scope, signerOf(client.id, await newClientKey('RS384', key.jwk.kid))),
      await world.agent.token({
        ...base,
        ...assertionForm(await signerOf(client.id, key).sign({ iss: world.project.server.id })),
      }),
    ];
    expect(answers.map(({ body }) => body.error)).toEqual([
      'unsupported_grant_type',
      'invalid_client',
      'invalid_client',
      'invalid_client',
    ]);
    const first = await world.agent.token({ ...base, ...assertionForm(assertion) });
    const replayed = await world.agent.token({ ...base, ...assertionForm(assertion) });
    expect([first.status, replayed.body.error]).toEqual([200, 'invalid_client']);
  });
});

describe('SMART discovery', () => {
  const places = ['fhir/R4/.well-known/smart-configuration', '.well-known/smart-configuration'];

  it.each(places)(
    'INF-1.1.01 INF-1.1.02 SMT-32 SMT-33 /%s: JSON whatever is accepted, absolute addresses',
    async (at) => {
      const { status, headers, body } = await world.agent.get(at, { accept: 'text/html' });
      expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
      expect(body).toMatchObject({
        issuer: world.app.baseUrl,
        grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
        code_challenge_methods_supported: ['S256'],
        response_types_supported: ['code'],
        token_endpoint_auth_signing_alg_values_supported: expect.arrayContaining(['RS384', 'ES384']),
      });
      const addresses = Object.entries(body).filter(([name]) => /_endpoint$|_uri$|^issuer$/.test(name));
      expect(addresses.length).toBeGreaterThan(5);
      for (const [, address] of addresses) expect(address).toMatch(new RegExp(`^${world.app.baseUrl}`));
      expect(body.capabilities).not.toEqual(expect.arrayContaining(['launch-ehr']));
      expect(body.scopes_supported).not.toEqual(expect.arrayContaining(['launch']));
      for (const [name, address] of addresses) {
        const method = /^(token|introspection|revocation)_/.test(name) ? 'POST' : 'GET';
        expect([name, (await fetch(address as string, { method })).status]).not.toEqual([name, 404]);
      }
    },
  );

  it('INF-1.1.03 F113 any origin reads it, and the styles', async () => {
    for (const at of [...places, 'fhir/R4/.well-known/smart-styles.json', '.well-known/smart-styles.json']) {
      const { status, headers } = await world.agent.get(at, { origin: 'https://stranger.example' });
      expect([status, headers.get('access-control-allow-origin')]).toEqual([200, 'https://stranger.example']);
    }
  });

  it('SMT-34 every scope that it names works, and the other documents name the same', async () => {
    const { body } = await world.agent.get(places[0]!);
    for (const at of ['.well-known/openid-configuration', '.well-known/oauth-protected-resource'])
      expect((await world.agent.get(at)).body.scopes_supported).toEqual(body.scopes_supported);
    const scopes: string[] = body.scopes_supported;
    const patient = await memberWith(world, [{ resourceType: '*' }], { profileType: 'Patient' });
    const ofPeople = scopes.filter((scope) => !scope.startsWith('system/'));
    const app = await world.addClient(world.project.id, { name: 'All', redirectUris: [redirectUri] });
    const answer = await world.agent.codeFlow(app, patient, { scope: ofPeople.join(' ') });
    expect(answer.body.scope).toBe(ofPeople.join(' '));
    const ofServers = scopes.filter((scope) => scope.startsWith('system/'));
    const { ask } = await backend('ES384', ofServers);
    expect((await ask(ofServers.join(' '))).body.scope).toBe(ofServers.join(' '));
  });
});

describe('the life of a token of a backend service', () => {
  it('SMT-19 ends after five minutes', async () => {
    const { ask } = await backend('RS384');
    const { body } = await ask('system/Practitioner.rs');
    const status = async () =>
      (await readFhir(world, `Bearer ${body.access_token}`, 'Practitioner/x')).status;
    expect(await status()).toBe(404);
    world.app.clock.advance(301_000);
    expect(await status()).toBe(401);
  });
});
