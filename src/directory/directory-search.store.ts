import { Injectable } from '@nestjs/common';
import type { Id, ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { type WhereColumns, whereToSql } from '../kernel/where.js';
import type { SearchPage, SearchQuery } from '../r4/search-page.js';
import type { Resource } from '../r4/search-row.js';
import { scopeOf } from './search-index.js';

interface FoundRow {
  readonly id: Id | null;
  readonly lastUpdated: Date;
  readonly resource: Resource;
  readonly more: boolean;
  readonly total: number | null;
}

/** Searches `directory_resource`. */
@Injectable()
export class DirectorySearchStore {
  /** One statement, so one snapshot: the total is that of the page's moment. Only the page's resources are sent. */
  async search(tx: Tx, projectId: ProjectId, type: string, query: SearchQuery): Promise<SearchPage> {
    const values: unknown[] = [];
    const text = searchText(projectId, type, query, values);
    const rows = await tx.sql<FoundRow>({ name: '', text }, values);
    const found = rows.flatMap(({ id, lastUpdated, resource }) =>
      id ? [{ id, lastUpdated, resource }] : [],
    );
    return {
      rows: query.before ? found.reverse() : found,
      more: rows[0]?.more ?? false,
      total: rows[0]?.total ?? undefined,
    };
  }
}

/** Not prepared: each shape of a search is a text of its own, and is planned for its values. */
function searchText(projectId: ProjectId, type: string, query: SearchQuery, values: unknown[]): string {
  const { sort, limit, offset, total, before } = query;
  const bind = (value: unknown, as: string) => `$${values.push(value)}::${as}`;
  const one = `resource.project_id = ${bind(projectId, 'uuid')} AND resource.resource_type = ${bind(type, 'text')}`;
  const all = `${one} AND ${whereToSql(query.where, columnsOf(projectId, type), values)}`;
  const keys = sort.by === 'id' ? ['id'] : ['last_updated', 'id'];
  const isDown = sort.descending !== (before !== undefined);
  const order = (table: string) => keys.map((key) => `${table}.${key} ${isDown ? 'DESC' : 'ASC'}`).join(', ');
  const edge = edgeText(query, isDown, bind);
  const rows = bind(limit, 'int');
  const counted = total
    ? `(SELECT count(*)::int FROM directory_resource resource WHERE ${all})`
    : 'NULL::int';
  return `
    WITH found AS MATERIALIZED (
      SELECT resource.id, resource.last_updated, resource.content FROM directory_resource resource
       WHERE ${all}${edge} ORDER BY ${order('resource')}
       LIMIT ${limit === 0 ? '0' : `${rows} + 1`} OFFSET ${bind(offset, 'int')}
    ), page AS (SELECT * FROM found ORDER BY ${order('found')} LIMIT ${rows})
    SELECT page.id, page.last_updated AS "lastUpdated", page.content AS resource, counted.total,
           (SELECT count(*) > ${rows} FROM found) AS more
      FROM (SELECT ${counted} AS total) counted LEFT JOIN page ON TRUE
     ORDER BY ${order('page')}`;
}

function edgeText(
  { sort, after, before }: SearchQuery,
  isDown: boolean,
  bind: (value: unknown, as: string) => string,
): string {
  const edge = after ?? before;
  if (!edge) return '';
  const is = isDown ? '<' : '>';
  if (sort.by === 'id') return ` AND resource.id ${is} ${bind(edge.id, 'uuid')}`;
  const values = `(${bind(edge.lastUpdated, 'timestamptz')}, ${bind(edge.id, 'uuid')})`;
  return ` AND (resource.last_updated, resource.id) ${is} ${values}`;
}

function columnsOf(projectId: ProjectId, type: string): WhereColumns {
  return {
    id: { kind: 'uuid', sql: 'resource.id' },
    lastUpdated: { kind: 'instant', sql: 'resource.last_updated' },
    terms: { kind: 'terms', sql: 'resource.terms', scope: scopeOf(projectId, type) },
    spans: {
      kind: 'spans',
      table: 'directory_span',
      joins: `span.project_id = resource.project_id AND span.resource_type = resource.resource_type
              AND span.resource_id = resource.id`,
    },
  };
}
