import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { RightsCache } from '../kernel/cache.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import { defineEnding, endingAt } from '../kernel/endings.js';
import { conflict, notFound } from '../kernel/errors.js';
import { newId, type ProjectId } from '../kernel/ids.js';
import { defined, lineOfText, parseInput } from '../kernel/input.js';
import { Notices } from '../kernel/notices.js';
import { Outbox } from '../kernel/outbox.js';
import { type Page, type PageQuery, pageOf } from '../kernel/page.js';
import type { Tx } from '../kernel/tx.js';
import { Project } from './project.entity.js';
import { type ProjectLimits, type ProjectLimitsInput, projectLimits } from './project-limits.js';
import { type ProjectSettingsInput, projectSettings } from './project-settings.js';
import { superAdminProjectStays } from './projects.errors.js';
import { ProjectsStore } from './projects.store.js';

const fields = {
  name: lineOfText(1, 100),
  description: lineOfText(0, 500),
};
const creation = z.strictObject({
  ...fields,
  description: fields.description.default(''),
  settings: projectSettings.prefault({}),
  limits: projectLimits.prefault({}),
  superAdmin: z.boolean().default(false),
});
// Settings and limits are checked after they are merged over the old ones.
const edition = z
  .strictObject({
    ...fields,
    settings: z.custom<Partial<ProjectSettingsInput>>(isObject, 'must be an object'),
    limits: z.custom<Partial<ProjectLimitsInput>>(isObject, 'must be an object'),
  })
  .partial();

/** A project was deactivated. */
export const projectEnded = defineEnding('project.ended');

export type ProjectInput = z.input<typeof creation>;
export type ProjectChanges = z.input<typeof edition>;

/** Tenants: their names, settings and whether they live. Judges no rights. */
@Injectable()
export class ProjectsService {
  private readonly cache: RightsCache<Project>;

  constructor(
    private readonly db: Db,
    private readonly store: ProjectsStore,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    notices: Notices,
  ) {
    this.cache = new RightsCache(notices, 'project');
  }

  /** Makes a project. @throws AppError `invalid-input` */
  async create(tx: Tx, actor: Actor, input: ProjectInput): Promise<Project> {
    const now = this.clock.date();
    const project: Project = {
      ...parseInput(creation, input),
      id: newId(now.getTime()),
      active: true,
      createdAt: now,
      updatedAt: now,
      version: 1,
      author: actor.profile ?? null,
    };
    await this.store.insert(tx, project);
    this.record(tx, actor, 'project.created', project.id, { superAdmin: project.superAdmin });
    return project;
  }

  /**
   * Changes name, description, settings or limits; those of the last two that are not named stay.
   * @param version the version that the caller read. @throws AppError `conflict` when it is no longer current.
   */
  async edit(
    tx: Tx,
    actor: Actor,
    id: ProjectId,
    version: number,
    changes: ProjectChanges,
  ): Promise<Project> {
    const { settings: given, limits: limited, ...rest } = defined(parseInput(edition, changes));
    const before = await this.get(tx, id);
    const settings = parseInput(projectSettings, { ...before.settings, ...defined(given ?? {}) });
    const limits = parseInput(projectLimits, { ...before.limits, ...defined(limited ?? {}) });
    await this.write(tx, actor, before, { ...rest, settings, limits }, version);
    this.record(tx, actor, 'project.changed', id, {
      changed: Object.keys(defined(changes)).sort().join(' '),
      ...(limited && { limits: wordsOf(limits) }),
    });
    return this.get(tx, id);
  }

  /**
   * Gives the project a new version for a change of what is shown as part of it and kept by others, who record it.
   * @param version the version that the caller read, if it did. @returns what it was. @throws AppError `conflict`
   */
  async renew(tx: Tx, actor: Actor, id: ProjectId, version?: number): Promise<Project> {
    const before = await this.get(tx, id);
    await this.write(tx, actor, before, {}, version);
    return before;
  }

  /** Ends every access to the project at once, until `activate`. @throws AppError `super-admin-project-stays` */
  async deactivate(tx: Tx, actor: Actor, id: ProjectId): Promise<Project> {
    const project = await this.get(tx, id);
    if (project.superAdmin) throw superAdminProjectStays();
    return this.setActive(tx, actor, project, false);
  }

  /** Lets the members of a deactivated project in again. */
  async activate(tx: Tx, actor: Actor, id: ProjectId): Promise<Project> {
    return this.setActive(tx, actor, await this.get(tx, id), true);
  }

  /** The project, from the cache when it may answer. For judging access; not inside a transaction. */
  find(id: ProjectId): Promise<Project | undefined> {
    return this.cache.get(id, () => this.db.read((tx) => this.store.find(tx, id)));
  }

  /** The project as this transaction sees it. @throws AppError `not-found` */
  async get(tx: Tx, id: ProjectId): Promise<Project> {
    const project = await this.store.find(tx, id);
    if (!project) throw notFound();
    return project;
  }

  /** The project whose admins look after the whole server; there is none before the first start. */
  superAdminProject(tx: Tx): Promise<Project | undefined> {
    return this.store.findSuperAdmin(tx);
  }

  /** Those of the named projects that exist, in no order. */
  findMany(tx: Tx, ids: readonly ProjectId[]): Promise<Project[]> {
    return this.store.findMany(tx, ids);
  }

  /** Every project of the server, oldest first. */
  async list(tx: Tx, page: PageQuery<ProjectId>): Promise<Page<Project>> {
    return pageOf(await this.store.list(tx, page), page);
  }

  private async setActive(tx: Tx, actor: Actor, project: Project, active: boolean): Promise<Project> {
    if (project.active === active) return project;
    await this.write(tx, actor, project, { active });
    this.record(tx, actor, 'project.changed', project.id, { active });
    if (!active) {
      const payload = endingAt(this.clock.date(), project.id);
      this.outbox.add(tx, { topic: projectEnded, payload, projectId: project.id });
    }
    return this.get(tx, project.id);
  }

  private async write(
    tx: Tx,
    actor: Actor,
    before: Project,
    changes: Partial<Project>,
    version = before.version,
  ): Promise<void> {
    const updatedAt = this.clock.date();
    if (!(await this.store.update(tx, actor, before, version, { ...changes, updatedAt }))) throw conflict();
    tx.invalidate(this.cache.name, before.id);
  }

  private record(
    tx: Tx,
    actor: Actor,
    type: 'project.created' | 'project.changed',
    id: ProjectId,
    detail: Record<string, string | boolean>,
  ): void {
    this.audit.record(tx, { type, actor, projectId: id, target: { type: 'Project', id }, detail });
  }
}

/** Limits for the record, such as `clientTokens=60 projectTokens=none`. */
function wordsOf(limits: ProjectLimits): string {
  return Object.entries(limits)
    .map(([name, perMinute]) => `${name}=${perMinute ?? 'none'}`)
    .join(' ');
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
