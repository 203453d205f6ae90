import pg from 'pg';
import { Clock } from './clock.js';
import type { Config } from './config.js';
import { type EmbeddedOptions, EmbeddedPostgres } from './embedded-postgres.js';
import { type MigrationClass, migrate } from './migrate.js';
import type { DatabaseConnection } from './notices.js';
import { checkSealingKeys } from './sealing-check.store.js';
import { keysOfDataDirectory } from './sealing-keys.js';
import type { SealingKey } from './secrets.js';
import { StartError } from './start-error.js';

/** An open, migrated database with the keys that open what it holds sealed. */
export interface OpenDatabase {
  readonly connection: DatabaseConnection;
  /** The owner's connection; the same as `connection` when there is only one role. */
  readonly ownerConnection: DatabaseConnection;
  readonly sealingKeys: readonly SealingKey[];
  readonly embedded: boolean;
  /** Whether the server's role is kept from changing the record (rulings 43). */
  readonly wall: 'up' | 'missing';
  close(): Promise<void>;
}

const supported = { from: 140_000, below: 190_000 };

/**
 * Opens the database of this process: the embedded one, or that of DATABASE_URL; migrates it and checks the keys.
 * @throws StartError in one sentence that names the variable.
 */
export async function openDatabase(
  config: Config,
  migrations: readonly MigrationClass[],
  purpose: EmbeddedOptions['purpose'],
): Promise<OpenDatabase> {
  const database = config.settings.DATABASE_URL
    ? await openOutside(config)
    : await openEmbedded(config, purpose);
  try {
    const appRole = await roleOf(database.connection);
    await migrate(database.ownerConnection, appRole, migrations);
    await checkSealingKeys(database.connection, database.sealingKeys, new Clock().date());
    return { ...database, wall: await wallOf(database.connection) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

type Reached = Omit<OpenDatabase, 'wall'>;

async function openEmbedded(config: Config, purpose: EmbeddedOptions['purpose']): Promise<Reached> {
  const server = await EmbeddedPostgres.open(config.settings.CAREKEY_DATA_DIR, { purpose });
  return {
    connection: server.connection('carekey_app'),
    ownerConnection: server.connection('carekey_owner'),
    sealingKeys:
      config.sealingKeys.length > 0
        ? config.sealingKeys
        : keysOfDataDirectory(config.settings.CAREKEY_DATA_DIR),
    embedded: true,
    close: () => server.close(),
  };
}

async function openOutside(config: Config): Promise<Reached> {
  const { DATABASE_URL, CAREKEY_MIGRATION_DATABASE_URL } = config.settings;
  const connection = { connectionString: DATABASE_URL! };
  await reach('DATABASE_URL', connection);
  const ownerConnection = CAREKEY_MIGRATION_DATABASE_URL
    ? { connectionString: CAREKEY_MIGRATION_DATABASE_URL }
    : connection;
  if (CAREKEY_MIGRATION_DATABASE_URL) await reach('CAREKEY_MIGRATION_DATABASE_URL', ownerConnection);
  return {
    connection,
    ownerConnection,
    sealingKeys: config.sealingKeys,
    embedded: false,
    close: async () => {},
  };
}

/** Tries a connection and says in one sentence what is wrong with it. */
async function reach(variable: string, connection: DatabaseConnection): Promise<void> {
  let client: pg.Client;
  try {
    client = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000 });
    client.on('error', () => {});
    await client.connect();
  } catch (cause) {
    throw new StartError(
      `${variable} cannot be used: ${reasonOf(cause)}. Correct it, and check that PostgreSQL runs there.`,
      { cause },
    );
  }
  try {
    const { rows } = await client.query<{ version: number; readonly: boolean }>(
      `SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS readonly`,
    );
    const { version = 0, readonly = false } = rows[0] ?? {};
    if (version < supported.from || version >= supported.below) {
      throw new StartError(
        `${variable} leads to PostgreSQL ${Math.floor(version / 10_000)}; Carekey runs on 14 to 18.`,
      );
    }
    if (readonly) throw new StartError(`${variable} leads to a read-only standby. Point it to the primary.`);
  } finally {
    await client.end();
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  const known: Readonly<Record<string, string>> = {
    '28P01': 'the password is wrong',
    '28000': 'the role may not log in',
    '3D000': 'the database does not exist',
    ECONNREFUSED: 'nothing listens at that address',
    ENOTFOUND: 'the host name is unknown',
    EAI_AGAIN: 'the host name cannot be looked up',
    ENOENT: 'there is no socket at that path',
  };
  return known[code ?? ''] ?? (message || code || 'no reason given').replace(/\.$/, '');
}

async function roleOf(connection: DatabaseConnection): Promise<string> {
  return ask<string>(connection, 'SELECT current_user AS answer');
}

async function wallOf(connection: DatabaseConnection): Promise<'up' | 'missing'> {
  const mayChange = await ask<boolean>(
    connection,
    `SELECT has_table_privilege('audit_record', 'UPDATE, DELETE, TRUNCATE') AS answer`,
  );
  return mayChange ? 'missing' : 'up';
}

async function ask<Answer>(connection: DatabaseConnection, sql: string): Promise<Answer> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const { rows } = await client.query<{ answer: Answer }>(sql);
    return rows[0]!.answer;
  } finally {
    await client.end();
  }
}
