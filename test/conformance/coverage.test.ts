import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { parse, root, type Source, sourcesBelow, stringsOf, walk } from '../architecture/sources.js';
import { ownedIds } from './owned.js';

const idPattern =
  /\b(?:V\d{2}|F\d{1,3}|R\d|W-\d{3}|OIDF-[A-Z]\d{2}|ASVS-\d{1,2}\.\d{1,2}\.\d{1,2}|(?:BCP|NIST|RV|IN|MD|AT|IS|BL|SMT)-\d{2}|INF-\d\.\d\.\d{2})\b/g;

/** id -> the files whose tests are named by it. */
function tested(sources: readonly Source[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const source of sources) {
    for (const id of testNames(source).flatMap((name) => name.match(idPattern) ?? [])) {
      const files = found.get(id) ?? [];
      if (!files.includes(source.path)) found.set(id, [...files, source.path]);
    }
  }
  return found;
}

/** What stands between the brackets of it, test and describe, tables of `.each` included. */
function testNames(source: Source): string[] {
  const names: string[] = [];
  walk(parse(source), (node) => {
    if (!ts.isCallExpression(node)) return;
    // `it.each(table)(title, …)`: the title belongs to the outer call.
    const each =
      ts.isCallExpression(node.expression) &&
      /^(?:it|test|describe)\.each$/.test(node.expression.expression.getText());
    if (each && node.arguments[0]) names.push(...stringsIn(node.arguments[0]));
    const called = node.expression.getText();
    const call = /^(it|test|describe)(\.each)?$/.exec(called);
    if (call?.[2]) names.push(...node.arguments.flatMap((table) => stringsIn(table)));
    else if (call && node.arguments[0]) names.push(...stringsIn(node.arguments[0]));
  });
  return names;
}

function stringsIn(node: ts.Node): string[] {
  return stringsOf({ path: 'name.ts', text: `(${node.getText()})` });
}

/** id -> the line of docs/compatibility.md that answers it: a table row whose first cell names the id. */
function answered(text: string): Map<string, number> {
  const lines = text.split('\n').flatMap((line, at): [string, number][] => {
    const first = /^\|([^|]*)\|[^|]*[^|\s]/.exec(line)?.[1] ?? '';
    return (first.match(idPattern) ?? []).map((id) => [id, at + 1]);
  });
  return new Map(lines);
}

describe('coverage of the checklists', () => {
  const sources = sourcesBelow('test', 'src').filter(({ path }) => /\.(test|spec)\.ts$/.test(path));
  const others = sources.filter(({ path }) => path !== 'test/conformance/coverage.test.ts');
  const tests = tested(others);
  const answers = answered(readFileSync(join(root, 'docs/compatibility.md'), 'utf8'));

  const rows = ownedIds.map((id): [string, string] => {
    const line = answers.get(id);
    return [
      id,
      tests.get(id)?.join(', ') ?? (line ? `docs/compatibility.md:${line}` : 'neither tested nor answered'),
    ];
  });

  it.each(rows)('%s -> %s', (_, answer) => {
    expect(answer).not.toMatch(/^neither/);
  });

  it('planted: an id in a test name is found, one in a comment or elsewhere is not', () => {
    const text = `
      // BCP-09
      it('BCP-01, BCP-02 codes', () => { const a = 'BCP-03'; });
      describe('V07', () => it.each([['NIST-01', 1]])('%s', () => {}));`;
    expect([...tested([{ path: 'a.test.ts', text }]).keys()].sort()).toEqual([
      'BCP-01',
      'BCP-02',
      'NIST-01',
      'V07',
    ]);
  });

  it('planted: a row answers an id only with words behind it', () => {
    const found = answered('| V08, V26 | not built |\n| V09 | |\nV10 is not built');
    expect([...found.keys()]).toEqual(['V08', 'V26']);
  });
});
