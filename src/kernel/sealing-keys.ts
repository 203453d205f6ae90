import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { randomBytesOf, type SealingKey } from './secrets.js';
import { StartError } from './start-error.js';

/**
 * The sealing keys of an embedded set-up: made once, 256 random bits, in `<data>/keys/sealing-keys`, in the form of
 * CAREKEY_SEALING_KEYS (a line per key). Without this file what the database holds sealed cannot be opened.
 * @throws StartError when the file cannot be read or is damaged.
 */
export function keysOfDataDirectory(dataDirectory: string): SealingKey[] {
  const directory = join(dataDirectory, 'keys');
  const file = join(directory, 'sealing-keys');
  if (!existsSync(file)) makeKey(directory, file);
  return parse(read(file), file);
}

function makeKey(directory: string, file: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Written and synced under another name first: the key must be on disk before anything is sealed with it.
  const draft = `${file}.${process.pid}`;
  rmSync(draft, { force: true });
  const descriptor = openSync(draft, 'wx', 0o600);
  writeSync(descriptor, `k1:${randomBytesOf(32).toString('base64')}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  const parent = openSync(directory, 'r');
  fsyncSync(parent);
  closeSync(parent);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new StartError(
      `The sealing keys in ${file} cannot be read. Start Carekey as the user who made them, or mend the permissions.`,
      { cause },
    );
  }
}

function parse(text: string, file: string): SealingKey[] {
  const keys = text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const [id = '', encoded = ''] = line.split(/:(.*)/);
      return { id, key: Buffer.from(encoded, 'base64') };
    });
  if (keys.length === 0 || keys.some(({ id, key }) => !id || key.length !== 32)) {
    throw new StartError(
      `The file ${file} is damaged: each line must be id:base64 of 32 bytes. Bring it back from your backup; without it sealed values cannot be opened.`,
    );
  }
  return keys;
}
