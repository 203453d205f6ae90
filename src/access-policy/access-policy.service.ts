import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { RightsCache } from '../kernel/cache.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import { conflict, notFound } from '../kernel/errors.js';
import { newId, type PolicyId, type ProjectId } from '../kernel/ids.js';
import { defined, parseInput } from '../kernel/input.js';
import { Notices } from '../kernel/notices.js';
import { type Page, type PageQuery, pageOf } from '../kernel/page.js';
import type { Tx } from '../kernel/tx.js';
import { AccessPolicy } from './access-policy.entity.js';
import { AccessPolicyStore } from './access-policy.store.js';
import {
  type AccessPolicyChanges,
  type AccessPolicyInput,
  policyCreation,
  policyEdition,
} from './access-policy-input.js';

/** Access policies as data. A policy of another project is not found. Judges no rights. */
@Injectable()
export class AccessPolicyService {
  private readonly cache: RightsCache<AccessPolicy>;

  constructor(
    private readonly db: Db,
    private readonly store: AccessPolicyStore,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    notices: Notices,
  ) {
    this.cache = new RightsCache(notices, 'access-policy');
  }

  /** Makes a policy. @throws AppError `invalid-input` */
  async create(tx: Tx, actor: Actor, projectId: ProjectId, input: AccessPolicyInput): Promise<AccessPolicy> {
    const now = this.clock.date();
    const policy: AccessPolicy = {
      ...parseInput(policyCreation, input),
      id: newId(now.getTime()),
      projectId,
      createdAt: now,
      updatedAt: now,
      version: 1,
      author: actor.profile ?? null,
    };
    await this.store.insert(tx, policy);
    this.record(tx, actor, 'access-policy.created', policy, { name: policy.name });
    return policy;
  }

  /** Changes a policy. @throws AppError `not-found`, `invalid-input`, `conflict` when `version` is no longer current */
  async edit(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    id: PolicyId,
    version: number,
    changes: AccessPolicyChanges,
  ): Promise<AccessPolicy> {
    const fields = defined(parseInput(policyEdition, changes));
    const policy = await this.get(tx, projectId, id);
    const updatedAt = this.clock.date();
    if (!(await this.store.update(tx, actor, policy, version, { ...fields, updatedAt }))) throw conflict();
    tx.invalidate(this.cache.name, id);
    this.record(tx, actor, 'access-policy.changed', policy, {
      changed: Object.keys(fields).sort().join(' '),
    });
    return this.get(tx, projectId, id);
  }

  /** Lets nobody begin to use a policy until the transaction ends. To be called before it is asked who uses it. */
  lock(tx: Tx, projectId: ProjectId, id: PolicyId): Promise<void> {
    return this.store.lock(tx, projectId, id);
  }

  /**
   * Deletes a policy that nothing uses; its versions stay. Only `PolicyRemovalService` calls this, which knows who uses it.
   * @throws AppError `not-found`, `conflict` when `version` is no longer current
   */
  async remove(tx: Tx, actor: Actor, projectId: ProjectId, id: PolicyId, version?: number): Promise<void> {
    const policy = await this.get(tx, projectId, id);
    const at = this.clock.date();
    if (!(await this.store.remove(tx, actor, policy, version ?? policy.version, at))) throw conflict();
    tx.invalidate(this.cache.name, id);
    this.record(tx, actor, 'access-policy.removed', policy, { name: policy.name });
  }

  /** Sees to it that a policy of a project is there until the transaction ends. @throws AppError `not-found` */
  async hold(tx: Tx, projectId: ProjectId, id: PolicyId): Promise<void> {
    if (!(await this.store.hold(tx, projectId, id))) throw notFound();
  }

  /** A policy of a project. @throws AppError `not-found` */
  async get(tx: Tx, projectId: ProjectId, id: PolicyId): Promise<AccessPolicy> {
    const policy = await this.store.find(tx, projectId, id);
    if (!policy) throw notFound();
    return policy;
  }

  /** The policy, from the cache when it may answer. For judging access; not inside a transaction. */
  find(projectId: ProjectId, id: PolicyId): Promise<AccessPolicy | undefined> {
    return this.cache.get(id, () => this.db.read((tx) => this.store.find(tx, projectId, id)));
  }

  /** Those of the named policies that exist, in no order; for views of memberships. */
  findMany(tx: Tx, ids: readonly PolicyId[]): Promise<AccessPolicy[]> {
    return this.store.findMany(tx, ids);
  }

  /** The policies of a project, oldest first. */
  async list(tx: Tx, query: PageQuery<PolicyId> & { projectId: ProjectId }): Promise<Page<AccessPolicy>> {
    return pageOf(await this.store.list(tx, query.projectId, query), query);
  }

  private record(
    tx: Tx,
    actor: Actor,
    type: `access-policy.${'created' | 'changed' | 'removed'}`,
    { id, projectId }: AccessPolicy,
    detail: Record<string, string>,
  ): void {
    this.audit.record(tx, { type, actor, projectId, target: { type: 'AccessPolicy', id }, detail });
  }
}
