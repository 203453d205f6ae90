import type { Id, ProjectId } from '../kernel/ids.js';
import type { CountedRow, RowState } from '../kernel/row-versions.js';
import type { SearchQuery } from '../kernel/table-search.js';
import type { Tx } from '../kernel/tx.js';
import type { Resource, ViewedRow } from '../r4/search-row.js';
import type { ViewSearch } from '../r4/view-search.js';
import type { KeptResource, ResourceHistory, ResourceHome, ResourceSearching } from './resource-home.js';

/** The rows of a table that belongs to another folder, shown as resources of one type, as they are and as they were. */
export abstract class ViewHome<Row extends ViewedRow & CountedRow> implements ResourceHome {
  readonly isDocument = false;
  abstract readonly types: readonly string[];

  readonly history: ResourceHistory = {
    version: async (tx, projectId, _, id, text) => {
      const version = rowVersionOf(text);
      const found = version && (await this.search.findVersion(tx, projectId, id, version));
      return found ? this.shown(found) : undefined;
    },
    versions: async (tx, projectId, _, id, query) =>
      (await this.search.listVersions(tx, projectId, id, query)).map((one) => this.shown(one)),
  };

  readonly searching: ResourceSearching = {
    ready: (projectId) => this.search.ready(projectId),
    search: async (tx, projectId, _, query: SearchQuery) => {
      const { rows, ...page } = await this.search.search(tx, projectId, query);
      const shown = rows.map((row) => ({
        id: row.id as Id,
        lastUpdated: row.updatedAt,
        resource: this.view(row),
      }));
      return { ...page, rows: shown };
    },
  };

  constructor(
    private readonly search: ViewSearch<Row>,
    private readonly view: (row: Row) => Resource,
  ) {}

  async read(tx: Tx, projectId: ProjectId, _: string, id: Id): Promise<KeptResource | undefined> {
    const found = await this.search.findState(tx, projectId, id);
    return found && this.shown(found);
  }

  private shown({ row, deleted }: RowState<Row>): KeptResource {
    return { resource: this.view(row), deleted, first: row.version === 1 };
  }
}

/** Reads the version of a row; `undefined` where it can be none. */
export function rowVersionOf(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
