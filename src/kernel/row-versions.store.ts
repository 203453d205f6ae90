import { Injectable } from '@nestjs/common';
import type { Id, ProjectId } from './ids.js';
import type { RowVersion } from './row-version.entity.js';
import { batchInsert, statement } from './statement.js';
import type { Tx } from './tx.js';

const columns = `row_id AS "rowId", table_name AS "tableName", version, project_id AS "projectId", content, deleted,
  updated_at AS "updatedAt", replaced_at AS "replacedAt"`;
const ofRow = 'row_id = $1 AND table_name = $2 AND project_id = $3';
const find = statement(
  'row_version.find',
  `SELECT ${columns} FROM row_version WHERE ${ofRow} AND version = $4`,
);
const list = statement(
  'row_version.list',
  `SELECT ${columns} FROM row_version WHERE ${ofRow} AND version < $4 AND updated_at >= $5
   ORDER BY version DESC LIMIT $6 OFFSET $7`,
);
const listFrom = statement(
  'row_version.listFrom',
  `SELECT ${columns} FROM row_version WHERE ${ofRow} AND version >= $4 ORDER BY version`,
);
const insert = batchInsert<RowVersion>(
  'row_version',
  ['row_id', 'table_name', 'version', 'project_id', 'content', 'deleted', 'updated_at', 'replaced_at'],
  (row) => [
    row.rowId,
    row.tableName,
    row.version,
    row.projectId,
    row.content,
    row.deleted,
    row.updatedAt,
    row.replacedAt,
  ],
);
const purge = statement(
  'row_version.purge',
  `DELETE FROM row_version WHERE ctid IN (
     SELECT ctid FROM row_version WHERE replaced_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
   RETURNING 1`,
);
const newest = 2_147_483_647;

/** Whose versions are meant. */
export interface VersionedPlace {
  readonly table: string;
  readonly projectId: ProjectId;
  readonly id: Id;
}

/** The rows of `row_version`. */
@Injectable()
export class RowVersionsStore {
  /** Written just before the commit: cannot be read again in the same transaction. */
  add(tx: Tx, version: RowVersion): void {
    tx.batch(insert, version);
  }

  async find(
    tx: Tx,
    { table, projectId, id }: VersionedPlace,
    version: number,
  ): Promise<RowVersion | undefined> {
    return (await tx.sql<RowVersion>(find, [id, table, projectId, version]))[0];
  }

  /** Those before a version, newest first: a walk along the primary key. */
  list(
    tx: Tx,
    { table, projectId, id }: VersionedPlace,
    query: {
      readonly below?: number | undefined;
      readonly since: Date;
      readonly limit: number;
      readonly offset: number;
    },
  ): Promise<RowVersion[]> {
    const { below = newest, since, limit, offset } = query;
    return tx.sql<RowVersion>(list, [id, table, projectId, below, since, limit, offset]);
  }

  /** All from a version on, oldest first. */
  listFrom(tx: Tx, { table, projectId, id }: VersionedPlace, version: number): Promise<RowVersion[]> {
    return tx.sql<RowVersion>(listFrom, [id, table, projectId, version]);
  }

  async purge(tx: Tx, before: Date, limit: number): Promise<number> {
    return (await tx.sql(purge, [before, limit])).length;
  }
}
