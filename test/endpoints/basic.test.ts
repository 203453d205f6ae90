import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditService } from '../../src/audit/audit.service.js';
import { ClientSecretsService } from '../../src/clients/client-secrets.service.js';
import { ClientsService } from '../../src/clients/clients.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import type { ProjectId } from '../../src/kernel/ids.js';
import { MembershipsService } from '../../src/memberships/memberships.service.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { basicHeader, type JsonAnswer } from '../helpers/oauth-agent.js';
import type { WorldClient } from '../helpers/world.js';

let world: AdminWorld;
let db: Db;
const actor = systemActor('test');
beforeAll(async () => {
  world = await startAdminWorld();
  db = world.app.get(Db);
});
afterAll(() => world.close());

const raw = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

/** Asks who it is with one Authorization header. */
function me(
  authorization: string | undefined,
  query = '{ me { kind clientId loginId projectId admin superAdmin } }',
) {
  return world.agent.request('graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    body: JSON.stringify({ query }),
  });
}

async function newServer(): Promise<WorldClient> {
  return world.addClient(world.project.id, { name: 'Caller', grantTypes: ['client_credentials'] });
}

const newAdmin = (projectId: ProjectId) =>
  db.tx((tx) =>
    world.app
      .get(OnboardingService)
      .addClient(
        tx,
        actor,
        projectId,
        { name: 'Admin', grantTypes: ['client_credentials'] },
        { admin: true },
      ),
  );

const membershipOf = (client: WorldClient) => world.app.get(MembershipsService).findForClient(client.id);

describe('Basic straight to a door', () => {
  it('is for clients that may act as themselves', async () => {
    const app = await world.addClient(world.project.id, {
      name: 'For people only',
      redirectUris: ['https://people.example/callback'],
      grantTypes: ['authorization_code'],
      authenticatedGrants: ['authorization_code'],
    });
    expect((await me(basicHeader(app))).status).toBe(401);
  });

  it('W-205 F10 lets a client in with its secret, sent encoded or raw, without any login', async () => {
    const { server } = world.project;
    for (const header of [
      basicHeader(server),
      raw(`${server.id}:${server.secret}`),
      basicHeader(server).replace('Basic', 'basic'),
    ]) {
      const { status, body } = await me(header);
      expect(status).toBe(200);
      expect(body.data.me).toEqual({
        kind: 'CLIENT',
        clientId: server.id,
        loginId: null,
        projectId: world.project.id,
        admin: false,
        superAdmin: false,
      });
    }
  });

  it('takes both secrets of a rotation, and only the new one after it', async () => {
    const before = await newServer();
    const secrets = world.app.get(ClientSecretsService);
    const { secret } = await db.tx((tx) => secrets.rotate(tx, actor, world.project.id, before.id));
    const after = { ...before, secret };
    expect([(await me(basicHeader(before))).status, (await me(basicHeader(after))).status]).toEqual([
      200, 200,
    ]);
    await db.tx((tx) => secrets.finish(tx, actor, world.project.id, before.id));
    expect([(await me(basicHeader(before))).status, (await me(basicHeader(after))).status]).toEqual([
      401, 200,
    ]);
  });

  it('W-210 an admin is an admin, a super admin sees more than one project', async () => {
    const { client, secret } = await newAdmin(world.superProject);
    const header = raw(`${client.id}:${secret}`);
    const { body } = await me(header, '{ me { superAdmin } projects(first: 5) { edges { node { id } } } }');
    expect(body.data.me.superAdmin).toBe(true);
    expect(body.data.projects.edges.length).toBeGreaterThan(1);
  });

  it.each<[string, () => string]>([
    ['W-196 one word', () => 'Basic'],
    ['W-196 a token without a scheme', () => 'abcdef'],
    ['W-197 an unknown scheme', () => 'Negotiate abcdef'],
    ['W-200 what is no base64', () => 'Basic ***'],
    ['W-200 no colon', () => raw('only-an-id')],
    ['W-201 no id', () => raw(':secret')],
    ['W-202 no secret', () => raw(`${world.project.server.id}:`)],
    ['W-203 an unknown client', () => raw('01890000-0000-7000-8000-000000000000:secret')],
    ['W-203 an id that is none', () => raw('\0:secret')],
    ['W-204 a wrong secret', () => raw(`${world.project.server.id}:wrong`)],
    [
      'W-204 the secret of another client',
      () => raw(`${world.project.server.id}:${world.other.server.secret}`),
    ],
    ['W-047 a client without a secret', () => raw(`${world.project.app.id}:x`)],
    ['a person', () => raw(`${world.project.person.email}:${world.project.person.password}`)],
  ])('W-194 F15 %s is 401; the challenge names Basic only to whoever used it', async (_, header) => {
    const answer = await me(header());
    expect(answer.status).toBe(401);
    const scheme = /^Basic/.test(header()) ? /^Basic realm="carekey"/ : /^Bearer .*realm="carekey"/;
    expect(answer.headers.get('www-authenticate')).toMatch(scheme);
    expect(JSON.stringify(answer.body)).not.toMatch(/secret|exist/i);
    world.app.clock.advance(5_000);
  });

  it('W-208 W-209 V48 asks whether client, membership and project are alive, every time', async () => {
    const client = await newServer();
    const header = basicHeader(client);
    const token = `Bearer ${(await world.agent.clientCredentials(client)).body.access_token}`;
    const both = async () => [(await me(header)).status, (await me(token)).status];
    expect(await both()).toEqual([200, 200]);

    const clients = world.app.get(ClientsService);
    const setActive = (act: 'activate' | 'deactivate') =>
      db.tx((tx) => clients[act](tx, actor, world.project.id, client.id));
    await setActive('deactivate');
    expect(await both()).toEqual([401, 401]);
    await setActive('activate');
    expect(await both()).toEqual([200, 200]);

    const membership = (await membershipOf(client))!;
    const memberships = world.app.get(MembershipsService);
    await db.tx((tx) => memberships.deactivate(tx, actor, world.project.id, membership.id));
    expect(await both()).toEqual([401, 401]);
    await db.tx((tx) => memberships.remove(tx, actor, world.project.id, membership.id));
    expect(await both()).toEqual([401, 401]);
  });

  it('holds a client to the one way that it is registered for', async () => {
    const client = await world.addClient(world.project.id, {
      name: 'By form only',
      grantTypes: ['client_credentials'],
      tokenEndpointAuthMethod: 'client_secret_post',
    });
    expect((await me(basicHeader(client))).status).toBe(401);
    const form = { grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret };
    expect((await world.agent.token(form)).status).toBe(200);
  });

  it('counts wrong secrets together with those of the token endpoint, then answers 429', async () => {
    const client = await newServer();
    const wrong = { ...client, secret: 'wrong' };
    for (let at = 0; at < 10; at++) {
      expect((await me(basicHeader(wrong))).status).toBe(401);
      expect((await world.agent.clientCredentials(wrong)).status).toBe(401);
    }
    for (const answer of [await me(basicHeader(wrong)), await world.agent.clientCredentials(wrong)]) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '60']);
    }
    expect((await me(basicHeader(client))).status).toBe(200);
    world.app.clock.advance(60_000);
    expect((await me(basicHeader(wrong))).status).toBe(401);
  });

  it('is recorded: what it does names the client and no login, a wrong secret is a refusal', async () => {
    const { client, secret } = await newAdmin(world.project.id);
    await me(
      raw(`${client.id}:${secret}`),
      'mutation { createClient(input: { name: "Made by secret" }) { client { id } } }',
    );
    await me(raw(`${client.id}:no`));
    const audit = world.app.get(AuditService);
    const records = await db.read((tx) => audit.page(tx, { projectId: world.project.id, limit: 20 }));
    const own = records.filter(({ clientId }) => clientId === client.id);
    expect(own.find(({ type }) => type === 'client.created')).toMatchObject({
      actorKind: 'client',
      loginId: null,
      outcome: 'success',
    });
    expect(own.find(({ type }) => type === 'client.authenticated')).toMatchObject({
      outcome: 'refused',
      detail: { method: 'client_secret_basic' },
    });
    expect(JSON.stringify(records)).not.toContain(secret);
  });
});

describe('userinfo', () => {
  const ask = (authorization: string): Promise<JsonAnswer> =>
    world.agent.get('oauth2/userinfo', { authorization });

  it('tells a client that there is no person behind it, and refuses a wrong secret', async () => {
    const good = await ask(basicHeader(world.project.server));
    expect([good.status, good.body.error]).toEqual([403, 'insufficient_scope']);
    const wrong = await ask(raw(`${world.project.server.id}:wrong`));
    expect([wrong.status, wrong.body.error]).toEqual([401, 'invalid_client']);
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Basic/);
  });
});

describe('Bearer', () => {
  it('W-193 a token whose login was revoked is 401', async () => {
    const { app, person } = world.project;
    const { body } = await world.agent.codeFlow(app, person);
    const header = `Bearer ${body.access_token}`;
    expect((await me(header)).status).toBe(200);
    await world.agent.revoke(app, body.access_token);
    expect((await me(header)).status).toBe(401);
  });

  it('W-194 W-198 nothing and garbage are 401 with a Bearer challenge', async () => {
    for (const header of [undefined, 'Bearer x.y.z', 'Bearer garbage']) {
      const answer = await me(header);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*realm="carekey"/);
    }
  });
});
