import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { z } from 'zod';
import { Budgets } from '../../src/kernel/budgets.js';
import { Db } from '../../src/kernel/db.js';
import { Jobs } from '../../src/kernel/jobs.js';
import { Outbox } from '../../src/kernel/outbox.js';
import { defineTopic } from '../../src/kernel/topics.js';
import { freshDatabase, type TestDatabase } from '../helpers/database.js';
import { redisAbsent, startRedis, type TestRedis } from '../helpers/redis.js';
import { type KernelNode, startNode, testEnvironment } from './node.js';
import { until } from './wait.js';

const killed = defineTopic('test.killed', z.object({ inside: z.boolean() }), {
  attempts: 3,
  backoffMs: 50,
  leaseMs: 2_000,
});

const children = new Set<ChildProcess>();

/** A second process, and the lines that it said so far. */
function startChild(task: object): { child: ChildProcess; lines: string[] } {
  const script = fileURLToPath(new URL('child.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
  return { child, lines };
}

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

describe.each([
  ['PostgreSQL', undefined],
  ['Redis', redisAbsent],
])('two processes with the queue on %s', (backend, absent) => {
  if (absent) {
    it.skip(`skipped: ${absent}`, () => {});
    return;
  }

  let database: TestDatabase;
  let redis: TestRedis | undefined;
  let web: KernelNode;
  let env: Record<string, string>;

  beforeAll(async () => {
    database = await freshDatabase();
    if (backend === 'Redis') redis = await startRedis();
    env = testEnvironment(redis && { REDIS_URL: redis.url });
    web = await startNode({
      connection: database.connection,
      env,
      jobs: { runsQueue: false },
      onInit: (get) => get(Jobs).handle(killed, { run: async () => {} }),
    });
  });

  afterAll(async () => {
    await web.close();
    await redis?.stop();
    await database.drop();
  });

  it('finishes elsewhere what a worker was doing when it was killed', async () => {
    const { child, lines } = startChild({ task: 'work', connection: database.connection, env });
    await until(() => lines.includes('ready'), { withinMs: 30_000 });
    const id = await web
      .get(Db)
      .tx(async (tx) =>
        web.get(Outbox).add(tx, { topic: killed, payload: { inside: true }, projectId: null }),
      );
    await until(() => lines.includes(`running ${id}`));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const attempts: number[] = [];
    const worker = await startNode({
      connection: database.connection,
      env,
      onInit: (get) =>
        get(Jobs).handle(killed, {
          run: async (_tx, _payload, { attempt }) => {
            attempts.push(attempt);
          },
        }),
    });
    const outside = new pg.Client(database.connection);
    await outside.connect();
    const closedAt = async () =>
      (await outside.query('SELECT closed_at FROM outbox WHERE id = $1', [id])).rows[0].closed_at;
    await until(closedAt, { withinMs: 40_000 });
    expect(attempts).toEqual([2]);
    await outside.end();
    await worker.close();
  });
});

describe('budgets', () => {
  it('hold under 200 parallel takers in two processes', async () => {
    const database = await freshDatabase();
    const env = testEnvironment({ CAREKEY_DATABASE_POOL: '10' });
    const node = await startNode({
      connection: database.connection,
      env,
      jobs: { runsQueue: false },
      onInit: (get) => get(Jobs).handle(killed, { run: async () => {} }),
    });
    const limit = 37;
    const task = { task: 'take', connection: database.connection, env, key: 'guess ada', takers: 100, limit };
    const { child, lines } = startChild(task);
    await until(() => lines.includes('ready'), { withinMs: 30_000 });
    const budgets = node.get(Budgets);
    const taken = await Promise.all(
      Array.from({ length: 100 }, () => budgets.take('guess ada', { limit, windowMs: 60_000 })),
    );
    await once(child, 'exit');
    const there = Number(lines.find((line) => line.startsWith('allowed '))?.slice(8));
    const here = taken.filter(({ allowed }) => allowed).length;
    expect(here + there).toBe(limit);
    await node.close();
    await database.drop();
  });
});

describe('a process that lacks the handler of a topic', () => {
  it('refuses to start and names the topic', async () => {
    const database = await freshDatabase();
    const task = { task: 'lack', connection: database.connection, env: testEnvironment() };
    const { child, lines } = startChild(task);
    const [code] = await once(child, 'exit');
    expect([code, lines]).toEqual([1, ['failed: No handler for the topic "test.killed"']]);
    await database.drop();
  });
});
