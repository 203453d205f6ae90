import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { type EmbeddedPlace, sizeOf } from './embedded-place.js';
import { asUser, type ServerUser } from './embedded-user.js';
import { StartError } from './start-error.js';

/**
 * How the embedded PostgreSQL runs: durable, reachable by its socket only, and with a log that never shows a
 * statement or a value, because both can carry hashes and sealed text.
 */
const durableSettings: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '200',
  shared_buffers: '64MB',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  log_statement: 'none',
  log_min_duration_statement: '-1',
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
};

// PostgreSQL's programs get nothing of our environment: it holds secrets, and PG* variables would change what they do.
const environment = { LC_ALL: 'C', PATH: '/usr/local/bin:/usr/bin:/bin' };
const largestLog = 10_000_000;

/**
 * Makes the cluster unless it exists. It gets its name only when it is complete and on disk, so neither a killed
 * start nor two starts at once leave a half-made one.
 */
export function makeCluster(place: EmbeddedPlace, binaries: string, user: ServerUser): void {
  if (existsSync(place.cluster)) return;
  const unfinished = mkdtempSync(join(place.home, 'unfinished-'));
  try {
    if (user) chownSync(unfinished, user.uid, user.gid);
    const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8'];
    const made = spawnSync(join(binaries, 'initdb'), ['-D', unfinished, ...options, '--no-instructions'], {
      ...asUser(user),
      cwd: '/',
      env: environment,
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new StartError(initdbFailed(made.stderr || String(made.error)));
    renameSync(unfinished, place.cluster);
    syncDirectory(place.home);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(place.cluster)) throw error;
  }
}

function initdbFailed(output: string): string {
  const reason = output.trim().split('\n').slice(-1)[0]?.replace(/\.$/, '');
  return `PostgreSQL could not make its database files (${reason}). Check the space and the permissions of the data directory.`;
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** Removes what starts that were killed half-way have left behind. */
export function removeUnfinished(place: EmbeddedPlace): void {
  for (const name of readdirSync(place.home)) {
    if (name.startsWith('unfinished-')) rmSync(join(place.home, name), { recursive: true, force: true });
  }
}

/** A server process that was started here, and what became of it. */
export interface Started {
  readonly process: ChildProcess;
  readonly socketDirectory: string;
  /** What the server wrote to its log since this start. */
  output(): string;
}

/** Starts the server, detached from this process and its terminal. */
export function startServer(
  place: EmbeddedPlace,
  binaries: string,
  socketDirectory: string,
  user: ServerUser,
  settings: Readonly<Record<string, string>>,
): Started {
  if (sizeOf(place.log) > largestLog) renameSync(place.log, `${place.log}.1`);
  const from = sizeOf(place.log);
  const log = openSync(place.log, 'a', 0o600);
  const options = Object.entries({ ...durableSettings, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const child = spawn(
    join(binaries, 'postgres'),
    ['-D', place.cluster, '-k', socketDirectory, '-p', '5432', ...options],
    { ...asUser(user), cwd: '/', env: environment, detached: true, stdio: ['ignore', log, log] },
  );
  child.on('error', () => {});
  child.unref();
  closeSync(log);
  return {
    process: child,
    socketDirectory,
    output: () => readFileSync(place.log).subarray(from).toString('utf8'),
  };
}

/** What a running (or killed) server says about itself in `postmaster.pid`. */
export interface PidFile {
  readonly pid: number;
  readonly socketDirectory: string | undefined;
  readonly sharedMemoryId: string | undefined;
}

/** Reads `postmaster.pid`; `undefined` when no server has run here or the last one stopped in order. */
export function readPidFile(cluster: string): PidFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10));
  if (!pid) return undefined;
  const sharedMemoryId = lines[6]?.trim().split(/\s+/)[1];
  return { pid, socketDirectory: lines[4]?.trim() || undefined, sharedMemoryId };
}

/** Whether the process of a pid file is the living server of this cluster: no zombie, no other program's number. */
export function isServerAlive({ pid }: PidFile, cluster: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(cluster);
  } catch {
    return false;
  }
}

/**
 * Removes the pid file of a dead server that PostgreSQL itself would take for a living one: a zombie that nobody
 * reaps, or a number that another process of ours got. Never while anything is attached to the old shared memory.
 */
export function dropStalePidFile(cluster: string): void {
  const stale = readPidFile(cluster);
  if (!stale || process.platform !== 'linux' || isServerAlive(stale, cluster) || memoryInUse(stale)) return;
  if (readPidFile(cluster)?.pid === stale.pid) unlinkSync(join(cluster, 'postmaster.pid'));
}

function memoryInUse({ sharedMemoryId }: PidFile): boolean {
  if (!sharedMemoryId) return false;
  const segments = readFileSync('/proc/sysvipc/shm', 'utf8').split('\n').slice(1);
  return segments.some((line) => {
    const [, id, , , , , attached] = line.trim().split(/\s+/);
    return id === sharedMemoryId && Number(attached) > 0;
  });
}
