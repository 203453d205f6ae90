import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { parse, place, type Source, sourcesBelow, stringsOf, walk } from './sources.js';

const creates = /\bCREATE TABLE (?:IF NOT EXISTS )?([a-z_]+)\b/g;
const names = /\b(?:FROM|JOIN|INTO|UPDATE|TRUNCATE|USING)\s+(?:ONLY\s+|TABLE\s+)?([a-z_]+)\b/g;

/** The tables that the migrations leave behind, partitions apart. */
function tablesOf(migrations: readonly Source[]): string[] {
  const all = migrations
    .flatMap(stringsOf)
    .flatMap((text) => [...text.matchAll(creates)].map(([, name]) => name!));
  return [...new Set(all)];
}

/** table -> folders whose module says, in back quotes, that it owns it. */
function ownersOf(tables: readonly string[], sources: readonly Source[]): Map<string, string[]> {
  const owners = new Map<string, string[]>(tables.map((table) => [table, []]));
  for (const source of sources) {
    const folder = /^src\/([^/]+)\/\1\.module\.ts$/.exec(source.path)?.[1];
    if (!folder) continue;
    for (const [, name] of source.text.matchAll(/`([a-z_]+)`/g)) owners.get(name!)?.push(folder);
  }
  return owners;
}

function ownerless(owners: ReadonlyMap<string, readonly string[]>): string[] {
  return [...owners]
    .filter(([, folders]) => folders.length !== 1)
    .map(([table, folders]) => `${table}: owned by ${folders.join(' and ') || 'no module'}`);
}

/** Text of one folder's SQL that names a table of another. */
function strangers(owners: ReadonlyMap<string, readonly string[]>, sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const folder = source.path.split('/')[1]!;
    const named = stringsOf(source).flatMap((text) => [...text.matchAll(names)].map(([, name]) => name!));
    return [...named, ...statements(source).map(({ name }) => name.split('.')[0]!)]
      .filter((table) => owners.has(table) && !owners.get(table)!.includes(folder))
      .map((table) => `${source.path}: "${table}" belongs to ${owners.get(table)!.join()}`);
  });
}

interface Named {
  readonly name: string;
  readonly at: string;
}

/** The names given to `statement(...)` and the tables given to `batchInsert(...)`. */
function statements(source: Source): Named[] {
  const found: Named[] = [];
  walk(parse(source), (node) => {
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return;
    const first = node.arguments[0];
    if (!['statement', 'batchInsert'].includes(node.expression.text) || !first) return;
    const name = ts.isStringLiteralLike(first) ? first.text : '?';
    found.push({
      name: node.expression.text === 'statement' ? name : `${name}.insert`,
      at: place(source, first.getStart()),
    });
  });
  return found;
}

function badStatements(sources: readonly Source[]): string[] {
  const seen = new Map<string, string>();
  return sources.flatMap(statements).flatMap(({ name, at }) => {
    const other = seen.get(name);
    seen.set(name, at);
    if (other) return [`${at}: "${name}" is also the name at ${other}`];
    return /^[a-z_]+\.[a-zA-Z]+$/.test(name) ? [] : [`${at}: "${name}" is not <table>.<question>`];
  });
}

/** The database's clock is not ours: tests could not move it, and two clocks disagree. */
function databaseClock(sources: readonly Source[]): string[] {
  const clock =
    /\b(now\(\)|current_timestamp|clock_timestamp\(|statement_timestamp\(|localtimestamp|current_date)/i;
  return sources
    .filter((source) => stringsOf(source).some((text) => clock.test(text)))
    .map(({ path }) => `${path}: takes the time from PostgreSQL; pass it from Clock`);
}

describe('tables', () => {
  const sources = sourcesBelow('src');
  const migrations = sourcesBelow('migrations');
  const tables = tablesOf(migrations);
  const owners = ownersOf(tables, sources);

  it('each table has one owner, which its module names', () => {
    expect(tables.length).toBeGreaterThan(10);
    expect(ownerless(owners)).toEqual([]);
  });

  it("no SQL text names another folder's table", () => {
    expect(strangers(owners, sources)).toEqual([]);
  });

  it('statements are named <table>.<question>, each name once', () => {
    expect(badStatements(sources)).toEqual([]);
  });

  it('no SQL reads the clock of the database', () => {
    expect(databaseClock([...sources, ...migrations])).toEqual([]);
  });

  const owned = new Map([
    ['login', ['logins']],
    ['consent', ['logins']],
  ]);

  it.each([
    `q('SELECT 1 FROM login')`,
    'q(`SELECT 1 FROM project p JOIN login l ON l.project_id = p.id`)',
    `statement('login.byId', 'x')`,
    `batchInsert('consent', [], values)`,
  ])('planted: %s in a folder that does not own the table', (text) => {
    expect(strangers(owned, [{ path: 'src/tokens/a.store.ts', text }])).toHaveLength(1);
    expect(strangers(owned, [{ path: 'src/logins/a.store.ts', text }])).toEqual([]);
  });

  it('planted: a table with no owner, or two, is found', () => {
    const module = (folder: string) => ({
      path: `src/${folder}/${folder}.module.ts`,
      text: '/** Owns `login`. */',
    });
    expect(ownerless(ownersOf(['login'], []))).toHaveLength(1);
    expect(ownerless(ownersOf(['login'], [module('logins')]))).toEqual([]);
    expect(ownerless(ownersOf(['login'], [module('logins'), module('tokens')]))).toHaveLength(1);
  });

  it('planted: a name used twice, or not of the form, is found', () => {
    const source = (text: string): Source => ({ path: 'src/logins/a.store.ts', text });
    expect(badStatements([source(`statement('a.b', 'x'); statement('a.b', 'y')`)])).toHaveLength(1);
    expect(badStatements([source(`statement('find one', 'x')`)])).toHaveLength(1);
    expect(badStatements([source('statement(name, text)')])).toHaveLength(1);
  });

  it('planted: now() in SQL is found', () => {
    expect(databaseClock([{ path: 'a.ts', text: `q('UPDATE a SET t = now()')` }])).toHaveLength(1);
  });
});
