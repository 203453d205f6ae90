import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { secretSettings, settings } from '../../src/kernel/config.js';
import { filesBelow, root, type Source, sourcesBelow } from './sources.js';

const pages = ['README.md', 'SECURITY.md', ...filesBelow('docs').filter((path) => path.endsWith('.md'))];
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Links to files of the project that do not exist. */
function deadLinks(path: string, text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!.split('#')[0]!)
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .filter((target) => !existsSync(join(root, dirname(path), target)))
    .map((target) => `${path} -> ${target}`);
}

/** Variables that no setting has. `ISSUER` is a line of first-steps.env. */
function unknownVariables(path: string, text: string): string[] {
  const known = new Set([
    ...Object.keys(settings),
    ...secretSettings.map((name) => `${name}_FILE`),
    'ISSUER',
  ]);
  return [...text.matchAll(/\bCAREKEY_[A-Z_]*[A-Z]\b/g)]
    .map(([name]) => name)
    .filter((name) => !known.has(name))
    .map((name) => `${path}: ${name}`);
}

/** `npm run x` without a script x. */
function unknownScripts(path: string, text: string): string[] {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  return [...text.matchAll(/\bnpm\s+run\s+(?:--\S+\s+)?([a-z][\w:-]*)/g)]
    .map(([, name]) => name!)
    .filter((name) => !scripts[name])
    .map((name) => `${path}: npm run ${name}`);
}

/** Source files that a page names in back quotes and that are gone. */
function missingFiles(path: string, text: string): string[] {
  return [...text.matchAll(/`((?:src|test|migrations|scripts|docker)\/[\w./-]+\.(?:ts|mjs|sh))`/g)]
    .map(([, name]) => name!)
    .filter((name) => !existsSync(join(root, name)))
    .map((name) => `${path}: ${name}`);
}

/** Numbers of rules and findings that code names and docs/rules.md does not. */
function unexplained(sources: readonly Source[], rules: string): string[] {
  const known = new Set([...rules.matchAll(/^\| (F?\d+) \|/gm)].map(([, id]) => id!));
  return sources.flatMap(({ path, text }) => {
    const rulings = [...text.matchAll(/\brulings? (\d+(?:(?:, | and |-| )\d+)*)/g)].flatMap(
      ([, list]) => list!.match(/\d+/g) ?? [],
    );
    const findings = [...text.matchAll(/\bF\d{1,3}\b/g)].map(([id]) => id);
    return [...rulings, ...findings].filter((id) => !known.has(id)).map((id) => `${path}: ${id}`);
  });
}

describe('pages', () => {
  it.each([
    ['links lead somewhere', deadLinks],
    ['variables are settings', unknownVariables],
    ['npm scripts exist', unknownScripts],
    ['files that are named exist', missingFiles],
  ])('%s', (_, check) => {
    expect(pages.length).toBeGreaterThan(10);
    expect(pages.flatMap((path) => check(path, read(path)))).toEqual([]);
  });

  it('rules.md explains every number that a comment names', () => {
    const sources = sourcesBelow('src', 'migrations').filter(({ path }) => !path.endsWith('.spec.ts'));
    expect(unexplained(sources, read('docs/rules.md'))).toEqual([]);
    const planted = { path: 'a.ts', text: '// rulings 2, 998 and 999; F2, F997' };
    expect(unexplained([planted], read('docs/rules.md'))).toEqual(['a.ts: 998', 'a.ts: 999', 'a.ts: F997']);
  });

  it.each([
    [deadLinks, '[a](docs/gone.md)'],
    [unknownVariables, 'Set `CAREKEY_BASEURL`.'],
    [unknownScripts, 'npm run gone'],
    [missingFiles, 'see `src/gone.ts`'],
  ])('planted: %p finds it in %s', (check, text) => {
    expect(check('README.md', text)).toHaveLength(1);
  });
});
