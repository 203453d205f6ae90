import { get } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DatabaseConnection } from '../../src/kernel/notices.js';
import { testSealingKey } from '../helpers/app.js';
import { freshDatabase, type TestDatabase } from '../helpers/database.js';
import { OAuthAgent } from '../helpers/oauth-agent.js';
import { freePort } from '../helpers/ports.js';
import { childrenOf, Installation, type ServerProcess } from '../helpers/server-process.js';
import { until } from '../kernel/wait.js';

/** The address of a test's database, as an operator would write it. */
function addressOf({ connectionString, host, port, user, database }: DatabaseConnection): string {
  if (connectionString) return connectionString;
  return `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host!)}`;
}

/** Two processes that start one after the other, and the stop. */
const startWithinMs = 120_000;

describe('CAREKEY_WORKERS', () => {
  let house: Installation;
  let database: TestDatabase;
  let env: Record<string, string>;
  beforeAll(async () => {
    house = Installation.make();
    database = await freshDatabase();
    env = {
      CAREKEY_WORKERS: '2',
      CAREKEY_DATA_DIR: house.newDataDir(),
      CAREKEY_SEALING_KEYS: testSealingKey,
      DATABASE_URL: addressOf(database.connection),
      CAREKEY_MIGRATION_DATABASE_URL: addressOf(database.ownerConnection),
    };
  });
  afterAll(async () => {
    await house.remove();
    await database.drop();
  });

  /** One line, code 1: what an operator sees of a start that failed. */
  async function refusal(more: Record<string, string | undefined>): Promise<string> {
    const given = Object.entries({ ...env, ...more }).filter(
      (one): one is [string, string] => one[1] !== undefined,
    );
    const started = await house.start(Object.fromEntries(given));
    expect(await started.ended).toEqual({ code: 1, signal: null });
    expect(started.output).toBe('');
    return started.errors;
  }

  it.each([
    [
      'an embedded database',
      { DATABASE_URL: undefined, CAREKEY_MIGRATION_DATABASE_URL: undefined },
      /^CAREKEY_WORKERS above 1 needs DATABASE_URL: [^\n]+\n$/,
    ],
    ['a number that is none', { CAREKEY_WORKERS: 'many' }, /^CAREKEY_WORKERS is not valid: [^\n]+\n$/],
    ['none at all', { CAREKEY_WORKERS: '0' }, /^CAREKEY_WORKERS is not valid: [^\n]+\n$/],
    [
      'what the first of them finds wrong',
      { DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c' },
      /^DATABASE_URL cannot be used: [^\n]+\n$/,
    ],
  ])('refuses in one sentence: %s', async (_, more, sentence) => {
    expect(await refusal(more)).toMatch(sentence);
  });

  it('refuses in one sentence: a port in use', async () => {
    const port = await freePort();
    const other = createServer();
    await new Promise<void>((listening) => other.listen(port, '127.0.0.1', listening));
    expect(await refusal({ PORT: String(port) })).toMatch(/^Port \d+ on 127\.0\.0\.1 is in use\.[^\n]+\n$/);
    await new Promise((closed) => other.close(closed));
  });

  describe('of two', () => {
    let server: ServerProcess;
    beforeAll(async () => {
      server = await house.startReady(env);
    }, startWithinMs);

    async function answers(): Promise<number[]> {
      const { CLIENT_ID, CLIENT_SECRET } = server.firstSteps();
      const client = { id: CLIENT_ID!, secret: CLIENT_SECRET!, redirectUri: '' };
      const all = Array.from({ length: 6 }, () =>
        new OAuthAgent(server.baseUrl).post(
          'oauth2/token',
          { grant_type: 'client_credentials' },
          { basic: client },
        ),
      );
      return (await Promise.all(all)).map(({ status }) => status);
    }

    it('says once what to open next, and made it once', async () => {
      expect(server.output.match(/Carekey is ready/g)).toHaveLength(1);
      const [, link] = /(http:\S+\/setup\/[\w-]{43})\n/.exec(server.output)!;
      expect((await fetch(link!)).status).toBe(200);
      expect(childrenOf(server.pid)).toHaveLength(2);
    });

    it('serves from every process', async () => {
      const begun = new Set<string>();
      await until(async () => {
        begun.add(/^process_start_time_seconds (\d+)$/m.exec(await metrics(server))![1]!);
        return begun.size === 2;
      });
      expect(await answers()).toEqual([200, 200, 200, 200, 200, 200]);
      expect((await fetch(new URL('readyz', server.baseUrl))).status).toBe(200);
    });

    it('replaces one that is killed, while the other serves', async () => {
      const [victim, survivor] = childrenOf(server.pid);
      process.kill(victim!, 'SIGKILL');
      await until(() => !childrenOf(server.pid).includes(victim!));
      // Requests on connections that the killed one had may fail, new connections go to the other.
      await until(() =>
        answers().then(
          (all) => all.every((status) => status === 200),
          () => false,
        ),
      );
      await until(() => childrenOf(server.pid).length === 2, { withinMs: 30_000 });
      expect(childrenOf(server.pid)).toContain(survivor);
      expect(server.output).toMatch(new RegExp(`Process ${victim} ended \\(SIGKILL\\)`));
      expect(server.output.match(/Carekey is ready/g)).toHaveLength(1);
    });

    it('stops in good order when a terminal signals all of them, though one has just begun', async () => {
      const children = childrenOf(server.pid);
      for (const pid of children) process.kill(pid, 'SIGINT');
      expect(await server.stop('SIGINT')).toEqual({ code: 0, signal: null });
      expect(children.filter(isAlive)).toEqual([]);
      expect(server.errors).toBe('');
    });

    it(
      'stops in good order on SIGTERM to the first process alone',
      async () => {
        const stopped = await house.startReady(env);
        const children = childrenOf(stopped.pid);
        expect(await stopped.stop()).toEqual({ code: 0, signal: null });
        expect(children.filter(isAlive)).toEqual([]);
      },
      startWithinMs,
    );

    it(
      'leaves no process behind when the first one is killed',
      async () => {
        const killed = await house.startReady(env);
        const orphans = childrenOf(killed.pid);
        await killed.stop('SIGKILL');
        await until(() => !orphans.some(isAlive));
      },
      startWithinMs,
    );
  });
});

/** Over a connection of its own: which process answers, is told by who took the connection. */
function metrics({ baseUrl }: ServerProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    get(new URL('metrics', baseUrl), { agent: false }, (response) => {
      text(response).then(resolve, reject);
    }).on('error', reject);
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
