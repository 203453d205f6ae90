import type { Id } from './ids.js';
import type { TermStatistics } from './term-statistics.js';
import type { Tx } from './tx.js';
import { type Where, type WhereColumns, whereToSql } from './where.js';

/** So many rows are put in order sooner than the order is walked for a page of them. */
const fewRows = 1_000;

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
}

interface FoundRow<Value> {
  readonly id: Id | null;
  readonly lastUpdated: Date;
  readonly value: Value;
  readonly more: boolean;
  readonly total: number | null;
}

/**
 * Searches a table. One statement, so one snapshot: the total is that of the page's moment. Only the page's rows are sent.
 * @param statistics tell rare terms, whose rows are found first and then put in order. PostgreSQL takes all of them for equally
 * rare, and among very many rows would walk the order instead, to the end if it must.
 */
export async function searchTable<Value>(
  tx: Tx,
  table: SearchedTable,
  query: SearchQuery,
  statistics: TermStatistics,
): Promise<RowPage<Value>> {
  const frequent = await statistics.frequent(tx, table.name);
  const values: unknown[] = [];
  const bind: Bind = (one, as) => `$${values.push(one)}::${as}`;
  const rows = table.rows(bind);
  const where = `${rows.own} AND ${whereToSql(query.where, rows.columns, values)}`;
  const search = { table, query, where, bind };
  const text = isRare(query.where, rows.columns, frequent) ? fewFirst(search) : inOrder(search);
  // Not prepared: each shape of a search is a text of its own, and is planned for its values.
  const sent = await tx.sql<FoundRow<Value>>({ name: '', text }, values);
  const found = sent.flatMap(({ id, lastUpdated, value }) => (id ? [{ id, lastUpdated, value }] : []));
  return {
    rows: query.before ? found.reverse() : found,
    more: sent[0]?.more ?? false,
    total: sent[0]?.total ?? undefined,
  };
}

/** Whether rows that meet the predicate have an id or a term that few have. */
function isRare(where: Where, columns: WhereColumns, frequent: ReadonlySet<string>): boolean {
  if ('all' in where) return where.all.some((one) => isRare(one, columns, frequent));
  if ('any' in where) return where.any.length > 0 && where.any.every((one) => isRare(one, columns, frequent));
  if ('not' in where) return false;
  const column = columns[where.column];
  if ('in' in where) return column?.kind === 'uuid';
  return 'has' in where && column?.kind === 'terms' && !frequent.has((column.scope ?? '') + where.has);
}

interface Search {
  readonly table: SearchedTable;
  readonly query: SearchQuery;
  /** Which rows of `item`, as SQL. */
  readonly where: string;
  readonly bind: Bind;
}

/** Walks the rows in order until the page is full. */
function inOrder(search: Search): string {
  const counted = search.query.total ? totalText(search) : 'NULL::int';
  return `WITH found AS MATERIALIZED (${walkText(search)}) ${pageText(search, counted)}`;
}

/** Finds a few rows, and walks the order only where there are more. */
function fewFirst(search: Search): string {
  const { table, query, where } = search;
  const areFew = `(SELECT count(*) <= ${fewRows} FROM few)`;
  const total = `CASE WHEN ${areFew} THEN (SELECT count(*)::int FROM few) ELSE ${totalText(search)} END`;
  return `
    WITH few AS MATERIALIZED (
      SELECT item.id, item.${table.lastUpdated} AS last_updated FROM ${table.name} item
       WHERE ${where} LIMIT ${fewRows + 1}
    ), found AS MATERIALIZED (
      SELECT item.id, item.${table.lastUpdated} AS last_updated, ${valueText(table)} AS value
        FROM ${table.name} item
       WHERE item.id = ANY (ARRAY(
             SELECT item.id FROM few item WHERE ${areFew}${edgeText(search, 'last_updated')}
              ORDER BY ${orderText(query, 'item', 'last_updated')} ${limitText(search)}))
      UNION ALL
      (${walkText(search, ` AND NOT ${areFew}`)})
    ) ${pageText(search, query.total ? total : 'NULL::int')}`;
}

const valueText = ({ value = 'NULL' }: SearchedTable) => value;

const totalText = ({ table, where }: Search) =>
  `(SELECT count(*)::int FROM ${table.name} item WHERE ${where})`;

function walkText(search: Search, condition = ''): string {
  const { table, query, where } = search;
  return `
      SELECT item.id, item.${table.lastUpdated} AS last_updated, ${valueText(table)} AS value FROM ${table.name} item
       WHERE ${where}${condition}${edgeText(search, table.lastUpdated)}
       ORDER BY item.${table.owner} ${isDown(query) ? 'DESC' : 'ASC'}, ${orderText(query, 'item', table.lastUpdated)}
       ${limitText(search)}`;
}

function pageText({ query, bind }: Search, total: string): string {
  const rows = bind(query.limit, 'int');
  return `
    , page AS (SELECT * FROM found ORDER BY ${orderText(query, 'found', 'last_updated')} LIMIT ${rows})
    SELECT page.id, page.last_updated AS "lastUpdated", page.value, counted.total,
           (SELECT count(*) > ${rows} FROM found) AS more
      FROM (SELECT ${total} AS total) counted LEFT JOIN page ON TRUE
     ORDER BY ${orderText(query, 'page', 'last_updated')}`;
}

/** One more than the page, which tells whether there are more. */
const limitText = ({ query: { limit, offset }, bind }: Search) =>
  `LIMIT ${limit === 0 ? '0' : `${bind(limit, 'int')} + 1`} OFFSET ${bind(offset, 'int')}`;

const isDown = ({ sort, before }: SearchQuery) => sort.descending !== (before !== undefined);

function orderText(query: SearchQuery, alias: string, lastUpdated: string): string {
  const keys = query.sort.by === 'id' ? ['id'] : [lastUpdated, 'id'];
  return keys.map((key) => `${alias}.${key} ${isDown(query) ? 'DESC' : 'ASC'}`).join(', ');
}

function edgeText({ query, bind }: Search, lastUpdated: string): string {
  const { sort, after, before } = query;
  const edge = after ?? before;
  if (!edge) return '';
  const is = isDown(query) ? '<' : '>';
  if (sort.by === 'id') return ` AND item.id ${is} ${bind(edge.id, 'uuid')}`;
  const values = `(${bind(edge.lastUpdated, 'timestamptz')}, ${bind(edge.id, 'uuid')})`;
  return ` AND (item.${lastUpdated}, item.id) ${is} ${values}`;
}
