import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { z } from 'zod';
import { Db } from '../../src/kernel/db.js';
import type { JobContext } from '../../src/kernel/job-handler.types.js';
import { JobRunner } from '../../src/kernel/job-runner.js';
import { Jobs } from '../../src/kernel/jobs.js';
import { Outbox } from '../../src/kernel/outbox.js';
import { statement } from '../../src/kernel/statement.js';
import { defineTopic, type Topic } from '../../src/kernel/topics.js';
import type { Tx } from '../../src/kernel/tx.js';
import { freshDatabase, type TestDatabase } from '../helpers/database.js';
import { redisAbsent, startRedis, type TestRedis } from '../helpers/redis.js';
import { type KernelNode, startNode } from './node.js';
import { until } from './wait.js';

const work = defineTopic('test.work', z.object({ note: z.string(), failures: z.number().default(0) }), {
  attempts: 3,
  backoffMs: 50,
  leaseMs: 3_000,
});
const send = defineTopic('test.send', z.object({ to: z.string() }), {
  attempts: 2,
  backoffMs: 50,
  leaseMs: 1_500,
});
const tick = defineTopic('test.tick', z.object({}), { everyMs: 700, leaseMs: 1_000 });

const done = statement('test_done.add', 'INSERT INTO test_done (job, note) VALUES ($1, $2)');
const addRow = statement(
  'test_done.outbox',
  `INSERT INTO outbox (id, topic, payload, created_at, deadline) VALUES ($1, $2, $3, $4, $4)`,
);

/** What the handlers of a node saw. */
class Handled {
  readonly runs: JobContext[] = [];
  readonly sent: string[] = [];
  readonly ticks: number[] = [];
  /** Jobs of `test.work` wait here while it is set. */
  gate: Promise<void> | undefined;

  register(jobs: Jobs): void {
    jobs.handle(work, {
      run: async (tx, { note, failures }, context) => {
        this.runs.push(context);
        await tx.sql(done, [context.id, note]);
        await this.gate;
        if (context.attempt <= failures) throw new Error(`failure ${context.attempt}\nof ${note}`);
      },
      gaveUp: async (tx, { note }, context, error) => {
        await tx.sql(done, [context.id, `gave up ${note}: ${error}`]);
      },
    });
    jobs.handle(send, {
      prepare: async (_tx, { to }) => (to === 'nobody' ? undefined : { to }),
      send: async ({ to }, context) => {
        this.sent.push(`${to} ${context.attempt}`);
        if (to === 'hangs' && context.attempt === 1) await new Promise(() => {});
        return `sent to ${to}`;
      },
      finish: async (tx, outcome, _payload, context) => {
        await tx.sql(done, [context.id, outcome]);
      },
    });
    jobs.handle(tick, {
      run: async () => {
        this.ticks.push(performance.now());
      },
    });
  }
}

describe.each([
  ['PostgreSQL', undefined],
  ['Redis', redisAbsent],
])('jobs on %s', (backend, absent) => {
  if (absent) {
    it.skip(`skipped: ${absent}`, () => {});
    return;
  }

  let database: TestDatabase;
  let redis: TestRedis | undefined;
  let outside: pg.Client;
  let node: KernelNode;
  let handled: Handled;

  const start = async (jobs: { runsQueue?: boolean; handOverAfterMs?: number } = {}) => {
    const mine = new Handled();
    const started = await startNode({
      connection: database.connection,
      ...(redis && { env: { REDIS_URL: redis.url } }),
      jobs,
      onInit: (get) => mine.register(get(Jobs)),
    });
    return { node: started, handled: mine };
  };

  beforeAll(async () => {
    database = await freshDatabase();
    if (backend === 'Redis') redis = await startRedis();
    const owner = new pg.Client(database.ownerConnection);
    await owner.connect();
    await owner.query('CREATE TABLE test_done (job text, note text); GRANT ALL ON test_done TO PUBLIC');
    await owner.end();
    outside = new pg.Client(database.connection);
    await outside.connect();
    ({ node, handled } = await start());
  });

  afterAll(async () => {
    await node.close();
    await redis?.stop();
    await outside.end();
    await database.drop();
  });

  afterEach(async () => {
    handled.gate = undefined;
    await outside.query('DELETE FROM test_done');
    handled.runs.length = 0;
  });

  const add = <Payload>(topic: Topic<Payload>, payload: Payload, from = node, availableAt?: Date) =>
    from
      .get(Db)
      .tx(async (tx) =>
        from.get(Outbox).add(tx, { topic, payload, projectId: null, ...(availableAt && { availableAt }) }),
      );
  const row = async (id: string) =>
    (await outside.query('SELECT * FROM outbox WHERE id = $1', [id])).rows[0] as {
      closed_at: Date | null;
      dead_at: Date | null;
      payload: object;
      attempts: number;
      last_error: string | null;
    };
  const closed = (id: string) => until(async () => (await row(id)).closed_at);
  const notes = async () =>
    (await outside.query<{ note: string }>('SELECT note FROM test_done ORDER BY note')).rows.map(
      (one) => one.note,
    );

  it('handles what was committed, closes its row in the same commit and erases the payload', async () => {
    const id = await add(work, { note: 'a', failures: 0 });
    await closed(id);
    expect(await notes()).toEqual(['a']);
    expect(await row(id)).toMatchObject({ payload: {}, attempts: 1, last_error: null });
    expect(handled.runs).toMatchObject([{ id, attempt: 1, projectId: null }]);
  });

  it('knows nothing of what was rolled back', async () => {
    const failing = node.get(Db).tx(async (tx: Tx) => {
      node.get(Outbox).add(tx, { topic: work, payload: { note: 'never', failures: 0 }, projectId: null });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await closed(await add(work, { note: 'after', failures: 0 }));
    expect(await notes()).toEqual(['after']);
  });

  it('tries again with back-off; what a failed run wrote is gone', async () => {
    const id = await add(work, { note: 'b', failures: 2 });
    await closed(id);
    expect(await notes()).toEqual(['b']);
    expect(handled.runs.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it('gives up after the last attempt, shows it, and tries again when told to', async () => {
    const id = await add(work, { note: 'c', failures: 3 });
    await until(async () => (await row(id)).dead_at);
    expect(await notes()).toEqual(['gave up c: failure 3 of c']);
    const outbox = node.get(Outbox);
    const db = node.get(Db);
    expect(await db.read((tx) => outbox.dead(tx, { topic: 'test.work', first: 10 }))).toMatchObject([
      { id, topic: 'test.work', attempts: 3, lastError: 'failure 3 of c', projectId: null },
    ]);
    expect(await db.read((tx) => outbox.counts(tx))).toMatchObject({ dead: 1 });
    await outside.query(`UPDATE outbox SET payload = '{"note":"c","failures":0}' WHERE id = $1`, [id]);
    await db.tx((tx) => outbox.retry(tx, id));
    await closed(id);
    expect(await db.read((tx) => outbox.dead(tx, { first: 10 }))).toEqual([]);
    await expect(db.tx((tx) => outbox.retry(tx, id))).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('gives up a payload that does not fit its topic', async () => {
    const id = await add(work as unknown as Topic<unknown>, { nonsense: true });
    await until(async () => (await row(id)).dead_at);
    expect((await row(id)).last_error).toMatch(/note/);
    await outside.query('DELETE FROM outbox WHERE id = $1', [id]);
  });

  it('leaves a topic that it does not know to a node that does', async () => {
    const id = '00000000-0000-7000-8000-000000000001';
    await outside.query(addRow.text, [id, 'test.future', {}, new Date(0)]);
    await closed(await add(work, { note: 'd', failures: 0 }));
    expect(await row(id)).toMatchObject({ closed_at: null, dead_at: null, attempts: 0 });
    await outside.query('DELETE FROM outbox WHERE id = $1', [id]);
  });

  it('waits until a job is available', async () => {
    const from = performance.now();
    const id = await add(work, { note: 'later', failures: 0 }, node, node.clock.date(600));
    await closed(id);
    expect(performance.now() - from).toBeGreaterThan(580);
  });

  it('sends outside between two transactions; nothing to send closes at once', async () => {
    const [sent, none] = await Promise.all([add(send, { to: 'ada' }), add(send, { to: 'nobody' })]);
    await Promise.all([closed(sent), closed(none)]);
    expect(await notes()).toEqual(['sent to ada']);
    expect(handled.sent).toEqual(['ada 1']);
  });

  it('takes the place in the queue from a sender that hangs', async () => {
    await closed(await add(send, { to: 'hangs' }));
    expect(handled.sent.slice(-2)).toEqual(['hangs 1', 'hangs 2']);
    expect(await notes()).toEqual(['sent to hangs']);
  });

  it('tells senders to end when the process stops; another run goes on', async () => {
    const id = await add(send, { to: 'hangs' });
    await until(() => handled.sent.filter((to) => to === 'hangs 1').length === 2);
    node.get(JobRunner).stop();
    await until(async () => (await row(id)).last_error === 'The process was stopped');
    await closed(id);
  });

  it('sweeps up what was committed by a process that died before its nudge', async () => {
    const id = '00000000-0000-7000-8000-000000000002';
    await outside.query(addRow.text, [id, 'test.work', { note: 'lost' }, new Date(0)]);
    await closed(id);
    expect(await notes()).toEqual(['lost']);
  });

  it('leaves the queue to workers in a web process', async () => {
    const web = await start({ runsQueue: false });
    const id = await add(work, { note: 'from web', failures: 0 }, web.node);
    await closed(id);
    expect(web.handled.runs).toEqual([]);
    await web.node.close();
  });

  it('runs a scheduled topic once per period, however many nodes there are', async () => {
    const other = await start();
    const before = handled.ticks.length;
    const from = performance.now();
    await until(() => handled.ticks.length + other.handled.ticks.length >= before + 4);
    const periods = (performance.now() - from) / 700;
    expect(handled.ticks.length + other.handled.ticks.length - before).toBeLessThanOrEqual(
      Math.ceil(periods) + 1,
    );
    await other.node.close();
  });

  it('does each job once when two nodes share a flood of them', async () => {
    const other = await start();
    const ids = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        add(work, { note: `n${i}`, failures: i % 3 }, i % 2 ? node : other.node),
      ),
    );
    await Promise.all(ids.map(closed));
    expect(new Set(await notes()).size).toBe(60);
    expect(await notes()).toHaveLength(60);
    await other.node.close();
  });

  it('goes on when PostgreSQL ends every connection', async () => {
    const ids = await Promise.all(
      Array.from({ length: 10 }, (_, i) => add(work, { note: `p${i}`, failures: 1 })),
    );
    await outside.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await Promise.all(ids.map((id) => until(async () => (await row(id)).closed_at, { withinMs: 30_000 })));
    expect(new Set(await notes()).size).toBe(10);
    await closed(await add(work, { note: 'after', failures: 0 }));
  });

  if (backend === 'Redis') {
    it('loses nothing and does nothing twice when Redis is emptied in the middle', async () => {
      let open: () => void = () => {};
      handled.gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      const ids = await Promise.all(
        Array.from({ length: 40 }, (_, i) => add(work, { note: `e${i}`, failures: i % 2 })),
      );
      await until(() => handled.runs.length >= 4);
      await redis!.empty();
      open();
      await Promise.all(ids.map((id) => until(async () => (await row(id)).closed_at, { withinMs: 30_000 })));
      expect(await notes()).toHaveLength(40);
    });

    it('commits while Redis is down, and catches up when it is back, empty', async () => {
      await redis!.stop();
      // Redis comes back only afterwards: a commit that waited for it would wait for ever.
      const ids = await Promise.all(
        Array.from({ length: 20 }, (_, i) => add(work, { note: `f${i}`, failures: 0 })),
      );
      await redis!.start();
      await Promise.all(ids.map((id) => until(async () => (await row(id)).closed_at, { withinMs: 30_000 })));
      expect(await notes()).toHaveLength(20);
    });

    it('starts while Redis is down, and stops in good order', async () => {
      await redis!.stop();
      const other = await start();
      const id = await add(work, { note: 'g', failures: 0 }, other.node);
      await other.node.close();
      await redis!.start();
      await until(async () => (await row(id)).closed_at, { withinMs: 30_000 });
    });
  }
});
