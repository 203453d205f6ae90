import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClientsService } from '../../src/clients/clients.service.js';
import { UsersService } from '../../src/identities/users.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import type { Tx } from '../../src/kernel/tx.js';
import { MembershipsService } from '../../src/memberships/memberships.service.js';
import { ProjectsService } from '../../src/projects/projects.service.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { OAuthAgent } from '../helpers/oauth-agent.js';
import { startWorld, type World, type WorldClient, type WorldPerson } from '../helpers/world.js';
import { until } from '../kernel/wait.js';

const actor = systemActor('test');
let world: World;
let secondNode: TestApp;
let secondAgent: OAuthAgent;

beforeAll(async () => {
  world = await startWorld();
  // A second node shares the database, and the issuer, which is a public name.
  secondNode = await startApp({
    database: world.app.database,
    clock: world.app.clock,
    env: { CAREKEY_BASE_URL: world.app.baseUrl },
  });
  secondAgent = new OAuthAgent(secondNode.listensOn);
});
afterAll(async () => {
  await secondNode.close();
  await world.close();
});

interface Subject {
  readonly person: WorldPerson;
  readonly client: WorldClient;
  readonly projectId: World['project']['id'];
}

const ends: [string, (tx: Tx, subject: Subject) => Promise<unknown>][] = [
  [
    'the person is deactivated (V37)',
    (tx, { person, projectId }) =>
      world.app.get(UsersService).deactivate(tx, actor, projectId, person.userId),
  ],
  [
    'the membership is deactivated',
    (tx, { person, projectId }) =>
      world.app.get(MembershipsService).deactivate(tx, actor, projectId, person.membershipId),
  ],
  [
    'the membership is removed',
    (tx, { person, projectId }) =>
      world.app.get(MembershipsService).remove(tx, actor, projectId, person.membershipId),
  ],
  [
    'the client is deactivated (V48)',
    (tx, { client, projectId }) => world.app.get(ClientsService).deactivate(tx, actor, projectId, client.id),
  ],
  [
    'the project is deactivated (V24)',
    (tx, { projectId }) => world.app.get(ProjectsService).deactivate(tx, actor, projectId),
  ],
];

/**
 * Asks until the answer is as wanted. A question that begins a second after the end must be answered so: that is the contract,
 * and no busy machine can break it, because a node uses what it remembers only while it knows all that was committed up to
 * 900 ms ago (kernel/notices.ts); else it asks the database. An earlier question may still be answered as before, and
 * its answer may take any time.
 */
function withinOneSecond(ask: () => Promise<{ status: number }>, wanted: number): Promise<unknown> {
  return until(async () => (await ask()).status === wanted, { withinMs: 1_000 });
}

describe('when access ends', () => {
  it.each(ends)(
    'because %s, tokens stop at once here, within a second on another node, and refresh too',
    async (name, end) => {
      // The project row comes last: nothing in it works afterwards.
      const { project, agent } = world;
      const person = await world.addPerson(project.id);
      const client = await world.addClient(project.id, {
        name: `App for ${name.slice(0, 40)}`,
        redirectUris: ['https://short.example/cb'],
        grantTypes: ['authorization_code', 'refresh_token'],
        authenticatedGrants: [],
      });
      const tokens = (await agent.codeFlow(client, person)).body;
      expect((await agent.userinfo(tokens.access_token)).status).toBe(200);
      expect((await secondAgent.userinfo(tokens.access_token)).status).toBe(200);
      await world.app.get(Db).tx((tx) => end(tx, { person, client, projectId: project.id }));
      expect((await agent.userinfo(tokens.access_token)).status).toBe(401);
      await withinOneSecond(() => secondAgent.userinfo(tokens.access_token), 401);
      const refused = await agent.refresh(client, tokens.refresh_token);
      expect(['invalid_grant', 'invalid_client']).toContain(refused.body.error);
    },
  );
});

describe('F81 with the listening connection of a node cut', () => {
  it('nothing that was revoked works there', async () => {
    const { other, agent } = world;
    const tokens = (await agent.codeFlow(other.app, other.person)).body;
    expect((await secondAgent.userinfo(tokens.access_token)).status).toBe(200);
    const { Notices } = await import('../../src/kernel/notices.js');
    secondNode.get(Notices).cutForTest();
    await agent.revoke(other.app, tokens.access_token);
    await withinOneSecond(() => secondAgent.userinfo(tokens.access_token), 401);
    const fresh = (await agent.codeFlow(other.app, other.person)).body;
    expect((await secondAgent.userinfo(fresh.access_token)).status).toBe(200);
    await agent.revoke(other.app, fresh.access_token);
    expect((await secondAgent.userinfo(fresh.access_token)).status).toBe(401);
  });
});
