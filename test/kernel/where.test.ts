import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { everything, matches, nothing, type Where, whereToSql } from '../../src/kernel/where.js';
import { type ProbeRow, WhereTable } from '../helpers/where-table.js';

let table: WhereTable;

beforeAll(async () => {
  table = await WhereTable.open();
});
afterAll(() => table.close());

// Few values, so that they meet; the signs that mean something in SQL, in a tsquery and in a pattern; more than one byte.
const words = ["o'brien", 'a\\', "'", ':*', 'a & b', '%', 'ä', '🙂', 'a', 'A', '', 'null', '🙂x'];
const word = fc.constantFrom(...words);
const term = word.map((text) => `name\u001f${text}`);
const id = fc.integer({ min: 1, max: 6 }).map((n) => `00000000-0000-7000-8000-00000000000${n}`);
const time = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(-Infinity, Infinity, 1_700_000_000_123, -62_135_596_800_000),
);
const instant = fc.constantFrom(0, 1, 999, 1_700_000_000_123, 1_700_000_000_124, -1, 253_402_300_799_999);
const comparison = fc.constantFrom('less' as const, 'at-most' as const, 'more' as const, 'at-least' as const);
const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });

const span = fc.record({ name: fc.constantFrom('born', 'died'), low: time, high: time });
const rows: fc.Arbitrary<ProbeRow[]> = fc.uniqueArray(
  fc.record({
    id,
    word: nullable(word),
    flag: nullable(fc.boolean()),
    size: nullable(fc.integer({ min: -3, max: 3 })),
    lastUpdated: nullable(instant),
    terms: fc.array(term, { maxLength: 4 }).map((list): ReadonlySet<string> => new Set(list)),
    spans: fc.array(span, { maxLength: 3 }),
  }),
  { selector: (row) => row.id, maxLength: 6 },
);

const leaf: fc.Arbitrary<Where> = fc.oneof(
  fc.record({
    column: fc.constantFrom('word', 'flag', 'size', 'lastUpdated', 'id'),
    absent: fc.constant(true as const),
  }),
  fc.record({
    column: fc.constant('word'),
    in: fc.array(fc.oneof(word, fc.constant('\ud800'), fc.constant(1)), { maxLength: 3 }),
  }),
  fc.record({ column: fc.constant('id'), in: fc.array(fc.oneof(id, word), { maxLength: 3 }) }),
  fc.record({
    column: fc.constant('flag'),
    in: fc.array(fc.oneof(fc.boolean(), fc.constant('true')), { maxLength: 2 }),
  }),
  fc.record({
    column: fc.constant('size'),
    in: fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(Number.NaN)), { maxLength: 3 }),
  }),
  fc.record({ column: fc.constant('size'), is: comparison, value: time }),
  fc.record({
    column: fc.constant('lastUpdated'),
    is: comparison,
    value: fc.oneof(instant, fc.constantFrom(-Infinity, Infinity)),
  }),
  fc.record({ column: fc.constant('terms'), has: term, prefix: fc.boolean() }),
  fc.record({
    column: fc.constant('spans'),
    span: fc.constantFrom('born', 'died', "'"),
    meets: fc.array(
      fc.array(
        fc.record({
          edge: fc.constantFrom('low' as const, 'high' as const),
          is: comparison,
          value: time,
        }),
        { maxLength: 3 },
      ),
      { maxLength: 2 },
    ),
  }),
);
const { where } = fc.letrec<{ where: Where }>((tie) => ({
  where: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({ all: fc.array(tie('where'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('where'), { maxLength: 3 }) }),
    fc.record({ not: tie('where') }),
  ),
}));

describe('predicates (Where)', () => {
  it('mean the same for PostgreSQL and in memory, whatever the rows', async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.array(where, { minLength: 1, maxLength: 8 }), async (some, predicates) => {
        await table.fill(some);
        for (const predicate of predicates) {
          const inMemory = some.filter((row) => matches(predicate, row)).map((row) => row.id);
          expect(await table.find(predicate)).toEqual(inMemory.sort());
        }
      }),
      { numRuns: 150 },
    );
  });

  it('are never text: every value is a parameter', () => {
    const text = "x'); DROP TABLE probe; --";
    const values: unknown[] = ['before'];
    const sql = whereToSql(
      {
        all: [
          { column: 'a', in: [text] },
          { not: { any: [{ column: 'b', has: text, prefix: true }, nothing, everything] } },
        ],
      },
      { a: { kind: 'text', sql: 'a' }, b: { kind: 'terms', sql: 'b' } },
      values,
    );
    expect(sql).toBe(
      '((a IS NOT NULL AND a = ANY($2::text[])) AND NOT ((b @@ $3::tsquery) OR FALSE OR TRUE))',
    );
    expect(values).toEqual(['before', [text], "'x''); DROP TABLE probe; --':*"]);
  });

  it.each<[string, Where]>([
    ['is not declared', { column: 'c', in: ['x'] }],
    ['has another kind', { column: 'a', has: 'x' }],
    ['is no number', { column: 'a', is: 'less', value: 1 }],
    ['is no span', { column: 'a', span: 'x', meets: [[]] }],
    ['is a span', { column: 's', absent: true }],
    ['is a set', { column: 'b', in: ['x'] }],
  ])('fail where a column %s', (_, predicate) => {
    const columns = {
      a: { kind: 'text', sql: 'a' },
      b: { kind: 'terms', sql: 'b' },
      s: { kind: 'spans', table: 's', joins: 'TRUE' },
    } as const;
    expect(() => whereToSql(predicate, columns, [])).toThrow(/^(No column|Column) "/);
  });
});
