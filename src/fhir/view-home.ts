import type { Id, ProjectId } from '../kernel/ids.js';
import type { SearchQuery } from '../kernel/table-search.js';
import type { Tx } from '../kernel/tx.js';
import type { Resource, ViewedRow } from '../r4/search-row.js';
import type { ViewSearch } from '../r4/view-search.js';
import type { KeptResource, ResourceHome, ResourceSearching } from './resource-home.js';

/** The rows of a table that belongs to another folder, shown as resources of one type. They keep no versions. */
export abstract class ViewHome<Row extends ViewedRow> implements ResourceHome {
  readonly isDocument = false;
  abstract readonly types: readonly string[];

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
    const row = await this.search.find(tx, projectId, id);
    return row && { resource: this.view(row), deleted: false };
  }
}
