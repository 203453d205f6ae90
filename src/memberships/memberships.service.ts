import { Injectable } from '@nestjs/common';
import { AccessPolicyService } from '../access-policy/access-policy.service.js';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { RightsCache } from '../kernel/cache.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import { conflict, notFound } from '../kernel/errors.js';
import {
  type ClientId,
  type Id,
  type MembershipId,
  newId,
  type ProjectId,
  type UserId,
} from '../kernel/ids.js';
import { defined, parseInput } from '../kernel/input.js';
import { Notices } from '../kernel/notices.js';
import { type Page, type PageQuery, pageOf } from '../kernel/page.js';
import type { Tx } from '../kernel/tx.js';
import { type MemberProfileType, type MembershipOptions, membershipOptions } from './membership-input.js';
import { lastAdmin } from './memberships.errors.js';
import { MembershipsStore } from './memberships.store.js';
import type { ProjectMembership } from './project-membership.entity.js';

/** Who is to become a member, as what. */
export interface NewMember {
  readonly projectId: ProjectId;
  readonly member: { readonly userId: UserId } | { readonly clientId: ClientId };
  readonly profileType: MemberProfileType;
  readonly profileId: Id;
  readonly state: ProjectMembership['state'];
}

/** Who belongs to which project. A membership of another project is not found. Judges no rights. */
@Injectable()
export class MembershipsService {
  private readonly cache: RightsCache<ProjectMembership>;
  private readonly clientCache: RightsCache<ProjectMembership>;

  constructor(
    private readonly db: Db,
    private readonly store: MembershipsStore,
    private readonly policies: AccessPolicyService,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    notices: Notices,
  ) {
    this.cache = new RightsCache(notices, 'membership');
    this.clientCache = new RightsCache(notices, 'client-membership');
  }

  /**
   * Makes a membership. Without a policy it gets the project's default for its profile type; a project without one
   * leaves it without access.
   * @throws AppError `invalid-input`, `not-found` for a policy of another project, `external-id-taken`
   */
  async create(
    tx: Tx,
    actor: Actor,
    member: NewMember,
    input: MembershipOptions = {},
  ): Promise<ProjectMembership> {
    const options = parseInput(membershipOptions, input);
    await this.checkPolicies(tx, member.projectId, options);
    const admin = options.admin ?? false;
    const now = this.clock.date();
    const membership: ProjectMembership = {
      id: newId(now.getTime()),
      projectId: member.projectId,
      userId: 'userId' in member.member ? member.member.userId : null,
      clientId: 'clientId' in member.member ? member.member.clientId : null,
      profileType: member.profileType,
      profileId: member.profileId,
      state: member.state,
      active: true,
      admin,
      accessPolicyId:
        options.accessPolicyId ?? (await this.defaultPolicy(tx, member.projectId, member.profileType)),
      access: options.access ?? [],
      externalId: options.externalId ?? null,
      label: options.label ?? null,
      invitedBy: actor.userId ?? actor.clientId ?? null,
      createdAt: now,
      updatedAt: now,
      version: 1,
    };
    await this.store.insert(tx, membership);
    this.record(tx, actor, 'membership.created', membership, {
      profileType: member.profileType,
      admin,
      state: member.state,
    });
    return membership;
  }

  /** Changes rights, policy, label or external id. @throws AppError `not-found`, `conflict`, `external-id-taken`, `last-super-admin` */
  async edit(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    id: MembershipId,
    version: number,
    changes: MembershipOptions,
  ): Promise<ProjectMembership> {
    const options = defined(parseInput(membershipOptions, changes));
    const membership = await this.get(tx, projectId, id);
    await this.checkPolicies(tx, projectId, options);
    if (options.admin === false) await this.keepAnAdmin(tx, membership);
    await this.write(tx, membership, options, version);
    this.record(tx, actor, 'membership.changed', membership, {
      changed: Object.keys(options).sort().join(' '),
      ...(options.admin !== undefined && { admin: options.admin }),
    });
    return this.get(tx, projectId, id);
  }

  /** Ends the member's access at once, until `activate`. @throws AppError `not-found`, `last-super-admin` */
  deactivate(tx: Tx, actor: Actor, projectId: ProjectId, id: MembershipId): Promise<ProjectMembership> {
    return this.setActive(tx, actor, projectId, id, false);
  }

  /** Lets a deactivated member in again. */
  activate(tx: Tx, actor: Actor, projectId: ProjectId, id: MembershipId): Promise<ProjectMembership> {
    return this.setActive(tx, actor, projectId, id, true);
  }

  /** Ends a membership for good; the user and the profile stay. @throws AppError `not-found`, `last-super-admin` */
  async remove(tx: Tx, actor: Actor, projectId: ProjectId, id: MembershipId): Promise<void> {
    const membership = await this.get(tx, projectId, id);
    await this.keepAnAdmin(tx, membership);
    await this.store.remove(tx, id);
    this.drop(tx, membership);
    this.record(tx, actor, 'membership.removed', membership, {});
  }

  /** The person accepts a pending membership by choosing it (rulings 24). */
  async accept(tx: Tx, actor: Actor, id: MembershipId): Promise<void> {
    const membership = await this.store.find(tx, id);
    if (!membership) throw notFound();
    if (membership.state === 'active') return;
    await this.write(tx, membership, { state: 'active' });
    this.record(tx, actor, 'membership.accepted', membership, {});
  }

  /** The membership, from the cache when it may answer. For judging access; not inside a transaction. */
  find(id: MembershipId): Promise<ProjectMembership | undefined> {
    return this.cache.get(id, () => this.db.read((tx) => this.store.find(tx, id)));
  }

  /** The membership of a client, from the cache when it may answer. */
  findForClient(clientId: ClientId): Promise<ProjectMembership | undefined> {
    return this.clientCache.get(clientId, () => this.db.read((tx) => this.store.findOfClient(tx, clientId)));
  }

  /** A membership of a project as this transaction sees it. @throws AppError `not-found` */
  async get(tx: Tx, projectId: ProjectId, id: MembershipId): Promise<ProjectMembership> {
    const membership = await this.store.find(tx, id);
    if (membership?.projectId !== projectId) throw notFound();
    return membership;
  }

  /** Memberships of a person that are not deactivated; of one project, or of all. */
  ofUser(tx: Tx, userId: UserId, projectId: ProjectId | null): Promise<ProjectMembership[]> {
    return this.store.ofUser(tx, userId, projectId);
  }

  /** The members of a project, oldest first. */
  async list(
    tx: Tx,
    query: PageQuery<MembershipId> & { projectId: ProjectId },
  ): Promise<Page<ProjectMembership>> {
    return pageOf(await this.store.list(tx, query.projectId, query), query);
  }

  /** Whether a person with admin rights can still enter the project. */
  async hasAdmin(tx: Tx, projectId: ProjectId): Promise<boolean> {
    return (await this.store.activeAdmins(tx, projectId)).length > 0;
  }

  private async setActive(tx: Tx, actor: Actor, projectId: ProjectId, id: MembershipId, active: boolean) {
    const membership = await this.get(tx, projectId, id);
    if (membership.active === active) return membership;
    if (!active) await this.keepAnAdmin(tx, membership);
    await this.write(tx, membership, { active });
    this.record(tx, actor, 'membership.changed', membership, { active });
    return this.get(tx, projectId, id);
  }

  /** A project that had an admin keeps one: else nobody could let anybody in again. */
  private async keepAnAdmin(
    tx: Tx,
    { projectId, id, admin, active, userId }: ProjectMembership,
  ): Promise<void> {
    if (!admin || !active || !userId) return;
    const admins = await this.store.activeAdmins(tx, projectId);
    if (admins.length === 1 && admins[0] === id) throw lastAdmin();
  }

  private async checkPolicies(
    tx: Tx,
    projectId: ProjectId,
    {
      accessPolicyId,
      access,
    }: Pick<ProjectMembership, never> & {
      accessPolicyId?: ProjectMembership['accessPolicyId'] | undefined;
      access?: ProjectMembership['access'] | undefined;
    },
  ): Promise<void> {
    const ids = [
      ...(accessPolicyId ? [accessPolicyId] : []),
      ...(access ?? []).map(({ policyId }) => policyId),
    ];
    for (const id of new Set(ids)) await this.policies.get(tx, projectId, id);
  }

  private async defaultPolicy(tx: Tx, projectId: ProjectId, type: MemberProfileType) {
    const defaults = await this.store.defaults(tx, projectId);
    return defaults.find(({ profileType }) => profileType === type)?.accessPolicyId ?? null;
  }

  private async write(
    tx: Tx,
    membership: ProjectMembership,
    changes: Partial<ProjectMembership>,
    version = membership.version,
  ) {
    const done = await this.store.update(tx, membership.id, version, {
      ...changes,
      updatedAt: this.clock.date(),
    });
    if (!done) throw conflict();
    this.drop(tx, membership);
  }

  private drop(tx: Tx, { id, clientId }: ProjectMembership): void {
    tx.invalidate(this.cache.name, id);
    if (clientId) tx.invalidate(this.clientCache.name, clientId);
  }

  private record(
    tx: Tx,
    actor: Actor,
    type: 'membership.created' | 'membership.changed' | 'membership.removed' | 'membership.accepted',
    { id, projectId, userId, clientId }: ProjectMembership,
    detail: Record<string, string | boolean>,
  ): void {
    this.audit.record(tx, {
      type,
      actor,
      projectId,
      target: { type: 'ProjectMembership', id },
      membershipId: id,
      detail: { ...detail, member: userId ? `User/${userId}` : `ClientApplication/${clientId}` },
    });
  }
}
