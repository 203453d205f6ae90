import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { StartError } from './start-error.js';

const webLock = 0x63_6b_03;
const leaveWithinMs = 5_000;

/**
 * One web process per embedded data directory (rulings 51): the lock lives as long as `client`'s session, so a
 * killed process frees it at once.
 * @param client a session of the embedded server, with `carekey web <pid>` as its application name.
 * @throws StartError naming the process that has it.
 */
export async function takeWebLock(client: Client, dataDirectory: string): Promise<void> {
  const deadline = performance.now() + leaveWithinMs;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
      webLock,
    ]);
    if (rows[0]?.taken) return;
    const holder = await findHolder(client);
    if ((holder !== undefined && isAlive(holder)) || performance.now() > deadline) {
      throw new StartError(
        `Another Carekey web process${holder ? ` (pid ${holder})` : ''} already runs on the data directory ${dataDirectory}. Stop it first, or set CAREKEY_DATA_DIR and PORT for a second server.`,
      );
    }
    await sleep(20);
  }
}

async function findHolder(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = $1`,
    [webLock],
  );
  return Number(/^carekey web (\d+)$/.exec(rows[0]?.name ?? '')?.[1]) || undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
