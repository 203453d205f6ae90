import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { reachDatabase } from '../../src/kernel/database-reach.js';
import { StartError } from '../../src/kernel/start-error.js';
import { testSealingKey } from '../helpers/app.js';
import { OAuthAgent } from '../helpers/oauth-agent.js';
import { freePort } from '../helpers/ports.js';
import { Installation, type ServerProcess } from '../helpers/server-process.js';
import { until } from '../kernel/wait.js';

const isRoot = process.getuid?.() === 0;

/** Says that it ended as a failed start must: one sentence, code 1, no stack, nothing on standard output. */
async function refusal(started: ServerProcess): Promise<string> {
  expect(await started.ended).toEqual({ code: 1, signal: null });
  expect(started.errors.trim().split('\n')).toHaveLength(1);
  expect(started.errors).not.toMatch(/^\s+at /m);
  expect(started.output).not.toContain('ready');
  return started.errors.trim();
}

/** Whether the credentials of the first start still get a token. */
async function tokenOf(server: ServerProcess): Promise<number> {
  const { CLIENT_ID, CLIENT_SECRET } = server.firstSteps();
  const client = { id: CLIENT_ID!, secret: CLIENT_SECRET!, redirectUri: '' };
  return (await new OAuthAgent(server.baseUrl).clientCredentials(client)).status;
}

describe('the process', () => {
  let house: Installation;
  beforeAll(() => {
    house = Installation.make();
  });
  afterAll(() => house.remove());

  describe('on an embedded PostgreSQL', () => {
    let dataDir: string;
    let env: Record<string, string>;
    let server: ServerProcess;

    beforeAll(async () => {
      dataDir = house.newDataDir();
      env = { CAREKEY_DATA_DIR: dataDir };
      server = await house.startReady(env);
    }, 60_000);

    it('says where it is, where its data is and what to open next', () => {
      expect(server.output).toContain(server.baseUrl);
      expect(server.output).toContain(dataDir);
      expect(server.output).toMatch(/\/setup\/[\w-]{43}\n/);
      expect(server.errors).toBe('');
    });

    it('keeps secrets to itself: keys and first steps are 0600, the socket directory is 0700', () => {
      const mode = (path: string) => statSync(path).mode & 0o777;
      expect(mode(join(dataDir, 'keys'))).toBe(0o700);
      expect(mode(join(dataDir, 'keys/sealing-keys'))).toBe(0o600);
      expect(mode(join(dataDir, 'first-steps.env'))).toBe(0o600);
      expect(mode(server.postgres()!.socketDirectory)).toBe(0o700);
      expect(mode(join(dataDir, 'pg18'))).toBe(0o700);
    });

    it('F78 runs PostgreSQL durably, by socket only, with a log that shows no statement', async () => {
      const rows = await server.query<{ name: string; setting: string }>(
        'postgres',
        'SELECT name, setting FROM pg_settings',
      );
      const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
      expect(settings).toMatchObject({
        fsync: 'on',
        full_page_writes: 'on',
        synchronous_commit: 'on',
        data_checksums: 'on',
        listen_addresses: '',
        unix_socket_permissions: '0700',
        max_connections: '200',
        log_statement: 'none',
        log_min_error_statement: 'panic',
        log_parameter_max_length: '0',
        log_parameter_max_length_on_error: '0',
      });
      await expect(server.query('carekey_app', `SELECT 'a-secret-value'::int`)).rejects.toThrow('integer');
      expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8')).not.toContain('SELECT');
    });

    it('logs in as a role that is no superuser and owns no table', async () => {
      const [role] = await server.query(
        'carekey_app',
        `SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls,
                EXISTS (SELECT FROM pg_class
                        WHERE relowner = r.oid AND relnamespace = 'public'::regnamespace) AS owns
         FROM pg_roles r WHERE rolname = current_user`,
      );
      expect(role).toEqual({
        rolsuper: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolbypassrls: false,
        owns: false,
      });
    });

    it('refuses a second web process on the same data directory, and is not disturbed', async () => {
      const sentence = await refusal(await house.start(env));
      expect(sentence).toMatch(/^Another Carekey web process \(pid \d+\) already runs on the data directory/);
      expect(sentence).toContain(String(server.pid));
      expect(await tokenOf(server)).toBe(200);
    });

    it('lets a worker join, and the last one out stops PostgreSQL', async () => {
      const worker = await house.startReady(env, 'worker');
      const { pid } = server.postgres()!;
      expect(await server.stop()).toEqual({ code: 0, signal: null });
      expect(worker.postgres()?.pid).toBe(pid);
      expect(await worker.stop('SIGINT')).toEqual({ code: 0, signal: null });
      expect(worker.postgres()).toBeUndefined();
      expect(server.errors).toBe('');
      server = await house.startReady(env);
      expect(await tokenOf(server)).toBe(200);
    });

    it('survives kill -9 of itself: the next start joins the PostgreSQL that still runs', async () => {
      const { pid } = server.postgres()!;
      await server.stop('SIGKILL');
      server = await house.startReady(env);
      expect(server.postgres()?.pid).toBe(pid);
      expect(await tokenOf(server)).toBe(200);
    });

    it('survives kill -9 of itself and of every PostgreSQL process', async () => {
      await server.killEverything();
      server = await house.startReady(env);
      expect(await tokenOf(server)).toBe(200);
      expect(server.output).not.toContain('first-steps.env');
    });

    it('brings PostgreSQL back when that alone is killed', async () => {
      const before = server.postgres()!.pid;
      process.kill(before, 'SIGKILL');
      await until(
        async () => (await tokenOf(server).catch(() => 0)) === 200 && server.postgres()?.pid !== before,
        {
          withinMs: 30_000,
        },
      );
    });

    it('stops though somebody has opened a connection and keeps silent', async () => {
      const silent = connect(Number(new URL(server.baseUrl).port), '127.0.0.1');
      await once(silent, 'connect');
      const closed = once(silent, 'close');
      expect(await server.stop()).toEqual({ code: 0, signal: null });
      await closed;
    });

    it('refuses another sealing key, and a database newer than itself', async () => {
      const otherKey = { ...env, CAREKEY_SEALING_KEYS: `k1:${testSealingKey.split(':')[1]}` };
      expect(await refusal(await house.start(otherKey))).toMatch(/sealed with another key of the name "k1"/);
      const otherName = { ...env, CAREKEY_SEALING_KEYS: testSealingKey };
      expect(await refusal(await house.start(otherName))).toMatch(
        /"k1", which is not among the sealing keys/,
      );
      server = await house.startReady(env);
      await server.query(
        'carekey_owner',
        `INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'Later9999999999999')`,
      );
      await server.stop();
      expect(await refusal(await house.start(env))).toMatch(/newer version of Carekey.*Later9999999999999/);
    });
  });

  it('starts three times at once on an empty directory: one PostgreSQL, three workers', async () => {
    const env = { CAREKEY_DATA_DIR: house.newDataDir() };
    const workers = await Promise.all([1, 2, 3].map(() => house.startReady(env, 'worker')));
    expect(new Set(workers.map((worker) => worker.postgres()?.pid)).size).toBe(1);
    const ends = await Promise.all(workers.map((worker) => worker.stop()));
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(workers[0]!.postgres()).toBeUndefined();
  });

  it('stops in good order when the signal comes while it starts', async () => {
    const env = { CAREKEY_DATA_DIR: house.newDataDir() };
    const server = await house.start(env);
    await until(() => server.postgres(), { withinMs: 30_000 });
    expect(await server.stop('SIGINT')).toEqual({ code: 0, signal: null });
    expect(server.postgres()).toBeUndefined();
  });

  describe('in one sentence', () => {
    let listener: Server;
    let port: number;
    beforeAll(async () => {
      port = await freePort();
      listener = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      await new Promise<void>((listening) => listener.listen(port, '127.0.0.1', listening));
    });
    afterAll(() => void listener.close());

    it('a port in use', async () => {
      const env = { CAREKEY_DATA_DIR: house.newDataDir(), PORT: String(port) };
      const started = await house.start(env);
      expect(await refusal(started)).toBe(
        `Port ${port} on 127.0.0.1 is in use. Stop the program that has it, or set PORT to another one.`,
      );
      expect(started.postgres()).toBeUndefined();
    });

    it('a wrong DATABASE_URL', async () => {
      const env = { DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c', CAREKEY_SEALING_KEYS: testSealingKey };
      expect(await refusal(await house.start(env))).toBe(
        'DATABASE_URL cannot be used: nothing listens at that address. Correct it, and check that PostgreSQL runs there.',
      );
    });

    it.each([
      ['no URL', () => 'carekey', /^DATABASE_URL is no address of a PostgreSQL database/],
      [
        'another kind',
        () => 'mysql://a:b@127.0.0.1/c',
        /^DATABASE_URL is no address of a PostgreSQL database/,
      ],
      [
        'no such host',
        () => 'postgres://a:b@nowhere.invalid/c',
        /^DATABASE_URL cannot be used: the host name/,
      ],
      ['no PostgreSQL', () => `postgres://a:b@127.0.0.1:${port}/c`, /^DATABASE_URL cannot be used: /],
    ])('a wrong DATABASE_URL: %s', async (_, url, sentence) => {
      const said = await reachDatabase('DATABASE_URL', url()).catch((error: unknown) => error);
      expect(said).toBeInstanceOf(StartError);
      expect((said as StartError).message).toMatch(sentence);
      expect((said as StartError).message).not.toContain('a:b');
    });

    it('DATABASE_URL without sealing keys', async () => {
      const started = await house.start({ DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c' });
      expect(await refusal(started)).toMatch(/^CAREKEY_SEALING_KEYS is required with DATABASE_URL/);
    });

    it('a first password that breaks the rules', async () => {
      const started = await house.start({
        CAREKEY_DATA_DIR: house.newDataDir(),
        CAREKEY_ADMIN_EMAIL: 'ada@example.org',
        CAREKEY_ADMIN_PASSWORD: 'short',
      });
      expect(await refusal(started)).toMatch(/password is too short/);
    });

    it('a damaged file of sealing keys', async () => {
      const dataDir = house.newDataDir();
      const server = await house.startReady({ CAREKEY_DATA_DIR: dataDir }, 'worker');
      await server.stop();
      rmSync(join(dataDir, 'keys/sealing-keys'));
      mkdirSync(join(dataDir, 'keys/sealing-keys'));
      expect(await refusal(await house.start({ CAREKEY_DATA_DIR: dataDir }))).toMatch(
        /sealing keys in .* cannot be read/,
      );
    });
  });

  (isRoot ? it : it.skip)(
    `${isRoot ? '' : 'skipped, not root: '}started by root in a place that PostgreSQL may not enter, keeps its cluster elsewhere`,
    async () => {
      const closed = mkdtempSync(join(house.folder, 'closed-')); // 0700
      const env = { CAREKEY_DATA_DIR: join(closed, 'data') };
      const server = await house.startReady(env, 'worker');
      const home = readFileSync(join(closed, 'data/postgres-home'), 'utf8').trim();
      try {
        expect(home).toMatch(/^\/var\/lib\/carekey\/database-/);
        await server.stop();
        const again = await house.startReady(env, 'worker');
        expect(readFileSync(join(closed, 'data/postgres-home'), 'utf8').trim()).toBe(home);
        await again.stop();
      } finally {
        rmSync(home, { recursive: true, force: true });
      }
    },
  );
});
