import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AuditService } from '../audit/audit.service.js';
import { systemActor } from '../kernel/actor.js';
import { type BackupHeader, BackupReader, backupHeader } from '../kernel/backup-file.js';
import type { Config } from '../kernel/config.js';
import { migrateAll, reach, sealingKeysOf } from '../kernel/database-server.js';
import { Db } from '../kernel/db.js';
import { refuseNewer } from '../kernel/migrate.js';
import { loadBackup, refuseUsedDatabase } from '../kernel/restore.js';
import { compareKeys } from '../kernel/sealing-check.store.js';
import { Sealer } from '../kernel/secrets.js';
import { StartError } from '../kernel/start-error.js';
import type { Call, Command, House } from './command.types.js';
import { withServices } from './with-services.js';

/** `carekey restore`. */
export const restore: Command = {
  name: 'restore',
  summary: 'Fill an empty database from a backup, also of another PostgreSQL version',
  arguments: ['<file>'],
  options: {},
  run: async (call) => {
    const file = resolve(call.arguments[0] ?? '');
    const reader = await BackupReader.open(file);
    let header: BackupHeader;
    try {
      header = await reader.json(backupHeader);
      const config = call.house.config();
      refuseNewer(header.migrations, call.house.migrations, 'The backup was made');
      refuseOtherKeys(config, header);
      await fill(call, config, reader, header);
    } finally {
      await reader.close();
    }
    await record(call.house, header);
    const rows = header.tables.reduce((sum, table) => sum + table.rows, 0);
    return {
      text: `${rows} rows of ${header.tables.length} tables are restored as of ${header.createdAt}. Everybody has to sign in again.`,
      json: { rows, createdAt: header.createdAt, version: header.version },
    };
  },
};

/** Brings an empty database to the schema of the backup and loads it; later migrations then find its rows. */
async function fill(
  { house, terminal }: Call,
  config: Config,
  reader: BackupReader,
  header: BackupHeader,
): Promise<void> {
  const database = await reach(config, { purpose: 'command' });
  try {
    await refuseUsedDatabase(database.ownerConnection, header);
    const then = house.migrations.filter(({ name }) => header.migrations.includes(name));
    await migrateAll(database, then);
    await terminal.withProgress('rows', (progress) =>
      loadBackup(database.ownerConnection, reader, header, progress),
    );
  } finally {
    await database.close();
  }
}

/** Before anything is made: without its keys a restored database would not start. */
function refuseOtherKeys(config: Config, header: BackupHeader): void {
  const { CAREKEY_DATA_DIR } = config.settings;
  const file = join(resolve(CAREKEY_DATA_DIR), 'keys', 'sealing-keys');
  if (config.sealingKeys.length === 0 && !existsSync(file)) {
    throw new StartError(
      `The backup opens only with its sealing keys. Copy keys/sealing-keys of the data directory that it came from to ${file}, or set CAREKEY_SEALING_KEYS.`,
    );
  }
  const checks = header.sealing.map(({ keyId, checkValue }) => ({
    keyId,
    checkValue: Buffer.from(checkValue, 'base64'),
  }));
  compareKeys(new Sealer(sealingKeysOf(config)), checks, 'The backup');
}

/** Runs the later migrations and records the act. */
async function record(house: House, header: BackupHeader): Promise<void> {
  await withServices(house, (services) =>
    services.get(Db, { strict: false }).tx(async (tx) => {
      services.get(AuditService, { strict: false }).record(tx, {
        type: 'server.restore',
        actor: systemActor('carekey restore'),
        projectId: null,
        detail: { backupOf: header.createdAt },
      });
    }),
  );
}
