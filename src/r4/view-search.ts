import type { Db } from '../kernel/db.js';
import type { Id, ProjectId } from '../kernel/ids.js';
import type { CountedRow, RowState, RowVersions, RowVersionsQuery } from '../kernel/row-versions.js';
import { type SearchQuery, searchTable } from '../kernel/table-search.js';
import { lacksTerms, rowsWithoutTerms, writeTerms } from '../kernel/table-terms.js';
import type { TermStatistics } from '../kernel/term-statistics.js';
import type { Tx } from '../kernel/tx.js';
import { everything, matches, nothing, vectorText, type Where } from '../kernel/where.js';
import { indexBehind } from './r4.errors.js';
import { isSharedTerm, type SearchRow, type ViewedRow, viewedSearchRow } from './search-row.js';
import { scopeOf } from './search-terms.js';

const batchSize = 500;
const maxBatches = 10;

/** A part of the rows that were found, in the order that was asked for. */
export interface ViewPage<Row> {
  readonly rows: readonly Row[];
  readonly more: boolean;
  readonly total: number | undefined;
}

/** The table behind a FHIR type, and what its rows are found by. */
export interface ViewTable<Row> {
  readonly name: string;
  readonly type: string;
  readonly searchRow: (row: Row) => SearchRow;
}

/** What a row is found by, as the column `terms` of its table keeps it; `null` for what no project owns. */
export function viewTerms<Row extends ViewedRow>(
  { type, searchRow }: Pick<ViewTable<Row>, 'type' | 'searchRow'>,
  row: Row,
): string | null {
  return row.projectId === null ? null : vectorText(scoped(type, row.projectId, searchRow(row)));
}

/** Finds the rows of one table that are shown as FHIR resources. Judges no rights. */
export abstract class ViewSearch<Row extends ViewedRow & CountedRow> {
  /** @param rows the rows with these ids, in any order. */
  constructor(
    private readonly db: Db,
    private readonly statistics: TermStatistics,
    private readonly versions: RowVersions,
    private readonly table: ViewTable<Row>,
    private readonly rows: (tx: Tx, ids: readonly Id[]) => Promise<Row[]>,
  ) {}

  /**
   * Sees to it that a search misses nothing: rows from before there was a search get what they are found by. Not inside a
   * transaction. @throws AppError `search-index-behind` when there are more than one request should do; it did some of it.
   */
  async ready(projectId: ProjectId): Promise<void> {
    if (!(await this.db.read((tx) => lacksTerms(tx, this.table.name, projectId)))) return;
    for (let batch = 0; batch < maxBatches; batch++)
      if ((await this.db.tx((tx) => this.catchUp(tx, projectId))) < batchSize) return;
    throw indexBehind({ retryAfter: 5 });
  }

  /** A row of a project. */
  async find(tx: Tx, projectId: ProjectId, id: Id): Promise<Row | undefined> {
    const [row] = await this.rows(tx, [id]);
    return row?.projectId === projectId ? row : undefined;
  }

  /** A row of a project, or what it was last if it was deleted; `undefined` when the project never had it. */
  async findState(tx: Tx, projectId: ProjectId, id: Id): Promise<RowState<Row> | undefined> {
    const row = await this.find(tx, projectId, id);
    if (row) return { row, deleted: false };
    // What stands before a row that is there is no deletion.
    const query = { since: new Date(0), limit: 1, offset: 0 };
    const [last] = await this.versions.list<Row>(tx, this.placeOf(projectId, id), undefined, query);
    return last?.deleted ? last : undefined;
  }

  /** A row as it was in one version. */
  async findVersion(
    tx: Tx,
    projectId: ProjectId,
    id: Id,
    version: number,
  ): Promise<RowState<Row> | undefined> {
    const row = await this.find(tx, projectId, id);
    if (row?.version === version) return { row, deleted: false };
    return this.versions.find<Row>(tx, this.placeOf(projectId, id), version);
  }

  /** What a row is and was, newest first. */
  async listVersions(
    tx: Tx,
    projectId: ProjectId,
    id: Id,
    query: RowVersionsQuery,
  ): Promise<RowState<Row>[]> {
    const row = await this.find(tx, projectId, id);
    return this.versions.list<Row>(tx, this.placeOf(projectId, id), row, query);
  }

  /** A part of a project's rows that a predicate over `searchRow` finds. Call `ready` first. */
  async search(tx: Tx, projectId: ProjectId, query: SearchQuery): Promise<ViewPage<Row>> {
    const { name, type, searchRow } = this.table;
    const where = withoutShared(query.where, sharedTerms(projectId));
    const found = await searchTable(
      tx,
      {
        name,
        lastUpdated: 'updated_at',
        owner: 'project_id',
        rows: (bind) => ({
          own: `item.project_id = ANY (ARRAY[${bind(projectId, 'uuid')}])`,
          columns: {
            id: { kind: 'uuid', sql: 'item.id' },
            lastUpdated: { kind: 'instant', sql: 'item.updated_at' },
            terms: { kind: 'terms', sql: 'item.terms', scope: scopeOf(projectId, type) },
          },
        }),
      },
      { ...query, where },
      this.statistics,
    );
    const ids = found.rows.map(({ id }) => id);
    const rows = ids.length === 0 ? [] : await this.rows(tx, ids);
    const byId = new Map(rows.map((row) => [row.id, row]));
    // Read after it was found: what changed in between is judged as it is now.
    const still = ids
      .flatMap((id) => byId.get(id) ?? [])
      .filter((row) => matches(query.where, searchRow(row)));
    return { rows: still, more: found.more, total: found.total };
  }

  private placeOf(projectId: ProjectId, id: Id) {
    return { table: this.table.name, projectId, id };
  }

  private async catchUp(tx: Tx, projectId: ProjectId): Promise<number> {
    const { name, type, searchRow } = this.table;
    const ids = await rowsWithoutTerms(tx, name, projectId, batchSize);
    const rows = ids.length === 0 ? [] : await this.rows(tx, ids);
    await writeTerms(
      tx,
      name,
      rows.map((row) => ({ id: row.id as Id, terms: scoped(type, projectId, searchRow(row)) })),
    );
    return ids.length;
  }
}

function scoped(type: string, projectId: string, row: SearchRow): string[] {
  const scope = scopeOf(projectId, type);
  return [...row.terms].filter((term) => !isSharedTerm(term)).map((term) => scope + term);
}

function sharedTerms(projectId: ProjectId): ReadonlySet<string> {
  return viewedSearchRow({ id: '', projectId, version: 0, updatedAt: new Date(0) }, []).terms;
}

/**
 * The same question, without what all rows of the project answer alike: an index by it would only mislead PostgreSQL, which
 * does not know that it finds everything.
 */
function withoutShared(where: Where, shared: ReadonlySet<string>): Where {
  if ('all' in where) return { all: where.all.map((one) => withoutShared(one, shared)) };
  if ('any' in where) return { any: where.any.map((one) => withoutShared(one, shared)) };
  if ('not' in where) return { not: withoutShared(where.not, shared) };
  if (!('has' in where) || !isSharedTerm(where.has)) return where;
  return shared.has(where.has) ? everything : nothing;
}
