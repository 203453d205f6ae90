import { Injectable } from '@nestjs/common';
import type { Id, ProjectId } from '../kernel/ids.js';
import { batchInsert, statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import { searchVersion } from '../r4/search-row.js';
import { DirectoryResource } from './directory-resource.entity.js';
import type { DirectoryVersion } from './directory-version.entity.js';
import type { ProfileType } from './profile-resource.js';

const findName = statement(
  'directory_resource.findName',
  `SELECT resource_type AS "resourceType", content->'name' AS name FROM directory_resource WHERE id = $1`,
);
const hold = statement(
  'directory_resource.hold',
  `SELECT id FROM directory_resource WHERE project_id = $1 AND resource_type = $2 AND id = $3 FOR KEY SHARE`,
);
const takeTurn = statement(
  'directory_resource.takeTurn',
  'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
);
const insert = statement(
  'directory_resource.insert',
  `INSERT INTO directory_resource (id, project_id, resource_type, version_id, content, last_updated, terms, index_version)
   VALUES ($1, $2, $3, $4, $5, $6, array_to_tsvector($7::text[]), $8)`,
);
const replace = statement(
  'directory_resource.replace',
  `UPDATE directory_resource
      SET version_id = $4, content = $5, last_updated = $6, terms = array_to_tsvector($7::text[]), index_version = $8
   WHERE project_id = $1 AND id = $2 AND version_id = $3 RETURNING id`,
);
const remove = statement(
  'directory_resource.remove',
  `DELETE FROM directory_resource WHERE project_id = $1 AND id = $2 AND version_id = $3 RETURNING id`,
);

const findMany = statement(
  'directory_resource.findMany',
  `SELECT id, project_id AS "projectId", resource_type AS "resourceType", version_id AS "versionId", content,
     last_updated AS "lastUpdated" FROM directory_resource WHERE id = ANY($1)`,
);
const versionColumns = `resource_id AS "resourceId", version_id AS "versionId", project_id AS "projectId",
  resource_type AS "resourceType", content, deleted, last_updated AS "lastUpdated"`;
const ofResource = 'resource_id = $1 AND project_id = $2 AND resource_type = $3';
const findVersion = statement(
  'directory_version.find',
  `SELECT ${versionColumns} FROM directory_version WHERE ${ofResource} AND version_id = $4`,
);
const listVersions = statement(
  'directory_version.list',
  `SELECT ${versionColumns} FROM directory_version WHERE ${ofResource} AND last_updated >= $4
   ORDER BY last_updated DESC LIMIT $5 OFFSET $6`,
);
const insertVersions = batchInsert<DirectoryVersion>(
  'directory_version',
  ['resource_id', 'version_id', 'project_id', 'resource_type', 'content', 'deleted', 'last_updated'],
  (row) => [
    row.resourceId,
    row.versionId,
    row.projectId,
    row.resourceType,
    row.content,
    row.deleted,
    row.lastUpdated,
  ],
);

/** Which versions of a resource, newest first. */
export interface VersionsQuery {
  readonly since: Date;
  readonly limit: number;
  readonly offset: number;
}

/** The rows of `directory_resource` and `directory_version`. */
@Injectable()
export class DirectoryStore {
  /** Holds the words until the transaction ends; waits for another one that holds them. */
  async takeTurn(tx: Tx, words: string): Promise<void> {
    await tx.sql(takeTurn, [words]);
  }

  /** @param terms what it is found by; absent: it is found when they are made. */
  async insert(tx: Tx, resource: DirectoryResource, terms?: readonly string[]): Promise<void> {
    const { id, projectId, resourceType, versionId, content, lastUpdated } = resource;
    const values = [id, projectId, resourceType, versionId, JSON.stringify(content), lastUpdated];
    await tx.sql(insert, [...values, terms ?? [], terms ? searchVersion : 0]);
  }

  /** Writes a resource over its version `before`. @returns false when that is no longer the current one. */
  async replace(
    tx: Tx,
    before: Id,
    { projectId, id, versionId, content, lastUpdated }: DirectoryResource,
    terms: readonly string[],
  ): Promise<boolean> {
    const values = [projectId, id, before, versionId, JSON.stringify(content), lastUpdated];
    return (await tx.sql(replace, [...values, terms, searchVersion])).length === 1;
  }

  /** @returns false when `versionId` is not the current one. */
  async remove(tx: Tx, projectId: ProjectId, id: Id, versionId: Id): Promise<boolean> {
    return (await tx.sql(remove, [projectId, id, versionId])).length === 1;
  }

  /** Written just before the commit: cannot be read again in the same transaction. */
  addVersion(tx: Tx, version: DirectoryVersion): void {
    tx.batch(insertVersions, version);
  }

  async find(
    tx: Tx,
    projectId: ProjectId,
    resourceType: ProfileType,
    id: Id,
  ): Promise<DirectoryResource | undefined> {
    return (await tx.manager.findOneBy(DirectoryResource, { id, projectId, resourceType })) ?? undefined;
  }

  findMany(tx: Tx, ids: readonly Id[]): Promise<DirectoryResource[]> {
    return tx.sql<DirectoryResource>(findMany, [ids]);
  }

  /** Whether the resource is there; until the transaction ends nobody can delete it. */
  async hold(tx: Tx, projectId: ProjectId, resourceType: ProfileType, id: Id): Promise<boolean> {
    return (await tx.sql(hold, [projectId, resourceType, id])).length === 1;
  }

  /** What a resource is called, and no more of it. */
  async findName(tx: Tx, id: Id): Promise<{ resourceType: string; name: unknown } | undefined> {
    return (await tx.sql<{ resourceType: string; name: unknown }>(findName, [id]))[0];
  }

  async findVersion(
    tx: Tx,
    projectId: ProjectId,
    resourceType: ProfileType,
    id: Id,
    versionId: Id,
  ): Promise<DirectoryVersion | undefined> {
    return (await tx.sql<DirectoryVersion>(findVersion, [id, projectId, resourceType, versionId]))[0];
  }

  /** A walk along the index `uq_directory_version_time`. */
  listVersions(
    tx: Tx,
    projectId: ProjectId,
    resourceType: ProfileType,
    id: Id,
    { since, limit, offset }: VersionsQuery,
  ): Promise<DirectoryVersion[]> {
    return tx.sql<DirectoryVersion>(listVersions, [id, projectId, resourceType, since, limit, offset]);
  }
}
