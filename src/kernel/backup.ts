import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { type BackupHeader, type BackupTable, type BackupTrailer, largestFrame } from './backup-file.js';
import { session, stateOf } from './database-reach.js';
import { appliedMigrations } from './migrate.js';
import type { DatabaseConnection } from './notices.js';
import { readKeyChecks } from './sealing-check.store.js';
import { StartError } from './start-error.js';

/** What a backup is told from above. */
export interface BackupOptions {
  readonly file: string;
  /** Tables whose rows are not worth keeping, or must not come back. No kept row may refer to one of theirs. */
  readonly leftOut: readonly string[];
  readonly version: string;
  readonly createdAt: Date;
  /** Called as rows are written. */
  onProgress?(rows: number, ofRows: number): void;
}

// One way of writing each value, whatever the server's defaults: the reader may be another PostgreSQL version.
const oneWayOfWriting = `SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'UTC'; SET LOCAL intervalstyle = 'iso_8601';
  SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; SET LOCAL statement_timeout = 0;
  SET LOCAL idle_in_transaction_session_timeout = 0`;

/**
 * Writes every row of the schema into one file, as one snapshot saw them. Sealed values stay sealed. The file appears
 * under its name only when it is complete and on disk.
 * @param connection a role that may read every table; it changes nothing.
 * @returns what the backup holds.
 * @throws StartError when the file exists or cannot be written.
 */
export async function writeBackup(
  connection: DatabaseConnection,
  options: BackupOptions,
): Promise<BackupHeader> {
  const draft = `${options.file}.unfinished`;
  try {
    return await session(connection, async (client) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await client.query(oneWayOfWriting);
      const header = await describe(client, options);
      const target = createWriteStream(draft, { flags: 'wx', mode: 0o600 });
      await pipeline(Readable.from(content(client, header, options)), createGzip(), target);
      await publish(draft, options.file);
      return header;
    });
  } catch (error) {
    throw unwritable(error, options.file);
  } finally {
    await rm(draft, { force: true });
  }
}

function unwritable(error: unknown, file: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST') {
    return new StartError(
      `${file} (or ${file}.unfinished) exists already. Choose another name, or remove it.`,
    );
  }
  if (!/^(ENOENT|EACCES|EISDIR|ENOTDIR|ENOSPC|EROFS)$/.test(code ?? '')) return error;
  return new StartError(`The backup ${file} cannot be written (${message}). Choose another place.`, {
    cause: error,
  });
}

async function publish(draft: string, file: string): Promise<void> {
  const written = await open(draft, 'r');
  await written.sync();
  await written.close();
  await link(draft, file);
  const directory = await open(dirname(file), 'r');
  await directory.sync();
  await directory.close();
}

async function describe(client: pg.Client, options: BackupOptions): Promise<BackupHeader> {
  const tables: BackupTable[] = [];
  for (const name of await tablesInOrder(client, options.leftOut)) {
    const columns = await columnsOf(client, name);
    const { rows } = await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${quoted(client, name)}`);
    tables.push({ name, columns, rows: Number(rows[0]!.n) });
  }
  const checks = await readKeyChecks(client);
  return {
    format: 'carekey-backup',
    formatVersion: 1,
    version: options.version,
    createdAt: options.createdAt.toISOString(),
    postgres: (await stateOf(client)).version,
    migrations: await appliedMigrations(client),
    sealing: checks.map(({ keyId, checkValue }) => ({ keyId, checkValue: checkValue.toString('base64') })),
    tables,
  };
}

async function* content(
  client: pg.Client,
  header: BackupHeader,
  { onProgress }: BackupOptions,
): AsyncGenerator<Buffer> {
  const total = header.tables.reduce((sum, { rows }) => sum + rows, 0);
  const sha256: BackupTrailer['sha256'] = {};
  let done = 0;
  yield line(header);
  for (const { name, columns } of header.tables) {
    yield line({ table: name });
    const hash = createHash('sha256');
    const list = columns.map((column) => client.escapeIdentifier(column)).join(', ');
    const rows = client.query(copyTo(`COPY (SELECT ${list} FROM ${quoted(client, name)}) TO STDOUT`));
    for await (const chunk of rows as AsyncIterable<Buffer>) {
      hash.update(chunk);
      yield* frames(chunk);
      done += countRows(chunk);
      onProgress?.(done, total);
    }
    yield Buffer.from('0\n');
    sha256[name] = hash.digest('hex');
  }
  yield line({ sha256 });
}

function line(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

function* frames(chunk: Buffer): Generator<Buffer> {
  for (let at = 0; at < chunk.length; at += largestFrame) {
    const frame = chunk.subarray(at, at + largestFrame);
    yield Buffer.from(`${frame.length}\n`);
    yield frame;
  }
}

/** Each row of the COPY text format ends with the only line feed that it has. */
export function countRows(chunk: Buffer): number {
  let rows = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows += 1;
  return rows;
}

/** A table of ours as SQL names it. */
export function quoted(client: pg.Client, table: string): string {
  return `public.${client.escapeIdentifier(table)}`;
}

/** Every table but partitions (they are read through their parent) and the list of migrations, referred-to ones first. */
async function tablesInOrder(client: pg.Client, leftOut: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; needs: string[] }>(
    `SELECT c.relname AS name, ARRAY(
       SELECT t.relname::text FROM pg_constraint k JOIN pg_class t ON t.oid = k.confrelid
       WHERE k.contype = 'f' AND k.conrelid = c.oid AND k.confrelid <> c.oid) AS needs
     FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname <> 'migrations' ORDER BY c.relname`,
  );
  const waiting = rows.filter(({ name }) => !leftOut.includes(name));
  const ordered: string[] = [];
  while (waiting.length > 0) {
    const at = waiting.findIndex(({ needs }) => needs.every((need) => ordered.includes(need)));
    if (at < 0)
      throw new Error(`No order of tables in a backup: ${waiting.map(({ name }) => name).join(', ')}`);
    ordered.push(waiting.splice(at, 1)[0]!.name);
  }
  return ordered;
}

async function columnsOf(client: pg.Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [quoted(client, table)],
  );
  return rows.map(({ name }) => name);
}
