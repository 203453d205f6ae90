import { Injectable } from '@nestjs/common';
import type { Id, ProjectId } from '../kernel/ids.js';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import { type Resource, searchVersion } from '../r4/search-row.js';
import type { IndexEntry } from './search-index.js';

/** A resource whose index is to be made. */
export interface Unindexed {
  readonly id: Id;
  readonly projectId: ProjectId;
  readonly content: Resource;
}

/** All versions that are out of date: each is looked up by itself, so that the index is not walked past the current one. */
const stale = Array.from({ length: searchVersion }, (_, version) => version);

const countStale = statement(
  'directory_resource.countStale',
  `SELECT count(*)::int AS count FROM (
     SELECT FROM directory_resource WHERE index_version = ANY($1::int[])
        AND project_id = $2 AND resource_type = $3 LIMIT $4) stale`,
);
const countStaleAnywhere = statement(
  'directory_resource.countStaleAnywhere',
  `SELECT count(*)::int AS count FROM (
     SELECT FROM directory_resource WHERE index_version = ANY($1::int[]) LIMIT $2) stale`,
);
const takeStale = statement(
  'directory_resource.takeStale',
  `SELECT id, project_id AS "projectId", content FROM directory_resource
    WHERE index_version = ANY($1::int[]) AND project_id = $2 AND resource_type = $3 LIMIT $4 FOR NO KEY UPDATE`,
);
const takeStaleAnywhere = statement(
  'directory_resource.takeStaleAnywhere',
  `SELECT id, project_id AS "projectId", content FROM directory_resource
    WHERE index_version = ANY($1::int[]) LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED`,
);
const setTerms = statement(
  'directory_resource.setTerms',
  `UPDATE directory_resource SET index_version = $2, terms = array_to_tsvector($3::text[]) WHERE id = $1`,
);
const dropSpans = statement('directory_span.drop', `DELETE FROM directory_span WHERE resource_id = $1`);
const addSpans = statement(
  'directory_span.add',
  `INSERT INTO directory_span (project_id, resource_type, resource_id, name, low, high)
   SELECT project_id, resource_type, id, span.name, span.low, span.high
     FROM directory_resource, unnest($2::text[], $3::bigint[], $4::bigint[]) AS span (name, low, high)
    WHERE id = $1
   ON CONFLICT DO NOTHING`,
);

/** What resources are found by: `directory_span`, and the columns `terms` and `index_version` of `directory_resource`. */
@Injectable()
export class DirectoryIndexStore {
  /** How many resources of a type have no index that is up to date; counts no further than `limit`. */
  async countStale(tx: Tx, projectId: ProjectId, type: string, limit: number): Promise<number> {
    return (await tx.sql<{ count: number }>(countStale, [stale, projectId, type, limit]))[0]!.count;
  }

  /** The same for all projects. */
  async countStaleAnywhere(tx: Tx, limit: number): Promise<number> {
    return (await tx.sql<{ count: number }>(countStaleAnywhere, [stale, limit]))[0]!.count;
  }

  /** Some of them, locked: nobody writes them before the transaction ends. */
  takeStale(tx: Tx, projectId: ProjectId, type: string, limit: number): Promise<Unindexed[]> {
    return tx.sql(takeStale, [stale, projectId, type, limit]);
  }

  /** The same for all projects, without those that somebody is at. */
  takeStaleAnywhere(tx: Tx, limit: number): Promise<Unindexed[]> {
    return tx.sql(takeStaleAnywhere, [stale, limit]);
  }

  /** Makes a resource found by this and by nothing else. */
  async write(tx: Tx, id: Id, { terms, spans }: IndexEntry): Promise<void> {
    await Promise.all([tx.sql(setTerms, [id, searchVersion, terms]), this.replaceSpans(tx, id, spans)]);
  }

  /** The dates that a resource is found by, instead of those before. */
  async replaceSpans(tx: Tx, id: Id, spans: IndexEntry['spans']): Promise<void> {
    await Promise.all([tx.sql(dropSpans, [id]), this.addSpans(tx, id, spans)]);
  }

  /** The dates that a new resource is found by. */
  async addSpans(tx: Tx, id: Id, spans: IndexEntry['spans']): Promise<void> {
    if (spans.length === 0) return;
    const columns = [
      spans.map(({ name }) => name),
      spans.map(({ low }) => low),
      spans.map(({ high }) => high),
    ];
    await tx.sql(addSpans, [id, ...columns]);
  }
}
