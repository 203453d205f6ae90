import { Injectable } from '@nestjs/common';
import type { ProjectId } from '../kernel/ids.js';
import type { RowVersionsQuery } from '../kernel/row-versions.js';
import type { Tx } from '../kernel/tx.js';
import type { Project } from './project.entity.js';
import { ProjectsService } from './projects.service.js';
import { ProjectsStore } from './projects.store.js';

/** What projects were. Judges no rights. */
@Injectable()
export class ProjectHistoryService {
  constructor(
    private readonly projects: ProjectsService,
    private readonly store: ProjectsStore,
  ) {}

  /** The project in one version; `undefined` where that is not kept. @throws AppError `not-found` */
  async findVersion(tx: Tx, id: ProjectId, version: number): Promise<Project | undefined> {
    const now = await this.projects.get(tx, id);
    return now.version === version ? now : this.store.findVersion(tx, id, version);
  }

  /** What the project is and was, newest first. @throws AppError `not-found` */
  async listVersions(tx: Tx, id: ProjectId, query: RowVersionsQuery): Promise<Project[]> {
    return this.store.listVersions(tx, await this.projects.get(tx, id), query);
  }
}
