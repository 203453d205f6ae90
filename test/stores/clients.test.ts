import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClientSecret } from '../../src/clients/client-secret.entity.js';
import { ClientSecretsService } from '../../src/clients/client-secrets.service.js';
import { ClientsService } from '../../src/clients/clients.service.js';
import { type ClientId, newId, type ProjectId } from '../../src/kernel/ids.js';
import { presentedSecret, type Secret } from '../../src/kernel/secrets.js';
import { until } from '../kernel/wait.js';
import { actor, type DomainNode, refusal, startDomain, twoProjects } from './domain-node.js';

let node: DomainNode;
let clients: ClientsService;
let secrets: ClientSecretsService;
let north: ProjectId;
let south: ProjectId;

beforeAll(async () => {
  node = await startDomain();
  clients = node.get(ClientsService);
  secrets = node.get(ClientSecretsService);
  const world = await twoProjects(node);
  north = world.north.id;
  south = world.south.id;
});
afterAll(() => node.close());

/** Who waits for a lock in this database. */
const waiting = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
const all = ['authorization_code', 'refresh_token', 'client_credentials'];
const make = (projectId: ProjectId | null, input: object = {}) =>
  node.tx((tx) => clients.create(tx, actor, projectId, { name: 'Server', grantTypes: all, ...input }));
const verify = async (id: ClientId, ...candidates: Secret[]) =>
  clients.verifySecret((await clients.find(id))!, candidates);

describe('clients', () => {
  it('W-184 get a secret of 64 hex characters when they must prove themselves, and none otherwise', async () => {
    const { client, secret } = await make(north);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(await verify(client.id, secret!)).toBe(true);
    const open = await make(north, { grantTypes: ['authorization_code', 'refresh_token'] });
    expect(open.secret).toBeUndefined();
    expect(await verify(open.client.id, secret!)).toBe(false);
    expect(await verify(open.client.id, presentedSecret(''))).toBe(false);
  });

  it('keep only hashes of secrets (F119)', async () => {
    const { client, secret } = await make(north);
    const rows = await node.tx((tx) => tx.manager.findBy(ClientSecret, { clientId: client.id }));
    expect(rows).toEqual([expect.objectContaining({ state: 'current', expiresAt: null })]);
    expect(JSON.stringify([rows, await clients.find(client.id)])).not.toContain(secret);
    expect(rows[0]!.hash).toHaveLength(32);
    expect(await node.recorded(`ClientApplication/${client.id}`)).toEqual([
      { type: 'client.created', projectId: north, userId: actor.userId, detail: { name: 'Server' } },
    ]);
  });

  it('are found with everything, cached and read through alike', async () => {
    const { client } = await make(north, {
      redirectUris: ['https://a.example/callback', 'com.example.app:/callback'],
      allowedOrigins: ['https://b.example'],
      defaultScope: ['openid'],
    });
    const { secrets: hashes, ...found } = (await clients.find(client.id))!;
    expect(found).toEqual(client);
    expect(found.origins.sort()).toEqual(['https://a.example', 'https://b.example']);
    expect(hashes.current?.hash).toHaveLength(32);
    expect(await node.tx((tx) => clients.get(tx, north, client.id))).toEqual(client);
  });

  it('rotate: both secrets live until the rotation is finished', async () => {
    const { client, secret: first } = await make(north);
    const { secret: second } = await node.tx((tx) => secrets.rotate(tx, actor, north, client.id));
    expect(second).toMatch(/^[0-9a-f]{64}$/);
    expect([await verify(client.id, first!), await verify(client.id, second)]).toEqual([true, true]);
    await node.tx((tx) => secrets.finish(tx, actor, north, client.id));
    expect([await verify(client.id, first!), await verify(client.id, second)]).toEqual([false, true]);
    await expect(node.tx((tx) => secrets.finish(tx, actor, north, client.id))).rejects.toEqual(
      refusal('no-retiring-secret'),
    );
    expect((await node.recorded(`ClientApplication/${client.id}`)).map(({ type }) => type)).toEqual([
      'client.created',
      'client.secret-rotated',
      'client.secret-retired',
    ]);
  });

  it('rotate twice: the oldest secret dies at once', async () => {
    const { client, secret: first } = await make(north);
    const { secret: second } = await node.tx((tx) => secrets.rotate(tx, actor, north, client.id));
    const { secret: third } = await node.tx((tx) => secrets.rotate(tx, actor, north, client.id));
    const live = await Promise.all([first!, second, third].map((secret) => verify(client.id, secret)));
    expect(live).toEqual([false, true, true]);
  });

  it('rotate with an end: the retiring secret works until then', async () => {
    const { client, secret: first } = await make(north);
    const expiresAt = node.clock.date(3_600_000);
    const { secret: second } = await node.tx((tx) =>
      secrets.rotate(tx, actor, north, client.id, { expiresAt }),
    );
    expect(await verify(client.id, first!)).toBe(true);
    node.clock.advance(3_600_000);
    expect([await verify(client.id, first!), await verify(client.id, second)]).toEqual([false, true]);
    await expect(
      node.tx((tx) => secrets.rotate(tx, actor, north, client.id, { expiresAt: node.clock.date(-1) })),
    ).rejects.toEqual(refusal('secret-expiry-past', 'expiresAt'));
  });

  it('get a first secret by rotation when they become confidential', async () => {
    const { client } = await make(north, { grantTypes: ['authorization_code'] });
    await node.tx((tx) =>
      clients.edit(tx, actor, north, client.id, 1, { authenticatedGrants: ['authorization_code'] }),
    );
    const { secret } = await node.tx((tx) => secrets.rotate(tx, actor, north, client.id));
    expect(await verify(client.id, secret)).toBe(true);
  });

  it('rotated twice at the same time are rotated once: the secret in use lives on', async () => {
    const { client, secret: first } = await make(north);
    let second: Promise<unknown> = Promise.resolve();
    const rotated = await node.tx(async (tx) => {
      const done = await secrets.rotate(tx, actor, north, client.id);
      second = node.tx((other) => secrets.rotate(other, actor, north, client.id));
      second.catch(() => {});
      await until(() => node.tx(async (other) => (await other.manager.query(waiting)).length > 0));
      return done;
    });
    await expect(second).rejects.toEqual(refusal('conflict'));
    expect([await verify(client.id, first!), await verify(client.id, rotated.secret)]).toEqual([true, true]);
  });

  it('change one at a time, and the cache follows', async () => {
    const { client } = await make(north);
    expect((await clients.find(client.id))?.name).toBe('Server');
    const changed = await node.tx((tx) =>
      clients.edit(tx, actor, north, client.id, 1, { name: 'Renamed', accessTokenLifetime: 900 }),
    );
    expect(changed).toMatchObject({ name: 'Renamed', accessTokenLifetime: 900, version: 2 });
    expect(await clients.find(client.id)).toMatchObject({ name: 'Renamed' });
    await expect(
      node.tx((tx) => clients.edit(tx, actor, north, client.id, 1, { name: 'Other' })),
    ).rejects.toEqual(refusal('conflict'));
    await expect(
      node.tx((tx) => clients.edit(tx, actor, north, client.id, 2, { grantTypes: ['implicit'] })),
    ).rejects.toEqual(refusal('invalid-input', 'grantTypes'));
  });

  it('are deactivated at once, and their origins with them', async () => {
    const { client } = await make(north, { redirectUris: ['https://only-here.example/callback'] });
    const origin = 'https://only-here.example';
    expect([(await clients.find(client.id))?.active, await clients.isKnownOrigin(origin)]).toEqual([
      true,
      true,
    ]);
    await node.tx((tx) => clients.deactivate(tx, actor, north, client.id));
    expect([(await clients.find(client.id))?.active, await clients.isKnownOrigin(origin)]).toEqual([
      false,
      false,
    ]);
    await node.tx((tx) => clients.activate(tx, actor, north, client.id));
    expect([(await clients.find(client.id))?.active, await clients.isKnownOrigin(origin)]).toEqual([
      true,
      true,
    ]);
  });

  it('lose an origin with the address that brought it', async () => {
    const { client } = await make(north, { redirectUris: ['https://moving.example/callback'] });
    expect(await clients.isKnownOrigin('https://moving.example')).toBe(true);
    await node.tx((tx) =>
      clients.edit(tx, actor, north, client.id, 1, { redirectUris: ['https://moved.example/callback'] }),
    );
    expect(await clients.isKnownOrigin('https://moving.example')).toBe(false);
    expect(await clients.isKnownOrigin('https://moved.example')).toBe(true);
    expect(await clients.isKnownOrigin('null')).toBe(false);
  });

  it('of another project or of the server are not found, whatever is asked (V22, F108)', async () => {
    const foreign = [
      (await make(south)).client.id,
      (await make(null)).client.id,
      newId<'ClientApplication'>(Date.now()),
    ];
    for (const id of foreign) {
      const acts = [
        node.tx((tx) => clients.get(tx, north, id)),
        node.tx((tx) => clients.edit(tx, actor, north, id, 1, { name: 'Mine' })),
        node.tx((tx) => clients.deactivate(tx, actor, north, id)),
        node.tx((tx) => clients.activate(tx, actor, north, id)),
        node.tx((tx) => secrets.rotate(tx, actor, north, id)),
        node.tx((tx) => secrets.finish(tx, actor, north, id)),
      ];
      for (const act of acts) await expect(act).rejects.toEqual(refusal('not-found'));
    }
    expect(await clients.find(foreign[2]!)).toBeUndefined();
    const own = (await make(north)).client.id;
    await expect(node.tx((tx) => clients.get(tx, null, own))).rejects.toEqual(refusal('not-found'));
  });

  it('are listed for their project only', async () => {
    for (const projectId of [north, south, null]) {
      await make(projectId);
      const { rows } = await node.tx((tx) => clients.list(tx, { projectId, first: 100 }));
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map((client) => client.projectId))).toEqual(new Set([projectId]));
      const page = await node.tx((tx) => clients.list(tx, { projectId, first: 1, after: rows[0]!.id }));
      expect(page.rows).toEqual(rows.slice(1, 2));
      expect(page.hasNext).toBe(rows.length > 2);
    }
  });
});
