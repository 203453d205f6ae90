import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { RightsCache } from '../../src/kernel/cache.js';
import { Db } from '../../src/kernel/db.js';
import { Notices } from '../../src/kernel/notices.js';
import { statement } from '../../src/kernel/statement.js';
import { freshDatabase, type TestDatabase } from '../helpers/database.js';
import { type KernelNode, startNode } from './node.js';
import { DatabaseProxy } from './proxy.js';
import { until } from './wait.js';

interface Grant {
  readonly state: string;
}

const read = statement('test_grant.read', 'SELECT state FROM test_grant WHERE id = $1');
const write = statement('test_grant.write', 'UPDATE test_grant SET state = $2 WHERE id = $1');

/** A node whose cached reads go through a line that can be spoiled; `loads` counts its reads of the database. */
class Reader {
  loads = 0;
  private constructor(
    readonly node: KernelNode,
    readonly listener: DatabaseProxy,
    private readonly cache: RightsCache<Grant>,
  ) {}

  static async start(database: TestDatabase): Promise<Reader> {
    const listener = await DatabaseProxy.open(database.connection);
    const node = await startNode({ connection: listener.connection, jobs: { runsQueue: false } });
    const reader = new Reader(node, listener, new RightsCache<Grant>(node.get(Notices), 'grants'));
    return reader;
  }

  get notices(): Notices {
    return this.node.get(Notices);
  }

  async state(): Promise<string | undefined> {
    const grant = await this.cache.get('1', async () => {
      this.loads += 1;
      return (await this.node.get(Db).read((tx) => tx.sql<Grant>(read, ['1'])))[0];
    });
    return grant?.state;
  }

  async answersFromMemory(): Promise<boolean> {
    const before = this.loads;
    await this.state();
    return this.loads === before;
  }

  set(state: string): Promise<void> {
    return this.node.get(Db).tx(async (tx) => {
      await tx.sql(write, ['1', state]);
      tx.invalidate('grants', '1');
    });
  }

  async close(): Promise<void> {
    await this.node.close();
    await this.listener.close();
  }
}

describe('caches of rights on two nodes (F81)', () => {
  let database: TestDatabase;
  let a: Reader;
  let b: Reader;

  beforeAll(async () => {
    database = await freshDatabase();
    const owner = new pg.Client(database.ownerConnection);
    await owner.connect();
    await owner.query(`CREATE TABLE test_grant (id text PRIMARY KEY, state text NOT NULL);
      GRANT ALL ON test_grant TO PUBLIC; INSERT INTO test_grant VALUES ('1', 'open')`);
    await owner.end();
    [a, b] = await Promise.all([Reader.start(database), Reader.start(database)]);
  });

  afterAll(async () => {
    await Promise.all([a.close(), b.close()]);
    await database.drop();
  });

  beforeEach(async () => {
    await until(() => a.notices.trusted && b.notices.trusted);
    await a.set('open');
    await until(async () => (await b.state()) === 'open');
  });

  it('answers from memory while nothing changes', async () => {
    await until(() => b.answersFromMemory());
    const before = b.loads;
    for (let i = 0; i < 50; i++) expect(await b.state()).toBe('open');
    expect(b.loads).toBe(before);
  });

  it('bites at once on the node that revokes, and within a second on the other', async () => {
    await Promise.all([a.state(), b.state()]);
    const revoked = a.set('revoked');
    await revoked;
    expect(await a.state()).toBe('revoked');
    await until(async () => (await b.state()) === 'revoked', { withinMs: 1_000 });
  });

  it('keeps nothing of a transaction that rolled back', async () => {
    await b.state();
    const before = b.loads;
    const failing = a.node.get(Db).tx(async (tx) => {
      await tx.sql(write, ['1', 'revoked']);
      tx.invalidate('grants', '1');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await a.set('open');
    await until(async () => (await b.state()) === 'open' && b.loads > before);
  });

  it('does not keep a value that was read before a drop', async () => {
    const cache = new RightsCache<Grant>(a.notices, 'late-grants');
    let answer: (grant: Grant) => void = () => {};
    const slow = cache.get('1', () => new Promise<Grant>((resolve) => (answer = resolve)));
    cache.drop('1');
    answer({ state: 'open' });
    expect(await slow).toEqual({ state: 'open' });
    expect(cache.peek('1')).toBeUndefined();
  });

  it.each(['cut', 'freeze'] as const)(
    'the line of the listener is spoiled (%s): nothing turns open',
    async (fault) => {
      await until(() => b.answersFromMemory());
      b.listener.listening = fault;
      if (fault === 'cut') b.listener.cutListeners();
      await a.set('revoked');
      // Whatever was cached before is out of use within a second, though no notice can arrive.
      await until(async () => (await b.state()) === 'revoked', { withinMs: 1_000 });
      await until(() => !b.notices.trusted, { withinMs: 1_000 });
      const before = b.loads;
      await b.state();
      await b.state();
      expect(b.loads).toBe(before + 2);
      await a.set('open');
      expect(await b.state()).toBe('open');
      b.listener.listening = 'pass';
      await until(() => b.notices.trusted);
      expect(await b.state()).toBe('open');
      await a.set('revoked');
      await until(async () => (await b.state()) === 'revoked', { withinMs: 1_000 });
    },
  );

  it('the line of the listener is slow: a heartbeat from before the revocation does not make the cache good again', async () => {
    await until(() => b.answersFromMemory());
    b.listener.lateMs = 2_000;
    // A heartbeat is under way now, and no further one leaves before it is back.
    await until(() => b.notices.silentForMs() > 450);
    await a.set('revoked');
    await until(() => b.notices.silentForMs() < 400);
    expect(await b.state()).toBe('revoked');
    b.listener.lateMs = 0;
    b.listener.cutListeners();
    await until(() => b.answersFromMemory());
    expect(await b.state()).toBe('revoked');
  });
});
