import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { ClientsService } from '../../src/clients/clients.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { JobRunner } from '../../src/kernel/job-runner.js';
import { OutboxEntry } from '../../src/kernel/outbox.entity.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { BrowserAgent } from '../helpers/browser-agent.js';
import { type LogoutReceiver, outboundToLoopback, startLogoutReceiver } from '../helpers/logout-receiver.js';
import { redisAbsent, startRedis, type TestRedis } from '../helpers/redis.js';
import type { WorldClient } from '../helpers/world.js';
import { until } from '../kernel/wait.js';

const topic = 'logout.notify';

describe.each([
  ['PostgreSQL', undefined],
  ['Redis', redisAbsent],
])('delivery of logout tokens with the queue on %s', (backend, absent) => {
  if (absent) {
    it.skip(`skipped: ${absent}`, () => {});
    return;
  }

  let world: AdminWorld;
  let receiver: LogoutReceiver;
  let redis: TestRedis | undefined;

  beforeAll(async () => {
    if (backend === 'Redis') redis = await startRedis();
    receiver = await startLogoutReceiver();
    const env = { ...outboundToLoopback, ...(redis && { REDIS_URL: redis.url }) };
    world = await startAdminWorld({ env });
  });
  afterAll(async () => {
    await world.close();
    await receiver.close();
    await redis?.stop();
  });
  beforeEach(() => {
    receiver.otherwise = 200;
    receiver.answers.length = 0;
  });

  const addApp = (backchannelLogoutUri = receiver.uri): Promise<WorldClient> =>
    world.addClient(world.project.id, {
      name: 'App that wants to know',
      redirectUris: ['https://app.example/callback'],
      backchannelLogoutUri,
      backchannelLogoutSessionRequired: true,
      grantTypes: ['authorization_code', 'refresh_token'],
      authenticatedGrants: [],
    });

  /** Signs in to an app and out of it again. */
  async function endedLogin(client: WorldClient): Promise<string> {
    const { person } = world.project;
    const { body } = await world.agent.codeFlow(client, person, {}, new BrowserAgent(world.app.baseUrl));
    expect((await world.agent.revoke(client, body.access_token)).status).toBe(200);
    return String(decodeJwt(body.id_token)['sid']);
  }

  /** The row about a login, by what it carries while it is open. */
  const rowOf = async (loginId: string): Promise<OutboxEntry | undefined> => {
    const rows = await world.app.get(Db).read((tx) => tx.manager.findBy(OutboxEntry, { topic }));
    return rows.find(({ payload }) => (payload as { loginId?: string }).loginId === loginId);
  };
  const told = (loginId: string, times: number) =>
    until(() => receiver.about(loginId).length === times, { withinMs: 30_000 });

  it('BL-02, R4 what was not taken is sent again, each time as a new token, and never after it was taken', async () => {
    receiver.answers.push(500, 302);
    const loginId = await endedLogin(await addApp());
    await told(loginId, 3);
    await until(async () => (await rowOf(loginId)) === undefined);
    const claims = receiver.about(loginId).map((one) => one.claims);
    expect(new Set(claims.map(({ jti }) => jti)).size).toBe(3);
    expect(claims.map(({ iat }) => iat)).toEqual(claims.map(({ iat }) => iat).sort());
    // Another login that ends later is told of, so this queue is not merely slow.
    await told(await endedLogin(await addApp()), 1);
    expect(receiver.about(loginId)).toHaveLength(3);
  });

  it('400 is tried again too: an app answers it also when signing out failed', async () => {
    receiver.answers.push(400);
    await told(await endedLogin(await addApp()), 2);
  });

  it('R1 while an app does not answer, signing out, tokens and other apps go on', async () => {
    receiver.answers.push('hang');
    const hanging = await endedLogin(await addApp());
    await told(hanging, 1);
    expect((await world.agent.clientCredentials(world.project.server)).status).toBe(200);
    await told(await endedLogin(await addApp()), 1);
    await told(hanging, 2);
  });

  it('what is never taken is given up, shown to super admins and in the record, and can be sent once more', async () => {
    receiver.otherwise = 503;
    const loginId = await endedLogin(await addApp());
    const row = await until(() => rowOf(loginId));
    const runner = world.app.get(JobRunner);
    // The back-off takes an hour; the runs are what counts.
    await until(async () => (await runner.run(row.id, topic)) === 'dead');
    receiver.otherwise = 200;
    const list =
      'query { deadLetters(topic: "logout.notify") { edges { node { id attempts lastError projectId } } } }';
    const { data } = await world.graphql('super', list);
    expect(data.deadLetters.edges.map(({ node }: { node: object }) => node)).toContainEqual({
      id: row.id,
      attempts: 12,
      lastError: 'The app answered 503 to the logout token',
      projectId: world.project.id,
    });
    const records = 'query { auditRecords(types: [LOGOUT_NOTIFIED]) { edges { node { outcome } } } }';
    expect(JSON.stringify((await world.graphql('admin', records)).data)).toContain('REFUSED');
    const before = receiver.about(loginId).length;
    const retry = 'mutation($id: ID!) { retryDeadLetter(input: { id: $id }) { retriedId } }';
    expect((await world.graphql('super', retry, { id: row.id })).errors).toEqual([]);
    await told(loginId, before + 1);
    await until(async () => (await rowOf(loginId)) === undefined);
    expect(JSON.stringify((await world.graphql('admin', records)).data)).toContain('SUCCESS');
  });

  it('an app that was switched off, or takes the address back, is not told what still waits', async () => {
    const clients = world.app.get(ClientsService);
    const actor = systemActor('test');
    const change = {
      off: (id: WorldClient['id']) =>
        world.app.get(Db).tx((tx) => clients.deactivate(tx, actor, world.project.id, id)),
      'without an address': (id: WorldClient['id']) =>
        world.app
          .get(Db)
          .tx((tx) => clients.edit(tx, actor, world.project.id, id, 1, { backchannelLogoutUri: null })),
    };
    for (const act of Object.values(change)) {
      receiver.answers.push(500);
      const client = await addApp();
      const loginId = await endedLogin(client);
      await told(loginId, 1);
      await act(client.id);
      await until(async () => (await rowOf(loginId)) === undefined);
      expect(receiver.about(loginId)).toHaveLength(1);
    }
  });

  it('V19, BCP-42 an address inside our network is registered but never called', async () => {
    for (const address of ['https://10.0.0.1/logout', 'https://169.254.169.254/latest', world.app.baseUrl]) {
      const loginId = await endedLogin(await addApp(address));
      const failed = await until(async () => {
        const row = await rowOf(loginId);
        return row?.lastError ? row : undefined;
      });
      expect(failed.lastError).toMatch(/may not be called|not be called/);
    }
  });
});
