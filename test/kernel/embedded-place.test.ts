import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packagedPostgres, usableBinaries } from '../../src/kernel/embedded-binaries.js';
import {
  embeddedPlace,
  isPrivateSocketDirectory,
  makeSocketDirectory,
} from '../../src/kernel/embedded-place.js';
import { asUser, serverUser } from '../../src/kernel/embedded-user.js';
import { keysOfDataDirectory } from '../../src/kernel/sealing-keys.js';

const isRoot = process.getuid?.() === 0;

describe('where the embedded PostgreSQL lives', () => {
  const user = serverUser();
  const packaged = packagedPostgres();
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'carekey-place-'));
    chmodSync(folder, 0o711);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const versionOf = (bin: string) =>
    execFileSync(join(bin, 'postgres'), ['--version'], { ...asUser(user), cwd: '/', encoding: 'utf8' });

  it('runs although the package was installed without its scripts, in a place that PostgreSQL may not read', () => {
    // As `npm ci --ignore-scripts` below /root leaves it: no links between libraries, closed to others.
    const root = join(folder, 'closed/package');
    cpSync(join(packaged.root, 'native'), join(root, 'native'), { recursive: true, verbatimSymlinks: true });
    const libraries = join(root, 'native/lib');
    for (const entry of readdirSync(libraries, { withFileTypes: true }))
      if (entry.isSymbolicLink()) rmSync(join(libraries, entry.name));
    chmodSync(join(folder, 'closed'), 0o700);
    const home = join(folder, 'home');
    mkdirSync(home, { mode: 0o755 });
    const bin = usableBinaries({ ...packaged, root }, home, user);
    expect(versionOf(bin)).toContain(`PostgreSQL) ${packaged.major}.`);
    expect(bin.startsWith(isRoot ? home : root)).toBe(true);
    expect(usableBinaries({ ...packaged, root }, home, user)).toBe(bin);
    expect(readdirSync(home).filter((name) => name.startsWith('unfinished-'))).toEqual([]);
  });

  it('F78 takes no socket directory that is open to others, or no directory', () => {
    const made = makeSocketDirectory(user);
    expect(isPrivateSocketDirectory(made, user)).toBe(true);
    expect(makeSocketDirectory(user)).not.toBe(made);
    chmodSync(made, 0o755);
    expect(isPrivateSocketDirectory(made, user)).toBe(false);
    rmSync(made, { recursive: true });
    expect(isPrivateSocketDirectory(made, user)).toBe(false);
    writeFileSync(made, '', { mode: 0o600 });
    expect(isPrivateSocketDirectory(made, user)).toBe(false);
    rmSync(made);
    if (isRoot) {
      mkdirSync(made, { mode: 0o700 });
      expect(isPrivateSocketDirectory(made, user)).toBe(false); // belongs to root, not to PostgreSQL's user
      rmSync(made, { recursive: true });
    }
  });

  it('refuses the data of another PostgreSQL version', () => {
    const dataDir = join(folder, 'older');
    mkdirSync(join(dataDir, 'pg17'), { recursive: true });
    writeFileSync(join(dataDir, 'pg17/PG_VERSION'), '17\n');
    expect(() => embeddedPlace(dataDir, packaged.major, user)).toThrow(/holds a PostgreSQL 17 database/);
  });

  it('refuses a data directory that cannot be one', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => embeddedPlace(join(folder, 'file'), packaged.major, user)).toThrow(
      /cannot be used.*CAREKEY_DATA_DIR/,
    );
  });

  it('does not begin anew when the cluster that it had is gone', () => {
    const dataDir = join(folder, 'lost');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'postgres-home'), '/nowhere/at-all\n');
    expect(() => embeddedPlace(dataDir, packaged.major, user)).toThrow(
      /was in \/nowhere\/at-all, which is gone/,
    );
  });

  it('makes sealing keys once, and refuses damaged ones', () => {
    const dataDir = join(folder, 'keys');
    const [first] = keysOfDataDirectory(dataDir);
    expect(first!.key).toHaveLength(32);
    expect(keysOfDataDirectory(dataDir)).toEqual([first]);
    writeFileSync(join(dataDir, 'keys/sealing-keys'), 'k1:c2hvcnQ=\n');
    expect(() => keysOfDataDirectory(dataDir)).toThrow(/is damaged/);
  });
});
