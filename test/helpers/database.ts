import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { DatabaseConnection } from '../../src/kernel/notices.js';

/** A database made from the migrations, for one test file. */
export interface TestDatabase {
  /** As the role that the server logs in as. */
  readonly connection: DatabaseConnection;
  readonly ownerConnection: DatabaseConnection;
  /** Makes PostgreSQL plan as if a table had so many times the rows that it has. */
  pretendRows(table: string, times: number): Promise<void>;
  drop(): Promise<void>;
}

/** Copies the migrated template. */
export async function freshDatabase(): Promise<TestDatabase> {
  const { superuser, run, template } = JSON.parse(process.env['TEST_POSTGRES']!) as {
    superuser: DatabaseConnection;
    run: number;
    template: string;
  };
  const name = `carekey_test_${run}_${randomBytes(6).toString('hex')}`;
  // Two files that copy one template at once would disturb each other.
  await administer(superuser, [
    `SELECT pg_advisory_lock(1)`,
    `CREATE DATABASE ${name} TEMPLATE ${template} OWNER carekey_owner STRATEGY FILE_COPY`,
  ]);
  return {
    connection: as(superuser, 'carekey_app', name),
    ownerConnection: as(superuser, 'carekey_owner', name),
    pretendRows: (table, times) =>
      administer(inside(superuser, name), [
        `UPDATE pg_class SET reltuples = reltuples * ${times} WHERE oid = '${table}'::regclass`,
      ]),
    drop: () => administer(superuser, [`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`]),
  };
}

async function administer(superuser: DatabaseConnection, statements: string[]): Promise<void> {
  const client = new pg.Client(superuser);
  await client.connect();
  try {
    for (const text of statements)
      await client.query(text.replace('STRATEGY FILE_COPY', await copyStrategy(client)));
  } finally {
    await client.end();
  }
}

/** Copying files is quicker than copying through the log; PostgreSQL 14 knows no other way and no word for it. */
async function copyStrategy(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  return (rows[0]?.version ?? 0) >= 150_000 ? 'STRATEGY FILE_COPY' : '';
}

function as(superuser: DatabaseConnection, role: string, database: string): DatabaseConnection {
  if (!superuser.connectionString) return { ...inside(superuser, database), user: role };
  const url = new URL(inside(superuser, database).connectionString!);
  url.username = role;
  url.password = role;
  return { connectionString: url.href };
}

function inside(superuser: DatabaseConnection, database: string): DatabaseConnection {
  if (!superuser.connectionString) return { ...superuser, database };
  const url = new URL(superuser.connectionString);
  url.pathname = `/${database}`;
  return { connectionString: url.href };
}
