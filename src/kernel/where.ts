/** A stretch of time, `[low, high)`, in milliseconds since the epoch; the infinities where it has no end. */
export interface Span {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

type Scalar = string | number | boolean;
type Comparison = 'less' | 'at-most' | 'more' | 'at-least';

/** What a row of a predicate holds: scalars (absent as `null`), sets of terms, lists of spans. */
export type WhereRow = Readonly<
  Record<string, Scalar | Date | null | ReadonlySet<string> | readonly Span[] | undefined>
>;

/**
 * A predicate over declared columns, as data. It has two readers that must agree on every row: `matches` for a row in
 * memory and `whereToSql` for a table. It is two-valued: what is absent meets no comparison, and `not` turns that round.
 */
export type Where =
  /** Every one; of none: everything. */
  | { readonly all: readonly Where[] }
  /** At least one; of none: nothing. */
  | { readonly any: readonly Where[] }
  | { readonly not: Where }
  | { readonly column: string; readonly in: readonly Scalar[] }
  | { readonly column: string; readonly is: Comparison; readonly value: number }
  | { readonly column: string; readonly absent: true }
  /** A set has this term, or one that begins with it. Terms are not empty and have at most 1,000 bytes. */
  | { readonly column: string; readonly has: string; readonly prefix?: boolean }
  /** Some span of this name meets every bound of one of these. */
  | SpanWhere;

export interface SpanWhere {
  readonly column: string;
  readonly span: string;
  readonly meets: readonly (readonly SpanBound[])[];
}

export interface SpanBound {
  readonly edge: 'low' | 'high';
  readonly is: Comparison;
  readonly value: number;
}

/** Meets every row. */
export const everything: Where = { all: [] };
/** Meets no row. */
export const nothing: Where = { any: [] };

/** How a column stands in SQL. Its texts come from code, never from a request. */
export type WhereColumn =
  | { readonly kind: 'text' | 'uuid' | 'boolean' | 'number' | 'instant'; readonly sql: string }
  /** A `tsvector` that `array_to_tsvector` made; `scope` is what each of its terms begins with. */
  | { readonly kind: 'terms'; readonly sql: string; readonly scope?: string }
  /** A table with the columns `name text, low bigint, high bigint`; `joins` ties its alias `span` to the row. */
  | { readonly kind: 'spans'; readonly table: string; readonly joins: string };

export type WhereColumns = Readonly<Record<string, WhereColumn>>;

/** Whether a row in memory meets the predicate. */
export function matches(where: Where, row: WhereRow): boolean {
  if ('all' in where) return where.all.every((one) => matches(one, row));
  if ('any' in where) return where.any.some((one) => matches(one, row));
  if ('not' in where) return !matches(where.not, row);
  const value = row[where.column] ?? null;
  if ('absent' in where) return value === null;
  if ('in' in where) return value !== null && where.in.some((one) => one === value);
  if ('has' in where) return value instanceof Set && hasTerm(value, where.has, where.prefix === true);
  if ('span' in where) {
    const named = Array.isArray(value)
      ? (value as readonly Span[]).filter(({ name }) => name === where.span)
      : [];
    return named.some((span) =>
      where.meets.some((bounds) => bounds.every(({ edge, is, value: to }) => compare(span[edge], is, to))),
    );
  }
  const number = value instanceof Date ? value.getTime() : value;
  return typeof number === 'number' && compare(number, where.is, where.value);
}

function hasTerm(set: ReadonlySet<string>, term: string, prefix: boolean): boolean {
  if (!prefix) return set.has(term);
  for (const one of set) if (one.startsWith(term)) return true;
  return false;
}

function compare(value: number, is: Comparison, to: number): boolean {
  if (is === 'less') return value < to;
  if (is === 'at-most') return value <= to;
  return is === 'more' ? value > to : value >= to;
}

const operators: Readonly<Record<Comparison, string>> = {
  less: '<',
  'at-most': '<=',
  more: '>',
  'at-least': '>=',
};

/**
 * The predicate as an SQL expression. Values are parameters, never text.
 * @param values the statement's parameters so far; those of the predicate are added.
 * @throws Error for a column that is not declared, or not of the kind that the predicate asks about.
 */
export function whereToSql(where: Where, columns: WhereColumns, values: unknown[]): string {
  if ('all' in where) return joined(where.all, ' AND ', 'TRUE', columns, values);
  if ('any' in where)
    return someTerm(where.any, columns, values) ?? joined(where.any, ' OR ', 'FALSE', columns, values);
  if ('not' in where) return `NOT ${whereToSql(where.not, columns, values)}`;
  const column = columns[where.column];
  if (!column) throw new Error(`No column "${where.column}" is declared`);
  const bind = (value: unknown, type: string) => `$${values.push(value)}::${type}`;
  if ('span' in where) return spanToSql(where, column, bind);
  if (column.kind === 'spans') throw wrongKind(where.column);
  const { sql, kind } = column;
  if ('absent' in where) return `(${sql} IS NULL)`;
  if ('has' in where) {
    if (column.kind !== 'terms') throw wrongKind(where.column);
    const term = (column.scope ?? '') + where.has;
    return `(${sql} @@ ${bind(lexeme(term, where.prefix === true), 'tsquery')})`;
  }
  if ('in' in where) {
    if (kind === 'terms' || kind === 'instant') throw wrongKind(where.column);
    return `(${sql} IS NOT NULL AND ${sql} = ANY(${bind(where.in.filter(fits[kind]), arrays[kind])}))`;
  }
  if (kind !== 'number' && kind !== 'instant') throw wrongKind(where.column);
  const value =
    kind === 'number' ? bind(where.value, 'float8') : `to_timestamp(${bind(where.value, 'float8')} / 1000)`;
  return `(${sql} IS NOT NULL AND ${sql} ${operators[where.is]} ${value})`;
}

function joined(
  parts: readonly Where[],
  word: string,
  empty: string,
  columns: WhereColumns,
  values: unknown[],
): string {
  return parts.length === 0
    ? empty
    : `(${parts.map((part) => whereToSql(part, columns, values)).join(word)})`;
}

/** Many terms of one column are one question: planning a long list of alternatives takes longer than answering it. */
function someTerm(parts: readonly Where[], columns: WhereColumns, values: unknown[]): string | undefined {
  const named = parts.flatMap((part) => ('has' in part ? [part] : []));
  const [first] = named;
  const column = first && columns[first.column];
  if (column?.kind !== 'terms' || named.length < Math.max(2, parts.length)) return undefined;
  if (named.some((part) => part.column !== first!.column)) return undefined;
  const query = named.map(({ has, prefix }) => lexeme((column.scope ?? '') + has, prefix === true));
  return `(${column.sql} @@ $${values.push(query.join(' | '))}::tsquery)`;
}

function spanToSql(
  where: SpanWhere,
  column: WhereColumn,
  bind: (value: unknown, type: string) => string,
): string {
  if (column.kind !== 'spans') throw wrongKind(where.column);
  const meets = where.meets.map((bounds) =>
    bounds
      .map(({ edge, is, value }) => `span.${edge} ${operators[is]} ${bind(whole(value), 'bigint')}`)
      .join(' AND '),
  );
  const some = meets.map((bounds) => `(${bounds || 'TRUE'})`).join(' OR ') || 'FALSE';
  const named = `${column.joins} AND span.name = ${bind(where.span, 'text')}`;
  return `EXISTS (SELECT FROM ${column.table} span WHERE ${named} AND (${some}))`;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** What can be no value of the column equals none, and would only make PostgreSQL complain. */
const fits = {
  text: (value: Scalar) => typeof value === 'string' && !value.includes('\u0000') && !/\p{Cs}/u.test(value),
  uuid: (value: Scalar) => typeof value === 'string' && uuid.test(value),
  boolean: (value: Scalar) => typeof value === 'boolean',
  number: (value: Scalar) => typeof value === 'number' && !Number.isNaN(value),
};
const arrays = { text: 'text[]', uuid: 'uuid[]', boolean: 'boolean[]', number: 'float8[]' };

/** One lexeme of a `tsquery`: quoted, so that nothing in it is an operator. */
function lexeme(term: string, prefix: boolean): string {
  return `'${term.replaceAll('\\', '\\\\').replaceAll("'", "''")}'${prefix ? ':*' : ''}`;
}

/** Terms as the text of a `tsvector`. */
export function vectorText(terms: Iterable<string>): string {
  return [...terms].map((term) => lexeme(term, false)).join(' ');
}

/** PostgreSQL's `bigint` has no infinity: the ends of it stand for the ends of time. */
export function whole(milliseconds: number): string {
  if (Number.isFinite(milliseconds)) return String(Math.trunc(milliseconds));
  return milliseconds > 0 ? '9223372036854775807' : '-9223372036854775808';
}

function wrongKind(column: string): Error {
  return new Error(`Column "${column}" cannot be asked that`);
}
