import pg from 'pg';
import type { DatabaseConnection } from './notices.js';

/** The settings on which it depends that a committed row survives a crash, as the server has them. */
export async function durabilityOf(client: pg.Client): Promise<Readonly<Record<string, string>>> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')`,
  );
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
}

/**
 * How far the database's clock is ahead of ours, in milliseconds. Nothing is decided by that clock; it only shows that
 * one of two machines is wrong.
 */
export async function clockAheadMs(client: pg.Client, nowMs: () => number): Promise<number> {
  const before = nowMs();
  const { rows } = await client.query<{ at: Date }>('SELECT transaction_timestamp() AS at');
  return rows[0]!.at.getTime() - (before + nowMs()) / 2;
}

/**
 * Whether a notice of one session reaches another one within a second. Behind a pooler that changes sessions between
 * transactions it does not, and caches would stay off (rulings 27).
 */
export async function noticesArrive(connection: DatabaseConnection): Promise<boolean> {
  const options = { ...connection, connectionTimeoutMillis: 5_000, application_name: 'carekey doctor' };
  const listener = new pg.Client(options);
  const sender = new pg.Client(options);
  listener.on('error', () => {});
  sender.on('error', () => {});
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.all([listener.connect(), sender.connect()]);
    const heard = new Promise<boolean>((answer) => {
      listener.on('notification', () => answer(true));
      timer = setTimeout(() => answer(false), 1_000);
    });
    await listener.query('LISTEN carekey_doctor');
    await sender.query(`SELECT pg_notify('carekey_doctor', '')`);
    return await heard;
  } finally {
    clearTimeout(timer);
    await Promise.allSettled([listener.end(), sender.end()]);
  }
}
