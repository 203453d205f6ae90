import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { freePort } from './ports.js';

/** A Redis of this test file, on loopback, keeping nothing on disk. */
export interface TestRedis {
  readonly url: string;
  /** Empties it, as an operator or an eviction might. */
  empty(): Promise<void>;
  /** Takes it away, and brings it back on the same port, empty. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Makes it hang: connections stay, nothing is answered; `false` lets it go on. */
  freeze(frozen: boolean): void;
}

/** Why tests with Redis are skipped on this machine; `undefined` when they run. */
export const redisAbsent: string | undefined =
  spawnSync('redis-server', ['--version']).status === 0 ? undefined : 'redis-server is not installed';

/** Starts one. Stop it when done. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;
  const start = async () => {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    server = spawn('redis-server', options, { stdio: 'ignore' });
    const client = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    client.on('error', () => {});
    await client.ping();
    client.disconnect();
  };
  // A run that breaks off must not leave it behind.
  process.once('exit', () => server?.kill('SIGKILL'));
  await start();
  return {
    url,
    start,
    freeze: (frozen) => void server?.kill(frozen ? 'SIGSTOP' : 'SIGCONT'),
    empty: async () => {
      const client = new Redis(url);
      await client.flushall();
      client.disconnect();
    },
    stop: async () => {
      if (!server || server.exitCode !== null) return;
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    },
  };
}
