import { describe, expect, it } from '@jest/globals';
import { projectImportsOf, type Source, sourcesBelow } from './sources.js';

/** Files of one kind and the one list that must name each of them. */
const registries: readonly { readonly files: RegExp; readonly list: (path: string) => string }[] = [
  { files: /^src\/auth-grants\/grants\/[^/]+\.grant\.ts$/, list: () => 'src/auth-grants/grants/index.ts' },
  { files: /^src\/auth-grants\/.*\.endpoint\.ts$/, list: () => 'src/auth-grants/auth-grants.module.ts' },
  { files: /^src\/auth-grants\/authorize\/.*\.step\.ts$/, list: () => 'src/auth-grants/authorize/steps.ts' },
  { files: /^src\/external-idp\/kinds\/.*\.kind\.ts$/, list: () => 'src/external-idp/kinds/index.ts' },
  { files: /^src\/mfa\/factors\/.*\.factor\.ts$/, list: () => 'src/mfa/factors/index.ts' },
  { files: /^migrations\/\d+-[a-z-]+\.ts$/, list: () => 'migrations/all.ts' },
  { files: /^src\/[^/]+\/.*\.(entity|resolver|controller|worker|page)\.ts$/, list: moduleOf },
];

function moduleOf(path: string): string {
  const folder = path.split('/')[1]!;
  return `src/${folder}/${folder}.module.ts`;
}

function unlisted(sources: readonly Source[]): string[] {
  const imports = new Map(sources.map((source) => [source.path, projectImportsOf(source)]));
  return sources.flatMap(({ path }) =>
    registries
      .filter(({ files }) => files.test(path))
      .map(({ list }) => list(path))
      .filter((list) => !imports.get(list)?.includes(path))
      .map((list) => `${path} is not listed in ${list}`),
  );
}

const entries = ['src/main.ts', 'src/worker.ts', 'src/carekey.ts'];

/** Files of `src` that no process ever loads; types-only files count as loaded by who imports them. */
function unreached(sources: readonly Source[]): string[] {
  const imports = new Map(sources.map((source) => [source.path, projectImportsOf(source)]));
  const reached = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    waiting.push(...(imports.get(path) ?? []));
  }
  return [...imports.keys()].filter(
    (path) => path.startsWith('src/') && !path.endsWith('.spec.ts') && !reached.has(path),
  );
}

const file = (path: string, ...imports: string[]): Source => ({
  path,
  text: imports.map((name) => `import '${name}';`).join('\n'),
});

describe('registries', () => {
  const sources = sourcesBelow('src', 'migrations');

  it('each grant, endpoint, step, kind, factor, migration, entity, resolver, controller, worker and page is listed', () => {
    expect(unlisted(sources)).toEqual([]);
  });

  it('every file is reached from main, worker or carekey', () => {
    expect(unreached(sources)).toEqual([]);
  });

  it('planted: a grant that no list names is found, and one that the list names is not', () => {
    const grant = file('src/auth-grants/grants/device.grant.ts');
    const list = file('src/auth-grants/grants/index.ts', './device.grant.js');
    expect(unlisted([grant, file(list.path)])).toHaveLength(1);
    expect(unlisted([grant])).toHaveLength(1);
    expect(unlisted([grant, list])).toEqual([]);
  });

  it('planted: a file that nothing loads is found', () => {
    const used = file('src/kernel/a.ts');
    expect(unreached([file('src/main.ts', './kernel/a.js'), used])).toEqual([]);
    expect(unreached([file('src/main.ts'), used])).toEqual(['src/kernel/a.ts']);
  });
});
