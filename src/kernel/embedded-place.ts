import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { mayEnter, ownedBy, type ServerUser } from './embedded-user.js';
import { StartError } from './start-error.js';

/** Where the embedded PostgreSQL of one data directory keeps its things. */
export interface EmbeddedPlace {
  readonly dataDirectory: string;
  /** Holds the cluster and, where needed, a copy of the binaries: the data directory itself whenever possible. */
  readonly home: string;
  /** PostgreSQL's own directory. */
  readonly cluster: string;
  readonly log: string;
}

// Only root writes there, so nobody can have put something in our way.
const rootsOwnHome = '/var/lib/carekey';
const longestSocketDirectory = 80;

/**
 * Finds or makes the directories of the embedded PostgreSQL. Started by root in a place that PostgreSQL's user may
 * not enter (such as /root), the cluster moves below /var/lib/carekey and the data directory remembers where.
 * @param major version of the packaged PostgreSQL.
 * @throws StartError when the directory is out of reach or holds the data of another PostgreSQL version.
 */
export function embeddedPlace(dataDir: string, major: number, user: ServerUser): EmbeddedPlace {
  const dataDirectory = resolve(dataDir);
  makeDataDirectory(dataDirectory, user);
  const home = homeOf(dataDirectory, user);
  refuseOtherVersions(home, major);
  const cluster = join(home, `pg${major}`);
  if (existsSync(cluster) && !ownedBy(user, cluster)) {
    throw new StartError(
      `The database in ${cluster} belongs to another user of this machine. Start Carekey as the user who made it, or set CAREKEY_DATA_DIR to a directory of your own.`,
    );
  }
  return { dataDirectory, home, cluster, log: join(dataDirectory, 'postgres.log') };
}

function makeDataDirectory(directory: string, user: ServerUser): void {
  try {
    mkdirSync(directory, { recursive: true });
    // PostgreSQL's user must be able to pass through, but not to look around.
    if (ownedBy(undefined, directory)) chmodSync(directory, user ? 0o711 : 0o700);
    readdirSync(directory);
  } catch (cause) {
    throw new StartError(
      `The data directory ${directory} cannot be used (${(cause as Error).message}). Set CAREKEY_DATA_DIR to a directory that you may write to.`,
      { cause },
    );
  }
}

function homeOf(dataDirectory: string, user: ServerUser): string {
  const note = join(dataDirectory, 'postgres-home');
  if (existsSync(note)) {
    const noted = readFileSync(note, 'utf8').trim();
    if (existsSync(noted)) return noted;
    throw new StartError(
      `The database of ${dataDirectory} was in ${noted}, which is gone. Put it back, or remove ${note} to begin with an empty database.`,
    );
  }
  if (!user || mayEnter(user, dataDirectory)) return dataDirectory;
  try {
    mkdirSync(rootsOwnHome, { recursive: true, mode: 0o711 });
    const home = mkdtempSync(join(rootsOwnHome, 'database-'));
    chmodSync(home, 0o711);
    return remember(note, home);
  } catch (cause) {
    throw new StartError(
      `PostgreSQL's user "${user.name}" may not enter ${dataDirectory}, and ${rootsOwnHome} cannot be written. Set CAREKEY_DATA_DIR to a directory whose parents it may enter, or start as an ordinary user.`,
      { cause },
    );
  }
}

/** Writes the note unless another process was quicker; answers what it says. */
function remember(note: string, home: string): string {
  try {
    writeFileSync(note, `${home}\n`, { flag: 'wx', mode: 0o600 });
    return home;
  } catch {
    rmSync(home, { recursive: true });
    return readFileSync(note, 'utf8').trim();
  }
}

function refuseOtherVersions(home: string, major: number): void {
  for (const name of readdirSync(home)) {
    const other = /^pg(\d+)$/.exec(name)?.[1];
    if (other && Number(other) !== major && existsSync(join(home, name, 'PG_VERSION'))) {
      throw new StartError(
        `The data directory holds a PostgreSQL ${other} database and this version brings PostgreSQL ${major}. Make a backup with the version that you had ("carekey backup") and restore it into a new CAREKEY_DATA_DIR.`,
      );
    }
  }
}

/** A new private directory for the socket: unguessable, so that nobody can have made it before us. */
export function makeSocketDirectory(user: ServerUser): string {
  const fits = tmpdir().length <= longestSocketDirectory && (!user || mayEnter(user, tmpdir()));
  const directory = mkdtempSync(join(fits ? tmpdir() : '/tmp', 'carekey-pg-'));
  chmodSync(directory, 0o700);
  if (user) chownSync(directory, user.uid, user.gid);
  return directory;
}

/** Whether a socket directory is a real directory of PostgreSQL's user that is closed to everybody else. */
export function isPrivateSocketDirectory(directory: string, user: ServerUser): boolean {
  const found = lstatSync(directory, { throwIfNoEntry: false });
  return Boolean(found?.isDirectory() && (found.mode & 0o077) === 0 && ownedBy(user, directory));
}

/** The size of a file in bytes, 0 when there is none. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
