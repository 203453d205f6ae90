import type { Id } from './ids.js';
import type { Tx } from './tx.js';
import { type Where, type WhereColumns, whereToSql } from './where.js';

/** The row at the edge of a page. */
export interface PageEdge {
  readonly id: Id;
  /** Where the order is by it. */
  readonly lastUpdated?: Date | undefined;
}

/** Which rows, in which order, and which part of them. */
export interface SearchQuery {
  /** Over the columns of `r4/search-row.ts`. */
  readonly where: Where;
  readonly sort: { readonly by: 'id' | 'lastUpdated'; readonly descending: boolean };
  /** How many; 0 to count only. */
  readonly limit: number;
  /** How many to leave out at the beginning. */
  readonly offset: number;
  /** Those after this one. */
  readonly after?: PageEdge | undefined;
  /** Those before this one, the nearest. */
  readonly before?: PageEdge | undefined;
  /** Whether to count all that there are. */
  readonly total: boolean;
}

/** A part of the rows that were found, in the order that was asked for. */
export interface RowPage<Value> {
  readonly rows: readonly { readonly id: Id; readonly lastUpdated: Date; readonly value: Value }[];
  /** Whether there are others beyond it, in the direction that was asked for. */
  readonly more: boolean;
  readonly total: number | undefined;
}

/** Adds a value to those of a statement. @returns how it stands in the text. */
export type Bind = (value: unknown, as: string) => string;

/** The rows of a table that a search may look at, under the name `item`, and what it may ask about them. */
export interface OwnRows {
  /**
   * Which they are. The owner is not compared by `=`: PostgreSQL would leave it out of the order, and walk the rows of all
   * owners by their ids.
   */
  readonly own: string;
  readonly columns: WhereColumns;
}

/** A table with rows of many owners, as a search sees it. Its texts come from code, never from a request. */
export interface SearchedTable {
  readonly name: string;
  /** When a row was last written. */
  readonly lastUpdated: string;
  /** What is sent of a found row; absent: its id alone. */
  readonly value?: string;
  /** A column in which all found rows have one value, and that the indexes for both orders begin with. */
  readonly owner: string;
  /** Every value that is bound stands in what it answers. */
  readonly rows: (bind: Bind) => OwnRows;
  /** Few rows meet the predicate: they are all found by their index first, and then put in order. */
  readonly finds?: 'few' | undefined;
}

interface FoundRow<Value> {
  readonly id: Id | null;
  readonly lastUpdated: Date;
  readonly value: Value;
  readonly more: boolean;
  readonly total: number | null;
}

/** Searches a table. One statement, so one snapshot: the total is that of the page's moment. Only the page's rows are sent. */
export async function searchTable<Value>(
  tx: Tx,
  table: SearchedTable,
  query: SearchQuery,
): Promise<RowPage<Value>> {
  const values: unknown[] = [];
  // Not prepared: each shape of a search is a text of its own, and is planned for its values.
  const rows = await tx.sql<FoundRow<Value>>({ name: '', text: searchText(table, query, values) }, values);
  const found = rows.flatMap(({ id, lastUpdated, value }) => (id ? [{ id, lastUpdated, value }] : []));
  return {
    rows: query.before ? found.reverse() : found,
    more: rows[0]?.more ?? false,
    total: rows[0]?.total ?? undefined,
  };
}

function searchText(table: SearchedTable, query: SearchQuery, values: unknown[]): string {
  const { sort, limit, offset, total, before } = query;
  const { name, lastUpdated, value = 'NULL' } = table;
  const bind: Bind = (one, as) => `$${values.push(one)}::${as}`;
  const { own, columns } = table.rows(bind);
  const all = `${own} AND ${whereToSql(query.where, columns, values)}`;
  const isDown = sort.descending !== (before !== undefined);
  const order = (...keys: readonly string[]) =>
    keys.map((key) => `${key} ${isDown ? 'DESC' : 'ASC'}`).join(', ');
  const orderOf = (alias: string, updated: string, ...first: readonly string[]) =>
    sort.by === 'id' ? order(...first, `${alias}.id`) : order(...first, `${alias}.${updated}`, `${alias}.id`);
  const inOrder = orderOf('item', lastUpdated, `item.${table.owner}`);
  // Planned by itself, the inner question is answered without regard to the order.
  const source = table.finds === 'few' ? `(SELECT * FROM ${name} item WHERE ${all} OFFSET 0)` : name;
  const edge = edgeText(query, lastUpdated, isDown, bind);
  const rows = bind(limit, 'int');
  const counted = total ? `(SELECT count(*)::int FROM ${name} item WHERE ${all})` : 'NULL::int';
  return `
    WITH found AS MATERIALIZED (
      SELECT item.id, item.${lastUpdated} AS last_updated, ${value} AS value FROM ${source} item
       WHERE ${all}${edge} ORDER BY ${inOrder}
       LIMIT ${limit === 0 ? '0' : `${rows} + 1`} OFFSET ${bind(offset, 'int')}
    ), page AS (SELECT * FROM found ORDER BY ${orderOf('found', 'last_updated')} LIMIT ${rows})
    SELECT page.id, page.last_updated AS "lastUpdated", page.value, counted.total,
           (SELECT count(*) > ${rows} FROM found) AS more
      FROM (SELECT ${counted} AS total) counted LEFT JOIN page ON TRUE
     ORDER BY ${orderOf('page', 'last_updated')}`;
}

function edgeText(
  { sort, after, before }: SearchQuery,
  lastUpdated: string,
  isDown: boolean,
  bind: Bind,
): string {
  const edge = after ?? before;
  if (!edge) return '';
  const is = isDown ? '<' : '>';
  if (sort.by === 'id') return ` AND item.id ${is} ${bind(edge.id, 'uuid')}`;
  const values = `(${bind(edge.lastUpdated, 'timestamptz')}, ${bind(edge.id, 'uuid')})`;
  return ` AND (item.${lastUpdated}, item.id) ${is} ${values}`;
}
