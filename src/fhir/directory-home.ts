import { Injectable } from '@nestjs/common';
import { DirectoryService } from '../directory/directory.service.js';
import { profileTypes } from '../directory/profile-resource.js';
import type { Id, ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import type { Resource } from '../r4/search-row.js';
import type { KeptResource, ResourceHome } from './resource-home.js';

/** The resources that are kept as they are. */
@Injectable()
export class DirectoryHome implements ResourceHome {
  readonly types: readonly string[] = profileTypes;

  constructor(private readonly directory: DirectoryService) {}

  async read(tx: Tx, projectId: ProjectId, type: string, id: Id): Promise<KeptResource | undefined> {
    const [row] = await this.directory.findMany(tx, [id]);
    const isThis = row?.projectId === projectId && row.resourceType === type;
    return isThis ? { resource: row.content as Resource, deleted: false } : undefined;
  }
}
