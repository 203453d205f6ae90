import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { z } from 'zod';
import { countRows, quoted } from './backup.js';
import { type BackupHeader, type BackupReader, type BackupTable, backupTrailer } from './backup-file.js';
import { session } from './database-reach.js';
import { appliedMigrations } from './migrate.js';
import type { DatabaseConnection } from './notices.js';
import { StartError } from './start-error.js';

const notEmpty =
  'The database is not empty, and a backup is restored into an empty one only. Make a new database, or set CAREKEY_DATA_DIR to a new directory.';

/**
 * Makes sure that a database is fit for a backup: never migrated beyond it, and without a row.
 * @throws StartError when it is not; nothing was changed.
 */
export async function refuseUsedDatabase(owner: DatabaseConnection, header: BackupHeader): Promise<void> {
  await session(owner, async (client) => {
    const applied = await appliedMigrations(client);
    if (applied.some((name) => !header.migrations.includes(name))) throw new StartError(notEmpty);
    // A database that was only opened has check values; those of the backup take their place.
    for (const table of await tablesOf(client)) {
      if (table !== 'migrations' && table !== 'sealing_check' && (await hasRows(client, table)))
        throw new StartError(notEmpty);
    }
  });
}

/**
 * Fills an empty database of the backup's own schema, all or nothing: checksums and counts are compared before the
 * commit.
 * @param reader just behind the header.
 * @throws StartError when the file is damaged; nothing was changed.
 */
export async function loadBackup(
  owner: DatabaseConnection,
  reader: BackupReader,
  header: BackupHeader,
  onProgress: (rows: number, ofRows: number) => void,
): Promise<void> {
  await session(owner, async (client) => {
    await client.query('BEGIN');
    await client.query('SET LOCAL statement_timeout = 0');
    // Nobody may write while it is filled: the check below and the rows then belong together.
    for (const table of await tablesOf(client))
      await client.query(`LOCK TABLE ${quoted(client, table)} IN SHARE ROW EXCLUSIVE MODE`);
    await client.query('DELETE FROM sealing_check');
    for (const { name } of header.tables) if (await hasRows(client, name)) throw new StartError(notEmpty);
    await loadTables(client, reader, header, onProgress);
    await client.query('COMMIT');
  });
}

async function loadTables(
  client: pg.Client,
  reader: BackupReader,
  header: BackupHeader,
  onProgress: (rows: number, ofRows: number) => void,
): Promise<void> {
  const total = header.tables.reduce((sum, { rows }) => sum + rows, 0);
  const sums = new Map<string, string>();
  let done = 0;
  for (const table of header.tables) {
    const { table: name } = await reader.json(z.object({ table: z.string() }));
    if (name !== table.name) throw reader.damaged();
    const before = done;
    sums.set(
      name,
      await loadTable(client, reader, table, (rows) => {
        done += rows;
        onProgress(done, total);
      }),
    );
    if (done - before !== table.rows) throw reader.damaged();
    await moveSequences(client, table);
  }
  const { sha256 } = await reader.json(backupTrailer);
  if (header.tables.some(({ name }) => sha256[name] !== sums.get(name))) throw reader.damaged();
}

/** Copies the rows of one table in; answers the SHA-256 of what it read. */
async function loadTable(
  client: pg.Client,
  reader: BackupReader,
  { name, columns }: BackupTable,
  onRows: (rows: number) => void,
): Promise<string> {
  const hash = createHash('sha256');
  const list = columns.map((column) => client.escapeIdentifier(column)).join(', ');
  async function* rows(): AsyncGenerator<Buffer> {
    for await (const frame of reader.frames()) {
      hash.update(frame);
      onRows(countRows(frame));
      yield frame;
    }
  }
  await pipeline(
    Readable.from(rows()),
    client.query(copyFrom(`COPY ${quoted(client, name)} (${list}) FROM STDIN`)),
  );
  return hash.digest('hex');
}

/** Numbers that the table gives out itself go on after the highest one loaded. */
async function moveSequences(client: pg.Client, { name, columns }: BackupTable): Promise<void> {
  for (const column of columns) {
    const { rows } = await client.query<{ sequence: string | null }>(
      'SELECT pg_get_serial_sequence($1, $2) AS sequence',
      [quoted(client, name), column],
    );
    const sequence = rows[0]?.sequence;
    if (!sequence) continue;
    const highest = `SELECT max(${client.escapeIdentifier(column)}) FROM ${quoted(client, name)}`;
    await client.query(`SELECT setval($1, coalesce((${highest}), 0) + 1, false)`, [sequence]);
  }
}

async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

async function hasRows(client: pg.Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ any: boolean }>(
    `SELECT EXISTS (SELECT FROM ${quoted(client, table)}) AS any`,
  );
  return rows[0]!.any;
}
