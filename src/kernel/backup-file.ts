import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { StartError } from './start-error.js';

/*
 * A backup is one gzip file. Unpacked: a line of JSON (the header), then for each table a line with its name and its
 * rows in frames, each a line with its length in bytes followed by as many bytes of PostgreSQL's COPY text format and
 * a frame of length 0 as the end; last a line of JSON with the checksums (the trailer).
 */

/** The first line of a backup: what it holds. */
export const backupHeader = z.object({
  format: z.literal('carekey-backup'),
  formatVersion: z.literal(1),
  /** The version of Carekey that made it. */
  version: z.string(),
  createdAt: z.iso.datetime(),
  /** As `server_version_num`. */
  postgres: z.int(),
  /** The migrations that its schema has had, in order. */
  migrations: z.array(z.string()),
  /** Proves which sealing keys open what is sealed in it; the check values are base64. */
  sealing: z.array(z.object({ keyId: z.string(), checkValue: z.string() })),
  /** In an order in which rows find those that they refer to. */
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()), rows: z.int() })),
});
export type BackupHeader = z.infer<typeof backupHeader>;
export type BackupTable = BackupHeader['tables'][number];

/** The last line of a backup: the SHA-256 of each table's rows, hex. */
export const backupTrailer = z.object({ sha256: z.record(z.string(), z.string()) });
export type BackupTrailer = z.infer<typeof backupTrailer>;

const largestLine = 1_000_000;
/** Rows are cut into frames of at most so many bytes. */
export const largestFrame = 1_000_000;

/** Reads a backup from its start to its end. Every fault of the file is a StartError. */
export class BackupReader {
  private rest: Buffer = Buffer.alloc(0);
  private readonly chunks: AsyncIterator<Buffer>;

  private constructor(
    private readonly file: string,
    stream: AsyncIterable<Buffer>,
  ) {
    this.chunks = stream[Symbol.asyncIterator]();
  }

  /** @throws StartError when there is no such file. */
  static async open(file: string): Promise<BackupReader> {
    const source = createReadStream(file);
    try {
      await once(source, 'open');
    } catch (cause) {
      throw new StartError(
        `The backup ${file} cannot be read (${(cause as Error).message}). Check its name and permissions.`,
        { cause },
      );
    }
    const gunzip = createGunzip({ chunkSize: 262_144 });
    source.on('error', (error) => gunzip.destroy(error));
    return new BackupReader(file, source.pipe(gunzip));
  }

  /** The next line, read as `schema` says. */
  async json<Value>(schema: z.ZodType<Value>): Promise<Value> {
    try {
      return schema.parse(JSON.parse(await this.line()));
    } catch (cause) {
      throw cause instanceof StartError ? cause : this.damaged(cause);
    }
  }

  /** The rows of a table: frame by frame. */
  async *frames(): AsyncGenerator<Buffer> {
    for (;;) {
      const length = Number(await this.line());
      if (!Number.isInteger(length) || length < 0 || length > largestFrame) throw this.damaged();
      if (length === 0) return;
      yield await this.take(length);
    }
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  /** The fault that a reader of this file reports. */
  damaged(cause?: unknown): StartError {
    return new StartError(
      `The file ${this.file} is no complete backup of Carekey, or it is damaged. Take another copy of it.`,
      { cause },
    );
  }

  private async line(): Promise<string> {
    for (;;) {
      const end = this.rest.indexOf(10);
      if (end >= 0) {
        const line = this.rest.toString('utf8', 0, end);
        this.rest = this.rest.subarray(end + 1);
        return line;
      }
      if (this.rest.length > largestLine) throw this.damaged();
      await this.more();
    }
  }

  private async take(length: number): Promise<Buffer> {
    while (this.rest.length < length) await this.more();
    const bytes = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    return bytes;
  }

  private async more(): Promise<void> {
    let next: IteratorResult<Buffer>;
    try {
      next = await this.chunks.next();
    } catch (cause) {
      throw this.damaged(cause);
    }
    if (next.done) throw this.damaged();
    this.rest = this.rest.length === 0 ? next.value : Buffer.concat([this.rest, next.value]);
  }
}
