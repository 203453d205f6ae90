import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import type { Actor } from '../kernel/actor.js';
import type { Id, ProjectId } from '../kernel/ids.js';
import { type PageQuery, rowsToRead } from '../kernel/page.js';
import { RowVersions, type RowVersionsQuery } from '../kernel/row-versions.js';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import { Project } from './project.entity.js';
import { projectLimits } from './project-limits.js';
import { projectSettings } from './project-settings.js';

const columns = `id, name, description, super_admin AS "superAdmin", active, settings, limits, created_at AS "createdAt",
  updated_at AS "updatedAt", version, author`;
const find = statement('project.find', `SELECT ${columns} FROM project WHERE id = $1`);
const findMany = statement('project.findMany', `SELECT ${columns} FROM project WHERE id = ANY($1)`);

/** The rows of `project`. */
@Injectable()
export class ProjectsStore {
  constructor(private readonly versions: RowVersions) {}

  async find(tx: Tx, id: ProjectId): Promise<Project | undefined> {
    return (await tx.sql<Project>(find, [id])).map(parsed)[0];
  }

  async findSuperAdmin(tx: Tx): Promise<Project | undefined> {
    return (
      (await tx.manager.findOne(Project, { where: { superAdmin: true }, order: { id: 'ASC' } })) ?? undefined
    );
  }

  async findMany(tx: Tx, ids: readonly ProjectId[]): Promise<Project[]> {
    return (await tx.sql<Project>(findMany, [ids])).map(parsed);
  }

  async insert(tx: Tx, project: Project): Promise<void> {
    await tx.manager.insert(Project, project);
  }

  /** Writes `changes` over the row if it still has `version`, and keeps what it was; answers whether it did. */
  update(
    tx: Tx,
    actor: Actor,
    before: Project,
    version: number,
    changes: Partial<Project> & { readonly updatedAt: Date },
  ): Promise<boolean> {
    return this.versions.replace(tx, Project, { projectId: before.id, before, version, actor }, changes);
  }

  /** The project as it was in one version before the newest. */
  async findVersion(tx: Tx, id: ProjectId, version: number): Promise<Project | undefined> {
    const found = await this.versions.find<Project>(tx, placeOf(id), version);
    return found && parsed(found.row);
  }

  /** What a project is and was, newest first. */
  async listVersions(tx: Tx, project: Project, query: RowVersionsQuery): Promise<Project[]> {
    const found = await this.versions.list<Project>(tx, placeOf(project.id), project, query);
    return found.map(({ row }) => parsed(row));
  }

  /** In id order; one row more than asked for when more follow. */
  list(tx: Tx, page: PageQuery<ProjectId>): Promise<Project[]> {
    return tx.manager.find(Project, {
      where: page.after ? { id: MoreThan(page.after) } : {},
      order: { id: 'ASC' },
      take: rowsToRead(page),
    });
  }
}

function placeOf(id: ProjectId) {
  return { table: 'project', projectId: id, id: id as Id };
}

function parsed(row: Project): Project {
  const { settings, limits } = row;
  return { ...row, settings: projectSettings.parse(settings), limits: projectLimits.parse(limits) };
}
