import { describe, expect, it } from '@jest/globals';
import { projectImportsOf, type Source, sourcesBelow } from './sources.js';

/** The house (docs/architecture.md): a folder imports itself and lower floors. A new folder needs a decision. */
const floors: readonly (readonly string[])[] = [
  ['kernel'],
  ['audit', 'r4'],
  ['email', 'keys'],
  ['projects'],
  ['identities', 'clients', 'directory', 'access-policy', 'external-idp'],
  ['memberships', 'domain-routing', 'mfa', 'smart', 'tokens'],
  ['logins'],
  ['authentication', 'account'],
  ['auth-grants'],
  ['hosted-pages', 'sign-in-api', 'admin-api', 'admin-rest', 'fhir', 'health', 'cli'],
];
const top = floors.length;

function folderOf(path: string): string {
  const parts = path.split('/');
  return parts[0] !== 'src' ? parts[0]! : parts.length > 2 ? parts[1]! : 'src';
}

function floorOf(folder: string): number {
  if (folder === 'src') return top;
  return floors.findIndex((names) => names.includes(folder));
}

function breaches(sources: readonly Source[]): string[] {
  const known = new Set(sources.map((source) => source.path));
  return sources.flatMap((source) => {
    const own = folderOf(source.path);
    if (own !== 'migrations' && floorOf(own) < 0)
      return [`${source.path}: folder "${own}" stands on no floor`];
    return projectImportsOf(source).flatMap((target) => {
      const folder = folderOf(target);
      const line = `${source.path} -> ${target}`;
      if (!known.has(target)) return [`${line}: no such file in src or migrations`];
      if (folder === own) return [];
      if (folder === 'migrations')
        return own === 'src' ? [] : [`${line}: only floor ${top} imports migrations`];
      if (own === 'migrations')
        return [`${line}: a migration stays true when the code changes, so it imports none`];
      return floorOf(folder) < floorOf(own) ? [] : [`${line}: floor ${floorOf(own)} -> ${floorOf(folder)}`];
    });
  });
}

function cycles(sources: readonly Source[]): string[] {
  const edges = new Map(sources.map((source) => [source.path, projectImportsOf(source)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push([...trail.slice(at), path].join(' -> '));
    if (at >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}

const file = (path: string, ...imports: string[]): Source => ({
  path,
  text: imports.map((name) => `import type { X } from '${name}';`).join('\n'),
});

describe('floors', () => {
  const sources = sourcesBelow('src', 'migrations');

  it('a file imports its own folder and lower floors only, types included', () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(breaches(sources)).toEqual([]);
  });

  it('no file imports itself in a circle', () => {
    expect(cycles(sources)).toEqual([]);
  });

  it.each([
    ['a higher floor', 'src/projects/a.ts', 'src/clients/b.ts', '../clients/b.js'],
    ['the same floor', 'src/clients/a.ts', 'src/identities/b.ts', '../identities/b.js'],
    ['floor 10 from below', 'src/health/a.ts', 'src/main.ts', '../main.js'],
    ['a migration from a folder', 'src/kernel/a.ts', 'migrations/all.ts', '../../migrations/all.js'],
    ['code from a migration', 'migrations/1-a.ts', 'src/kernel/b.ts', '../src/kernel/b.js'],
    ['test code', 'src/kernel/a.ts', 'src/kernel/b.ts', '../../test/helpers/app.js'],
    ['from a folder without a floor', 'src/shared/a.ts', 'src/kernel/b.ts', '../kernel/b.js'],
  ])('planted: importing %s is found', (_, from, to, name) => {
    expect(breaches([file(from, name), file(to)])).toHaveLength(1);
  });

  it.each([
    `import { x } from '../clients/b.js';`,
    `export { x } from '../clients/b.js';`,
    `const b = await import('../clients/b.js');`,
    `let b: import('../clients/b.js').B;`,
  ])('planted: %s is seen', (text) => {
    expect(breaches([{ path: 'src/kernel/a.ts', text }, file('src/clients/b.ts')])).toHaveLength(1);
  });

  it('planted: a circle of three files is found', () => {
    const circle = ['a', 'b', 'c'].map((name, at) => file(`src/kernel/${name}.ts`, `./${'bca'[at]}.js`));
    expect(cycles(circle)).toHaveLength(1);
  });
});
