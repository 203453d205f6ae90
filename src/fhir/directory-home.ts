import { Injectable } from '@nestjs/common';
import { DirectoryService } from '../directory/directory.service.js';
import { DirectorySearchService } from '../directory/directory-search.service.js';
import { type ProfileType, profileTypes } from '../directory/profile-resource.js';
import { ResourcesService, type VersionedResource } from '../directory/resources.service.js';
import { type Id, type ProjectId, parseId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import type { Resource } from '../r4/search-row.js';
import { profileInUse } from './fhir.errors.js';
import type {
  KeptResource,
  ResourceHistory,
  ResourceHome,
  ResourceSearching,
  ResourceWriting,
} from './resource-home.js';

/** The resources that are kept as they are. */
@Injectable()
export class DirectoryHome implements ResourceHome {
  readonly types: readonly string[] = profileTypes;
  readonly isDocument = true;

  readonly history: ResourceHistory = {
    version: async (tx, projectId, type, id, text) => {
      const versionId = parseId(text);
      const found =
        versionId && (await this.resources.version(tx, projectId, type as ProfileType, id, versionId));
      return found && kept(found);
    },
    versions: async (tx, projectId, type, id, query) =>
      (await this.resources.versions(tx, projectId, type as ProfileType, id, query)).map(kept),
  };

  readonly writing: ResourceWriting = {
    versioned: (projectId, content, before) =>
      this.resources.versioned(projectId, content, before as VersionedResource | undefined),
    create: async (tx, actor, projectId, resource) => {
      await this.resources.create(tx, actor, projectId, resource as VersionedResource);
      return { resource };
    },
    takeTurn: (tx, projectId, type, words) =>
      this.resources.takeTurn(tx, projectId, type as ProfileType, words),
    update: async (tx, actor, projectId, before, resource) => {
      const done = await this.resources.update(
        tx,
        actor,
        projectId,
        before as VersionedResource,
        resource as VersionedResource,
      );
      return done ? resource : undefined;
    },
    remove: async (tx, actor, projectId, before, last) => {
      const gone = await this.resources.remove(
        tx,
        actor,
        projectId,
        before as VersionedResource,
        last as VersionedResource,
      );
      // Asked while the row is locked: a membership that is being made for it holds it until it is there.
      if (gone && (await this.memberships.isProfile(tx, projectId, before.id as Id))) throw profileInUse();
      return gone;
    },
  };

  readonly searching: ResourceSearching = {
    ready: (projectId, type) => this.searches.ready(projectId, type),
    search: (tx, projectId, type, query) => this.searches.search(tx, projectId, type, query),
  };

  constructor(
    private readonly directory: DirectoryService,
    private readonly resources: ResourcesService,
    private readonly memberships: MembershipsService,
    private readonly searches: DirectorySearchService,
  ) {}

  async read(tx: Tx, projectId: ProjectId, type: string, id: Id): Promise<KeptResource | undefined> {
    const [row] = await this.directory.findMany(tx, [id]);
    if (row?.projectId === projectId && row.resourceType === type)
      return { resource: row.content as Resource, deleted: false };
    const last = await this.resources.newest(tx, projectId, type as ProfileType, id);
    return last && kept(last);
  }
}

function kept({ content, deleted }: { content: object; deleted: boolean }): KeptResource {
  return { resource: content as Resource, deleted };
}
