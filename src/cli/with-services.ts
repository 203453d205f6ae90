import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import type { Config } from '../kernel/config.js';
import { type OpenDatabase, openDatabase } from '../kernel/database-server.js';
import { StartError } from '../kernel/start-error.js';
import type { House } from './command.types.js';

/** What a command works with: the services of the server, on its database. */
export interface Services {
  readonly config: Config;
  readonly database: OpenDatabase;
  get: INestApplicationContext['get'];
}

/**
 * Opens the database, builds the services without working on the queue, and leaves both in good order.
 * @throws ConfigError, StartError
 */
export async function withServices<Result>(
  house: House,
  use: (services: Services) => Promise<Result>,
): Promise<Result> {
  const config = house.config();
  refuseStrangePlace(config);
  const database = await openDatabase(config, house.migrations, { purpose: 'command' });
  try {
    const { connection, sealingKeys } = database;
    const jobs = { runsQueue: false };
    const app = await house.services({ config, connection, sealingKeys, jobs });
    try {
      return await use({ config, database, get: app.get.bind(app) });
    } finally {
      await app.close();
    }
  } finally {
    await database.close();
  }
}

/** A command run in the wrong folder must not make a new, empty database there. @throws StartError */
export function refuseStrangePlace(config: Config): void {
  const { DATABASE_URL, CAREKEY_DATA_DIR } = config.settings;
  if (DATABASE_URL || existsSync(CAREKEY_DATA_DIR)) return;
  throw new StartError(
    `There is no data directory at ${resolve(CAREKEY_DATA_DIR)}. Run this where the server runs, or set CAREKEY_DATA_DIR or DATABASE_URL as it has them.`,
  );
}
