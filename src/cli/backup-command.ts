import { join, resolve } from 'node:path';
import { AuditService } from '../audit/audit.service.js';
import { systemActor } from '../kernel/actor.js';
import { writeBackup } from '../kernel/backup.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import type { Command } from './command.types.js';
import { leftOut } from './left-out.js';
import { withServices } from './with-services.js';

/** `carekey backup`. */
export const backup: Command = {
  name: 'backup',
  summary: 'Write everything into one file; what is sealed stays sealed',
  arguments: ['[file]'],
  options: {},
  run: ({ house, terminal, arguments: [name] }) =>
    withServices(house, async (services) => {
      const now = services.get(Clock, { strict: false }).date();
      const file = resolve(name ?? `carekey-${now.toISOString().replaceAll(/[:]|\.\d+/g, '')}.backup.gz`);
      // Recorded before it is made, so that a copy of everything never leaves unrecorded.
      await services.get(Db, { strict: false }).tx(async (tx) => {
        const actor = systemActor('carekey backup');
        services
          .get(AuditService, { strict: false })
          .record(tx, { type: 'server.backup', actor, projectId: null });
      });
      const header = await terminal.withProgress('rows', (onProgress) =>
        writeBackup(services.database.connection, {
          file,
          leftOut: Object.keys(leftOut),
          version: house.version,
          createdAt: now,
          onProgress,
        }),
      );
      const rows = header.tables.reduce((sum, table) => sum + table.rows, 0);
      return {
        text: `${file}: ${rows} rows of ${header.tables.length} tables.\n${keysNote(services.config.settings)}`,
        json: { file, rows, tables: header.tables.map((table) => ({ name: table.name, rows: table.rows })) },
      };
    }),
};

function keysNote(settings: { DATABASE_URL?: string | undefined; CAREKEY_DATA_DIR: string }): string {
  const where = settings.DATABASE_URL
    ? 'CAREKEY_SEALING_KEYS'
    : join(resolve(settings.CAREKEY_DATA_DIR), 'keys', 'sealing-keys');
  return `It opens only with the sealing keys: keep ${where} too, and apart from it. Sign-ins are not part of it.`;
}
