import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from './sources.js';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

type Packages = Readonly<Record<string, Locked>>;

/**
 * What a package needs and the lock file does not have, on whatever system. An install leaves packages of other systems out when
 * the registry does not offer them; then `npm ci` fails everywhere.
 */
function missing(packages: Packages): string[] {
  return Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !found(packages, path, name))
      .map((name) => `${path || 'package.json'} needs ${name}`),
  );
}

/** As Node looks a package up: beside the one that asks, then in every folder above. */
function found(packages: Packages, from: string, name: string): boolean {
  if (packages[from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`]) return true;
  if (from === '') return false;
  const cut = from.lastIndexOf('/node_modules/');
  return found(packages, cut < 0 ? '' : from.slice(0, cut), name);
}

describe('package-lock.json', () => {
  const read = <T>(path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as T;
  const { packages } = read<{ packages: Packages }>('package-lock.json');
  const manifest = read<Readonly<Record<string, Readonly<Record<string, string>>>>>('package.json');

  it('has every package of every system', () => {
    expect(Object.keys(packages).length).toBeGreaterThan(100);
    expect(missing(packages)).toEqual([]);
  });

  it('fits package.json, whose versions are exact', () => {
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      expect((packages[''] as Record<string, unknown>)[kind]).toEqual(manifest[kind]);
      const loose = Object.entries(manifest[kind]!).filter(
        ([, version]) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+/.test(version),
      );
      expect(loose).toEqual([]);
    }
  });

  it('planted: a package that is needed and not there is found, one that stands higher up is not', () => {
    const planted: Packages = {
      '': { dependencies: { a: '1' } },
      'node_modules/a': { dependencies: { b: '1', c: '1' }, optionalDependencies: { 'd-darwin': '1' } },
      'node_modules/b': { dependencies: { c: '1' } },
      'node_modules/a/node_modules/c': {},
    };
    expect(missing(planted)).toEqual(['node_modules/a needs d-darwin', 'node_modules/b needs c']);
  });
});
