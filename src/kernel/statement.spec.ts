import { describe, expect, it } from '@jest/globals';
import { batchInsert, batchStatements } from './statement.js';

const insert = batchInsert<number>('number_list', ['value', 'twice'], (row) => [row, row * 2]);
const rowsOf = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('batchStatements', () => {
  it.each([
    [1, [1]],
    [7, [4, 2, 1]],
    [33, [32, 1]],
    [100, [32, 32, 32, 4]],
  ])('%i rows become inserts of %p rows, in order', (count, sizes) => {
    const made = [...batchStatements(insert, rowsOf(count))];
    expect(made.map(([, values]) => values.length / 2)).toEqual(sizes);
    expect(made.flatMap(([, values]) => values)).toEqual(rowsOf(count).flatMap((row) => [row, row * 2]));
  });

  it('has few texts, each under one name, so that PostgreSQL prepares each once', () => {
    const texts = new Map<string, string>();
    for (let count = 1; count <= 200; count++) {
      for (const [{ name, text }] of batchStatements(insert, rowsOf(count))) {
        expect(texts.get(name) ?? text).toBe(text);
        texts.set(name, text);
      }
    }
    expect([...texts.keys()].sort()).toHaveLength(6);
  });
});
