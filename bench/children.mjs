import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, postmasterOf } from './proc.mjs';

/** Every process that this run has started and not yet ended, with the data directory of its PostgreSQL if it has one. */
const living = new Map();
const patienceMs = 20_000;

/**
 * Starts a Node process that `endAll` ends at the latest.
 * @param options.dataDir where its embedded PostgreSQL keeps its files.
 */
export function startNode(args, { env = {}, dataDir, channel = false } = {}) {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, args, {
    env: { PATH, HOME, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit', ...(channel ? ['ipc'] : [])],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output = (output + chunk).slice(-10_000)));
  living.set(child, dataDir);
  child.output = () => output;
  return child;
}

/** Ends a process by its id and waits for it: politely first; its PostgreSQL too, should it be left behind. */
export async function end(child) {
  if (!living.has(child)) return;
  const dataDir = living.get(child);
  const postmaster = dataDir && postmasterOf(dataDir);
  if (child.exitCode === null && child.signalCode === null) {
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await closed;
    clearTimeout(timer);
  }
  living.delete(child);
  if (postmaster && isAlive(postmaster)) await endPostgres(postmaster);
}

async function endPostgres(pid) {
  process.kill(pid, 'SIGINT');
  for (let waited = 0; isAlive(pid) && waited < patienceMs; waited += 50) await sleep(50);
}

/** Ends whatever still runs. */
export async function endAll() {
  await Promise.all([...living.keys()].map(end));
}
