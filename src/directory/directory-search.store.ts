import { Injectable } from '@nestjs/common';
import type { ProjectId } from '../kernel/ids.js';
import { type SearchedTable, type SearchQuery, searchTable } from '../kernel/table-search.js';
import { TermStatistics } from '../kernel/term-statistics.js';
import type { Tx } from '../kernel/tx.js';
import type { SearchPage } from '../r4/search-page.js';
import type { Resource } from '../r4/search-row.js';
import { scopeOf } from '../r4/search-terms.js';

/** Searches `directory_resource`. */
@Injectable()
export class DirectorySearchStore {
  constructor(private readonly statistics: TermStatistics) {}

  /** One statement, so one snapshot. Only the page's resources are sent. */
  async search(tx: Tx, projectId: ProjectId, type: string, query: SearchQuery): Promise<SearchPage> {
    const table = tableOf(projectId, type);
    const { rows, ...page } = await searchTable<Resource>(tx, table, query, this.statistics);
    return {
      ...page,
      rows: rows.map(({ id, lastUpdated, value }) => ({ id, lastUpdated, resource: value })),
    };
  }
}

function tableOf(projectId: ProjectId, type: string): SearchedTable {
  return {
    name: 'directory_resource',
    lastUpdated: 'last_updated',
    value: 'item.content',
    owner: 'project_id',
    rows: (bind) => {
      const project = bind(projectId, 'uuid');
      const ofType = bind(type, 'text');
      return {
        own: `item.project_id = ANY (ARRAY[${project}]) AND item.resource_type = ${ofType}`,
        columns: {
          id: { kind: 'uuid', sql: 'item.id' },
          lastUpdated: { kind: 'instant', sql: 'item.last_updated' },
          terms: { kind: 'terms', sql: 'item.terms', scope: scopeOf(projectId, type) },
          spans: {
            kind: 'spans',
            table: 'directory_span',
            joins: `span.project_id = ${project} AND span.resource_type = ${ofType} AND span.resource_id = item.id`,
          },
        },
      };
    },
  };
}
