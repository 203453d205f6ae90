import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import type { DatabaseConnection } from './notices.js';
import { prepareQueueSchema } from './queue.js';
import { StartError } from './start-error.js';

/** A migration class, as `migrations/all.ts` lists them. */
export type MigrationClass = new () => MigrationInterface;

const migrationLock = 0x63_6b_10;

/** Tables that the server may only add to (rulings 43). */
const insertOnly = new Set(['audit_record', 'audit_seal']);

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
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    await refuseNewer(client, migrations);
    await runMigrations(owner, migrations);
    await prepareQueueSchema(owner, appRole);
    await grant(client, appRole);
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

async function refuseNewer(client: pg.Client, migrations: readonly MigrationClass[]): Promise<void> {
  const mine = new Set(migrations.map((one) => one.name));
  const foreign = (await appliedMigrations(client)).filter((name) => !mine.has(name));
  if (foreign.length > 0) {
    throw new StartError(
      `The database was migrated by a newer version of Carekey (it has ${foreign.join(', ')}, which this version does not know). Start that version, or restore a backup.`,
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

/** Everything but the record may be changed by the server; what migrations ran may only be read. */
async function grant(client: pg.Client, appRole: string): Promise<void> {
  const role = client.escapeIdentifier(appRole);
  const { rows } = await client.query<{ name: string; owned: boolean }>(
    `SELECT tablename AS name, tableowner = $1 AS owned FROM pg_tables WHERE schemaname = current_schema()`,
    [appRole],
  );
  await client.query(`GRANT USAGE ON SCHEMA ${client.escapeIdentifier('public')} TO ${role}`);
  for (const { name, owned } of rows) {
    if (owned) continue;
    const table = client.escapeIdentifier(name);
    const rights =
      name === 'migrations'
        ? 'SELECT'
        : insertOnly.has(name)
          ? 'SELECT, INSERT'
          : 'SELECT, INSERT, UPDATE, DELETE';
    await client.query(`REVOKE ALL ON ${table} FROM ${role}`);
    await client.query(`GRANT ${rights} ON ${table} TO ${role}`);
  }
}
