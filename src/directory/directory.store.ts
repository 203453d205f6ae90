import { Injectable } from '@nestjs/common';
import type { Id, ProjectId } from '../kernel/ids.js';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import { DirectoryResource } from './directory-resource.entity.js';
import type { ProfileType } from './profile-resource.js';

const findName = statement(
  'directory_resource.findName',
  `SELECT resource_type AS "resourceType", content->'name' AS name FROM directory_resource WHERE id = $1`,
);

const findMany = statement(
  'directory_resource.findMany',
  `SELECT id, project_id AS "projectId", resource_type AS "resourceType", version_id AS "versionId", content,
     last_updated AS "lastUpdated" FROM directory_resource WHERE id = ANY($1)`,
);

/** The rows of `directory_resource`. */
@Injectable()
export class DirectoryStore {
  async insert(tx: Tx, resource: DirectoryResource): Promise<void> {
    await tx.manager.insert(DirectoryResource, resource as never);
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

  /** What a resource is called, and no more of it. */
  async findName(tx: Tx, id: Id): Promise<{ resourceType: string; name: unknown } | undefined> {
    return (await tx.sql<{ resourceType: string; name: unknown }>(findName, [id]))[0];
  }
}
