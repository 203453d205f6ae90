import type pg from 'pg';
import { Clock } from './clock.js';
import type { Config } from './config.js';
import { sqlState } from './database-errors.js';
import { reachDatabase, session } from './database-reach.js';
import { type EmbeddedOptions, EmbeddedPostgres } from './embedded-postgres.js';
import type { MigrationClass } from './migrate.js';
import type { DatabaseConnection } from './notices.js';
import { isWallUp } from './role-wall.js';
import { checkSealingKeys } from './sealing-check.store.js';
import { keysOfDataDirectory } from './sealing-keys.js';
import type { SealingKey } from './secrets.js';
import { StartError } from './start-error.js';

/** A database that answers; nothing is known yet about what it holds. */
export interface ReachedDatabase {
  readonly connection: DatabaseConnection;
  /** The owner's connection; the same as `connection` when there is only one role. */
  readonly ownerConnection: DatabaseConnection;
  readonly embedded: boolean;
  /** For people: the directory of the embedded database, or the variable that names another. */
  readonly where: string;
  /** Leaves the embedded server; close every connection first. */
  close(): Promise<void>;
}

/** An open, migrated database with the keys that open what it holds sealed. */
export interface OpenDatabase extends ReachedDatabase {
  readonly sealingKeys: readonly SealingKey[];
  /** Whether the server's role is kept from changing the record (rulings 43). */
  readonly wall: 'up' | 'missing';
}

/**
 * Reaches the database of this process without changing it: the embedded one, or that of DATABASE_URL.
 * @throws StartError in one sentence that names the variable.
 */
export async function reach(config: Config, options: EmbeddedOptions): Promise<ReachedDatabase> {
  const { DATABASE_URL, CAREKEY_MIGRATION_DATABASE_URL, CAREKEY_DATA_DIR } = config.settings;
  if (!DATABASE_URL) {
    const server = await EmbeddedPostgres.open(CAREKEY_DATA_DIR, options);
    return {
      connection: server.connection('carekey_app'),
      ownerConnection: server.connection('carekey_owner'),
      embedded: true,
      where: server.place.cluster,
      close: () => server.close(),
    };
  }
  const connection = await reachDatabase('DATABASE_URL', DATABASE_URL);
  const ownerConnection = CAREKEY_MIGRATION_DATABASE_URL
    ? await reachDatabase('CAREKEY_MIGRATION_DATABASE_URL', CAREKEY_MIGRATION_DATABASE_URL)
    : connection;
  return { connection, ownerConnection, embedded: false, where: 'DATABASE_URL', close: async () => {} };
}

/**
 * Reaches the database, migrates it and checks the sealing keys against it.
 * @throws StartError in one sentence that names the variable.
 */
export async function openDatabase(
  config: Config,
  migrations: readonly MigrationClass[],
  options: EmbeddedOptions,
): Promise<OpenDatabase> {
  const reached = await reach(config, options);
  try {
    await migrateAll(reached, migrations);
    const sealingKeys = sealingKeysOf(config);
    const up = await session(reached.connection, async (client) => {
      await checkSealingKeys(client, sealingKeys, new Clock().date());
      return isWallUp(client);
    });
    return { ...reached, sealingKeys, wall: up ? 'up' : 'missing' };
  } catch (error) {
    await reached.close();
    throw error;
  }
}

/** The keys of CAREKEY_SEALING_KEYS, or those of the data directory, made when there are none. */
export function sealingKeysOf(config: Config): readonly SealingKey[] {
  return config.sealingKeys.length > 0
    ? config.sealingKeys
    : keysOfDataDirectory(config.settings.CAREKEY_DATA_DIR);
}

/**
 * Runs migrations on a database that was reached.
 * @throws StartError when the role may not, the two URLs differ, or a newer version was there.
 */
export async function migrateAll(
  { connection, ownerConnection }: ReachedDatabase,
  migrations: readonly MigrationClass[],
): Promise<void> {
  const appRole = await session(connection, currentRole);
  // Loaded late, because it brings the ORM along: by now PostgreSQL starts already.
  const { migrate } = await import('./migrate.js');
  try {
    await migrate(ownerConnection, appRole, migrations);
  } catch (error) {
    if (sqlState(error) !== '42501') throw error;
    throw new StartError(
      `The role "${await session(ownerConnection, currentRole)}" may not change the schema of the database. Set CAREKEY_MIGRATION_DATABASE_URL to a role that owns it.`,
      { cause: error },
    );
  }
  if (!(await session(connection, hasSchema))) {
    throw new StartError(
      'DATABASE_URL and CAREKEY_MIGRATION_DATABASE_URL lead to different databases. Point both to the same one.',
    );
  }
}

async function currentRole(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ role: string }>('SELECT current_user AS role');
  return rows[0]!.role;
}

async function hasSchema(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('migrations') IS NOT NULL AS there`,
  );
  return rows[0]!.there;
}
