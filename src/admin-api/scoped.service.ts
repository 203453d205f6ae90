import { Injectable } from '@nestjs/common';
import { ActingProjectService } from '../authentication/acting-project.service.js';
import type { Caller } from '../authentication/caller.js';
import { Db } from '../kernel/db.js';
import { forbidden, notFound } from '../kernel/errors.js';
import { Idempotency } from '../kernel/idempotency.js';
import { type Id, type ProjectId, parseId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { ProjectsService } from '../projects/projects.service.js';
import { scopeTwice } from './admin-api.errors.js';
import { type ProjectArgs, Scope, type ScopeArgs } from './scope.types.js';

/** What makes a creation the same as one before. */
export interface Creation {
  /** The mutation. */
  readonly operation: string;
  readonly key: string | null | undefined;
  /** Plain data, without secrets. */
  readonly input: unknown;
}

/**
 * Opens the transaction of a resolver inside the project that the caller may act in. A super admin acts in every
 * project, an admin in his own: any other project is answered as one that does not exist (rulings 24, V22).
 */
@Injectable()
export class ScopedService {
  constructor(
    private readonly db: Db,
    private readonly projects: ProjectsService,
    private readonly idempotency: Idempotency,
    private readonly acting: ActingProjectService,
  ) {}

  /** Reads in one project. @throws AppError `not-found` */
  async read<Result>(
    caller: Caller,
    where: ProjectArgs,
    body: (tx: Tx, projectId: ProjectId) => Promise<Result>,
  ): Promise<Result> {
    const id = await this.project(caller, where);
    return this.db.read(async (tx) => body(tx, await this.existing(tx, caller, id)));
  }

  /** Changes something in one project. @throws AppError `not-found` */
  async write<Result>(
    caller: Caller,
    where: ProjectArgs,
    body: (tx: Tx, projectId: ProjectId) => Promise<Result>,
  ): Promise<Result> {
    const id = await this.project(caller, where);
    return this.db.tx(async (tx) => body(tx, await this.existing(tx, caller, id)));
  }

  /** Reads in one project, or what belongs to the server (`null`). @throws AppError `not-found`, `forbidden` */
  async readOwned<Result>(
    caller: Caller,
    where: ScopeArgs,
    body: (tx: Tx, owner: ProjectId | null) => Promise<Result>,
  ): Promise<Result> {
    const owner = await this.owner(caller, where);
    return this.db.read(async (tx) => body(tx, await this.existing(tx, caller, owner)));
  }

  /** Changes something of a project, or of the server (`null`). @throws AppError `not-found`, `forbidden` */
  async writeOwned<Result>(
    caller: Caller,
    where: ScopeArgs,
    body: (tx: Tx, owner: ProjectId | null) => Promise<Result>,
  ): Promise<Result> {
    const owner = await this.owner(caller, where);
    return this.db.tx(async (tx) => body(tx, await this.existing(tx, caller, owner)));
  }

  /**
   * Does the work of a creation once per key, caller, operation, project and input (F96).
   * @param work answers plain data (ids, a secret to show once): it is kept, sealed, for 24 hours.
   */
  once<Answer extends object>(
    tx: Tx,
    caller: Caller,
    owner: ProjectId | null,
    { operation, key, input }: Creation,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    const request = { key: key ?? undefined, actor: caller.actor, input: { operation, owner, input } };
    return this.idempotency.once(tx, request, work);
  }

  /** The owner of what belongs to the server; not inside a transaction. @throws AppError `forbidden` */
  async server(caller: Caller): Promise<null> {
    if (caller.superAdmin) return null;
    await this.acting.refuse(caller, 'server', 'graphql');
    throw forbidden();
  }

  private async owner(caller: Caller, where: ScopeArgs): Promise<ProjectId | null> {
    if (where.scope !== Scope.SERVER) return this.project(caller, where);
    if (where.projectId != null) throw scopeTwice({ field: 'projectId' });
    return this.server(caller);
  }

  /** Before any transaction: a refusal is recorded in one of its own. */
  /** The project that the caller acts in; not inside a transaction. @throws AppError `not-found` */
  project(caller: Caller, { projectId }: ProjectArgs): Promise<ProjectId> {
    return this.acting.of(caller, projectId, 'graphql');
  }

  private async existing<Owner extends ProjectId | null>(
    tx: Tx,
    caller: Caller,
    owner: Owner,
  ): Promise<Owner> {
    if (owner !== null && owner !== caller.projectId) await this.projects.get(tx, owner);
    return owner;
  }
}

/** An id that came from outside. @throws AppError `not-found` when no row can have it */
export function idFrom<Kind extends string>(text: string): Id<Kind> {
  const id = parseId<Kind>(text);
  if (!id) throw notFound();
  return id;
}
