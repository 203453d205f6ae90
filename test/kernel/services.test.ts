import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { z } from 'zod';
import type { Actor } from '../../src/kernel/actor.js';
import { Budgets } from '../../src/kernel/budgets.js';
import { Db } from '../../src/kernel/db.js';
import { Idempotency } from '../../src/kernel/idempotency.js';
import type { UserId } from '../../src/kernel/ids.js';
import { Jobs } from '../../src/kernel/jobs.js';
import { Metrics } from '../../src/kernel/metrics.js';
import { Outbox } from '../../src/kernel/outbox.js';
import { expiredPurge, Purges } from '../../src/kernel/purges.js';
import { statement } from '../../src/kernel/statement.js';
import { defineTopic } from '../../src/kernel/topics.js';
import { freshDatabase, type TestDatabase } from '../helpers/database.js';
import { type KernelNode, startNode } from './node.js';
import { until } from './wait.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const later = defineTopic('test.later', z.object({}));
const count = statement('test_fact.add', 'INSERT INTO test_fact DEFAULT VALUES');

describe('kernel services', () => {
  let database: TestDatabase;
  let node: KernelNode;
  let db: Db;
  let outside: pg.Client;

  beforeAll(async () => {
    database = await freshDatabase();
    const owner = new pg.Client(database.ownerConnection);
    await owner.connect();
    await owner.query(
      'CREATE TABLE test_fact (id serial); GRANT ALL ON test_fact, test_fact_id_seq TO PUBLIC',
    );
    await owner.end();
    node = await startNode({
      connection: database.connection,
      onInit: (get) => get(Jobs).handle(later, { run: async () => {} }),
    });
    db = node.get(Db);
    outside = new pg.Client(database.connection);
    await outside.connect();
  });

  afterAll(async () => {
    await outside.end();
    await node.close();
    await database.drop();
  });

  const number = async (sql: string) => (await outside.query<{ n: number }>(sql)).rows[0]?.n;

  describe('Budgets', () => {
    const budget = { limit: 3, windowMs: 60_000 };

    it('count down, refuse, and start again when the window ends', async () => {
      const budgets = node.get(Budgets);
      const from = node.clock.now();
      const taken = [];
      for (let i = 0; i < 5; i++) taken.push(await budgets.take('sign-in ada', budget));
      expect(taken.map(({ allowed }) => allowed)).toEqual([true, true, true, false, false]);
      expect(taken.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0, 0]);
      expect(taken[4]!.resetAt).toEqual(taken[0]!.resetAt);
      expect(taken[0]!.resetAt.getTime() - from).toBeGreaterThanOrEqual(60_000);
      expect(taken[4]!.retryAfterSeconds).toBeGreaterThan(50);
      expect((await budgets.take('sign-in bea', budget)).allowed).toBe(true);
      node.clock.advance(61_000);
      expect(await budgets.take('sign-in ada', budget)).toMatchObject({ allowed: true, remaining: 2 });
    });

    it('are given back by a success', async () => {
      const budgets = node.get(Budgets);
      for (let i = 0; i < 4; i++) await budgets.take('sign-in cay', budget);
      await db.tx((tx) => budgets.reset(tx, 'sign-in cay'));
      expect(await budgets.take('sign-in cay', budget)).toMatchObject({ allowed: true, remaining: 2 });
    });

    it('are used up whatever becomes of the try, unless they are part of its transaction', async () => {
      const budgets = node.get(Budgets);
      const failing = db.tx(async (tx) => {
        await budgets.take('own commit', budget);
        await budgets.take('same transaction', budget, tx);
        throw new Error('wrong');
      });
      await expect(failing).rejects.toThrow('wrong');
      expect((await budgets.take('own commit', budget)).remaining).toBe(1);
      expect((await budgets.take('same transaction', budget)).remaining).toBe(2);
    });

    it('of consecutive failures have no window to wait for', async () => {
      const budgets = node.get(Budgets);
      for (let i = 0; i < 100; i++) {
        expect((await budgets.takeConsecutive('failures ada', 100)).allowed).toBe(true);
        node.clock.advance(hourMs);
      }
      node.clock.advance(300 * dayMs);
      expect((await budgets.takeConsecutive('failures ada', 100)).allowed).toBe(false);
      node.clock.advance(300 * dayMs);
      expect((await budgets.takeConsecutive('failures ada', 100)).allowed).toBe(false);
    });

    it('name nobody in the database', async () => {
      await node.get(Budgets).take('sign-in someone@example.org', budget);
      const { rows } = await outside.query<{ key: Buffer }>('SELECT key FROM rate_budget');
      for (const { key } of rows) expect(key).toHaveLength(32);
      const { rows: text } = await outside.query<{ line: string }>(
        'SELECT rate_budget::text AS line FROM rate_budget',
      );
      for (const { line } of text) expect(line).not.toContain(Buffer.from('someone').toString('hex'));
    });
  });

  describe('Idempotency', () => {
    const actor = (userId: string): Actor => ({
      kind: 'user',
      userId: userId as UserId,
      request: { requestId: '', ip: '', userAgent: undefined },
    });
    const once = (key: string | undefined, input: unknown, by = actor('u1'), pause?: Promise<void>) =>
      db.tx((tx) =>
        node.get(Idempotency).once(tx, { key, actor: by, input }, async () => {
          await tx.sql(count, []);
          await pause;
          return { secret: 'shown-once', made: await number('SELECT 1 AS n') };
        }),
      );
    const facts = () => number('SELECT count(*)::int AS n FROM test_fact');

    it('does the work once and repeats its answer for a day', async () => {
      const before = (await facts())!;
      const first = await once('key 1', { a: 1, b: [2] });
      expect(await once('key 1', { b: [2], a: 1 })).toEqual(first);
      expect(await facts()).toBe(before + 1);
      node.clock.advance(dayMs + 1000);
      await once('key 1', { a: 2 });
      expect(await facts()).toBe(before + 2);
    });

    it('refuses the key for other input, keeps callers apart', async () => {
      const before = (await facts())!;
      await once('key 2', { a: 1 });
      await expect(once('key 2', { a: 2 })).rejects.toMatchObject({
        code: 'idempotency-key-reused',
        kind: 'conflict',
      });
      await once('key 2', { a: 2 }, actor('u2'));
      expect(await facts()).toBe(before + 2);
    });

    it('lets a second request wait for the first', async () => {
      const before = (await facts())!;
      let go: () => void = () => {};
      const first = once('key 3', {}, actor('u1'), new Promise<void>((resolve) => (go = resolve)));
      await until(
        async () =>
          (await number(
            `SELECT count(*)::int AS n FROM pg_locks WHERE mode = 'RowExclusiveLock' AND relation = 'idempotency_key'::regclass`,
          ))! > 0,
      );
      const second = once('key 3', {});
      await until(
        async () =>
          (await number(
            `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
          ))! > 0,
      );
      go();
      expect(await second).toEqual(await first);
      expect(await facts()).toBe(before + 1);
    });

    it('forgets a key whose request failed', async () => {
      const failing = db.tx((tx) =>
        node.get(Idempotency).once(tx, { key: 'key 4', actor: actor('u1'), input: {} }, async () => {
          throw new Error('no');
        }),
      );
      await expect(failing).rejects.toThrow('no');
      await once('key 4', { other: true });
    });

    it('keeps answers sealed', async () => {
      await once('key 5', {});
      const { rows } = await outside.query('SELECT sealed_answer FROM idempotency_key');
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(row.sealed_answer).toMatch(/^v1\.t1\./);
      expect(JSON.stringify(rows)).not.toContain('shown-once');
    });

    it.each([
      ['an empty key', '', actor('u1')],
      ['a long key', 'x'.repeat(256), actor('u1')],
      ['a key with a line break', 'a\nb', actor('u1')],
      [
        'a caller whom nobody knows',
        'key',
        { ...actor('u1'), kind: 'anonymous', userId: undefined } as never,
      ],
    ])('refuses %s', async (_, key, by) => {
      await expect(once(key, {}, by)).rejects.toMatchObject({ code: 'bad-idempotency-key' });
    });

    it('does the work each time without a key', async () => {
      const before = (await facts())!;
      await once(undefined, {});
      await once(undefined, {});
      expect(await facts()).toBe(before + 2);
    });
  });

  describe('expired.purge', () => {
    it('deletes in batches what has outlived its purpose, every hour, and nothing else', async () => {
      const now = node.clock.now();
      await outside.query('DELETE FROM rate_budget');
      await outside.query(
        `INSERT INTO rate_budget SELECT decode(md5(i::text), 'hex'), 1, $1 FROM generate_series(1, 2500) i`,
        [new Date(now - 1000)],
      );
      await outside.query(`INSERT INTO rate_budget VALUES ('\\x00', 1, $1)`, [new Date(now + 30 * dayMs)]);
      await outside.query(
        `INSERT INTO outbox (id, topic, payload, created_at, deadline, closed_at, dead_at) VALUES
           (gen_random_uuid(), 'old', '{}', $1, $1, $1, NULL), (gen_random_uuid(), 'dead', '{}', $1, $1, NULL, $1)`,
        [new Date(now - 8 * dayMs)],
      );
      // The hour is over: the schedule starts the job by itself.
      node.clock.advance(hourMs + 1000);
      await until(async () => (await number('SELECT count(*)::int AS n FROM rate_budget')) === 1);
      await until(
        async () => (await number(`SELECT count(*)::int AS n FROM outbox WHERE topic = 'old'`)) === 0,
      );
      expect(await number(`SELECT count(*)::int AS n FROM outbox WHERE topic = 'dead'`)).toBe(1);
      const purged = await number(
        `SELECT count(*)::int AS n FROM outbox WHERE topic = '${expiredPurge.name}'`,
      );
      expect(purged).toBeGreaterThan(0);
    });

    it('states the life of each table of the kernel', () => {
      const lives = node.get(Purges).lives();
      expect(lives.map(({ table }) => table)).toEqual([
        'idempotency_key',
        'outbox',
        'rate_budget',
        'row_version',
      ]);
      expect(() => node.get(Purges).register({ ...lives[0]!, purge: async () => 0 })).toThrow(
        'registered twice',
      );
    });
  });

  describe('Jobs', () => {
    it('refuse a second handler', () => {
      expect(() => node.get(Jobs).handle(later, { run: async () => {} })).toThrow('two handlers');
    });
  });

  describe('Metrics', () => {
    it('print gauges and counters, and say what is not ready', async () => {
      const metrics = node.get(Metrics);
      metrics.gauge('test_open', 'Open rows', () =>
        db.read(async (tx) => (await node.get(Outbox).counts(tx)).open),
      );
      const counter = metrics.counter('test_refusals', 'Refusals', ['kind']);
      counter.inc({ kind: 'quota' }, 2);
      const text = await metrics.text();
      expect(text).toMatch(/^test_open \d+$/m);
      expect(text).toMatch(/^test_refusals\{kind="quota"\} 2$/m);
      expect(text).toMatch(/^process_cpu_seconds_total /m);
      metrics.ready({ name: 'fine', required: true, check: async () => true });
      metrics.ready({ name: 'optional', required: false, check: async () => false });
      expect(await metrics.readiness()).toEqual({ ready: true, checks: { fine: true, optional: false } });
      metrics.ready({
        name: 'broken',
        required: true,
        check: async () => {
          throw new Error('no');
        },
      });
      expect(await metrics.readiness()).toMatchObject({ ready: false, checks: { broken: false } });
    });
  });
});
