/** One named SQL statement: PostgreSQL prepares it once per connection and plans it once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

const names = new Set<string>();

/**
 * Declares a statement. Only `*.store.ts` files do this.
 * @param name `<table>.<question>`, unique in the process.
 * @throws Error at module load when the name is taken: two texts under one name would run the wrong one.
 */
export function statement(name: string, text: string): Statement {
  if (names.has(name)) throw new Error(`SQL statement "${name}" is defined twice`);
  names.add(name);
  return { name, text };
}

/** A multi-row insert whose rows are gathered during a transaction and written just before its commit. */
export interface BatchInsert<Row> {
  readonly table: string;
  readonly columns: readonly string[];
  readonly values: (row: Row) => readonly unknown[];
}

/**
 * Declares a multi-row insert. The rows cannot be read again in the same transaction. Tables are written in the order in
 * which the transaction first used them, so a row may refer to a row that was gathered before it.
 */
export function batchInsert<Row>(
  table: string,
  columns: readonly string[],
  values: (row: Row) => readonly unknown[],
): BatchInsert<Row> {
  return { table, columns, values };
}

// A few sizes only, so that each stays a prepared statement.
const chunkSizes = [32, 16, 8, 4, 2, 1];

/** Turns gathered rows into as few prepared inserts as the fixed chunk sizes allow. */
export function* batchStatements<Row>(
  insert: BatchInsert<Row>,
  rows: readonly Row[],
): Generator<[Statement, unknown[]]> {
  let at = 0;
  while (at < rows.length) {
    const size = chunkSizes.find((candidate) => candidate <= rows.length - at)!;
    const values: unknown[] = [];
    for (const row of rows.slice(at, at + size)) values.push(...insert.values(row));
    yield [batchStatement(insert, size), values];
    at += size;
  }
}

const prepared = new WeakMap<object, Map<number, Statement>>();

function batchStatement<Row>(insert: BatchInsert<Row>, size: number): Statement {
  let bySize = prepared.get(insert);
  if (!bySize) prepared.set(insert, (bySize = new Map()));
  const known = bySize.get(size);
  if (known) return known;
  const width = insert.columns.length;
  const tuple = (row: number) =>
    `(${insert.columns.map((_, column) => `$${row * width + column + 1}`).join(',')})`;
  const made: Statement = {
    name: `${insert.table}.insert.${size}`,
    text: `INSERT INTO ${insert.table} (${insert.columns.join(',')}) VALUES ${Array.from({ length: size }, (_, row) => tuple(row)).join(',')}`,
  };
  bySize.set(size, made);
  return made;
}
