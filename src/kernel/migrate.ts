import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import type { DatabaseConnection } from './notices.js';
import { prepareQueueSchema } from './queue.js';
import { raiseWall } from './role-wall.js';
import { StartError } from './start-error.js';

/** A migration class, as `migrations/all.ts` lists them. */
export type MigrationClass = new () => MigrationInterface;

const migrationLock = 0x63_6b_10;

/**
 * Brings the schema up to date as the owner, one node at a time, and lets the server's role use it.
 * @param appRole the role that the server logs in as; the owner itself when there is only one.
 * @throws StartError when the database was migrated by a newer version.
 */
export async function migrate(
  owner: DatabaseConnection,
  appRole: string,
  migrations: readonly MigrationClass[],
): Promise<void> {
  const client = new pg.Client({ ...owner, application_name: 'carekey migration' });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    const applied = await appliedMigrations(client);
    refuseNewer(applied, migrations);
    if (applied.length < migrations.length) await runMigrations(owner, migrations);
    await prepareQueueSchema(client, appRole);
    await raiseWall(client, appRole);
  } finally {
    await client.end();
  }
}

/** The names of the migrations that a database has, oldest first; none when it has never been migrated. */
export async function appliedMigrations(client: pg.Client): Promise<string[]> {
  const known = await client.query<{ there: boolean }>(
    `SELECT to_regclass('migrations') IS NOT NULL AS there`,
  );
  if (!known.rows[0]?.there) return [];
  const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY id');
  return rows.map((row) => row.name);
}

/**
 * Compares what a database (or a backup) has with what this version knows.
 * @throws StartError when it was made by a newer version.
 */
export function refuseNewer(
  applied: readonly string[],
  migrations: readonly MigrationClass[],
  what = 'The database was migrated',
): void {
  const mine = new Set(migrations.map((one) => one.name));
  const foreign = applied.filter((name) => !mine.has(name));
  if (foreign.length > 0) {
    throw new StartError(
      `${what} by a newer version of Carekey (it has ${foreign.join(', ')}, which this version does not know). Use that version, or restore a backup of this one.`,
    );
  }
}

async function runMigrations(
  owner: DatabaseConnection,
  migrations: readonly MigrationClass[],
): Promise<void> {
  const { connectionString, host, port, user, database } = owner;
  const source = new DataSource({
    type: 'postgres',
    ...(connectionString ? { url: connectionString } : { host, port, username: user, database }),
    migrations: [...migrations],
    migrationsTransactionMode: 'each',
    poolSize: 1,
  } as never);
  await source.initialize();
  try {
    await source.runMigrations();
  } finally {
    await source.destroy();
  }
}
