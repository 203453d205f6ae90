import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { RightsCache } from '../kernel/cache.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import { defineEnding, endingAt } from '../kernel/endings.js';
import { conflict, notFound } from '../kernel/errors.js';
import type { ClientId, Id, MembershipId, ProjectId, UserId } from '../kernel/ids.js';
import { defined, parseInput } from '../kernel/input.js';
import { Notices } from '../kernel/notices.js';
import { Outbox } from '../kernel/outbox.js';
import { type Page, type PageQuery, pageOf } from '../kernel/page.js';
import type { Tx } from '../kernel/tx.js';
import { DefaultPoliciesService } from './default-policies.service.js';
import { InvitationsStore } from './invitations.store.js';
import { MemberChecksService, type NewMember } from './member-checks.service.js';
import { type MembershipOptions, membershipOptions } from './membership-input.js';
import { hasPolicy, inviterOf, newMembership } from './membership-row.js';
import { alreadyMember, invitationExpired, policyNeeded } from './memberships.errors.js';
import { MembershipsStore } from './memberships.store.js';
import type { ProjectMembership } from './project-membership.entity.js';

/** A membership was deactivated or removed. */
export const membershipEnded = defineEnding('membership.ended');

type ProjectPage = PageQuery<MembershipId> & { readonly projectId: ProjectId };

/** Who belongs to which project. A membership of another project is not found. Judges no rights. */
@Injectable()
export class MembershipsService {
  private readonly cache: RightsCache<ProjectMembership>;
  private readonly clientCache: RightsCache<ProjectMembership>;
  private readonly profileCache: RightsCache<ProjectMembership>;

  constructor(
    private readonly db: Db,
    private readonly store: MembershipsStore,
    private readonly checks: MemberChecksService,
    private readonly invitations: InvitationsStore,
    private readonly defaults: DefaultPoliciesService,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    notices: Notices,
  ) {
    this.cache = new RightsCache(notices, 'membership');
    this.clientCache = new RightsCache(notices, 'client-membership');
    this.profileCache = new RightsCache(notices, 'profile-membership');
  }

  /**
   * Makes a membership. Without a policy it gets the project's default; never none, which would be a membership that
   * nobody decided about.
   * @param another a further membership of a user who has one here already is meant (wire-spec 1.3, forceNewMembership).
   * @throws AppError `invalid-input`, `not-found` for anything of another project, `already-member`,
   * `external-id-taken`, `profile-taken`, `membership-needs-policy`
   */
  async create(
    tx: Tx,
    actor: Actor,
    member: NewMember,
    input: MembershipOptions = {},
    { another = false }: { readonly another?: boolean } = {},
  ): Promise<ProjectMembership> {
    const options = defined(parseInput(membershipOptions, input));
    await this.checks.member(tx, member);
    await this.checks.policiesOf(tx, member.projectId, options);
    const membership = newMembership(this.clock.now(), actor, member, options);
    membership.accessPolicyId ??= await this.defaults.forMembership(tx, membership);
    if (!hasPolicy(membership)) throw policyNeeded({ field: 'accessPolicyId' });
    if (membership.userId && !another) await this.refuseSecond(tx, membership.projectId, membership.userId);
    await this.store.insert(tx, membership);
    const { profileType, admin, state } = membership;
    this.record(tx, actor, 'membership.created', membership, { profileType, admin, state });
    return membership;
  }

  /**
   * Changes rights, policy, label or external id. A member who becomes or stops being an admin and has the default
   * policy gets the other default (wire-spec section 8.4).
   * @param invited whoever does this is the inviter from here on.
   * @throws AppError `not-found`, `conflict`, `external-id-taken`, `last-super-admin`, `membership-needs-policy`
   */
  async edit(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    id: MembershipId,
    version: number,
    changes: MembershipOptions,
    { invited = false }: { readonly invited?: boolean } = {},
  ): Promise<ProjectMembership> {
    const options = defined(parseInput(membershipOptions, changes));
    const before = await this.get(tx, projectId, id);
    await this.checks.policiesOf(tx, projectId, options);
    if (options.admin === false) await this.checks.keepsSuperAdmin(tx, before);
    const after = { ...before, ...options };
    if (options.accessPolicyId === undefined && after.admin !== before.admin) {
      const had = await this.defaults.forMembership(tx, before);
      if (had === before.accessPolicyId) after.accessPolicyId = await this.defaults.forMembership(tx, after);
    }
    if (!hasPolicy(after)) throw policyNeeded({ field: 'accessPolicyId' });
    const by = invited ? inviterOf(actor) : {};
    const changed = { ...options, ...by, accessPolicyId: after.accessPolicyId };
    await this.write(tx, actor, before, changed, version);
    this.record(tx, actor, 'membership.changed', before, {
      changed: Object.keys(options).sort().join(' '),
      ...(options.admin !== undefined && { admin: options.admin }),
    });
    return this.get(tx, projectId, id);
  }

  /**
   * Ends the member's access at once, until `activate`.
   * @param version the version that the caller read, if it did.
   * @throws AppError `not-found`, `last-super-admin`, `conflict`
   */
  deactivate(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    id: MembershipId,
    version?: number,
  ): Promise<ProjectMembership> {
    return this.setActive(tx, actor, projectId, id, false, version);
  }

  /** Lets a deactivated member in again. */
  activate(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    id: MembershipId,
    version?: number,
  ): Promise<ProjectMembership> {
    return this.setActive(tx, actor, projectId, id, true, version);
  }

  /**
   * Ends a membership for good; the user, the profile and what the membership was stay.
   * @param version the version that the caller read, if it did.
   * @throws AppError `not-found`, `last-super-admin`, `conflict` when it was changed in the meantime
   */
  async remove(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    id: MembershipId,
    version?: number,
  ): Promise<void> {
    const membership = await this.get(tx, projectId, id);
    await this.checks.keepsSuperAdmin(tx, membership);
    const at = this.clock.date();
    const done = await this.store.remove(tx, actor, membership, version ?? membership.version, at);
    if (!done) throw conflict();
    this.drop(tx, membership);
    this.record(tx, actor, 'membership.removed', membership, {});
    this.ended(tx, membership);
  }

  /**
   * The person accepts a pending membership by choosing it (rulings 24).
   * @throws AppError `not-found`, `invitation-expired`: its term is judged here, not when rows are tidied up (V38)
   */
  async accept(tx: Tx, actor: Actor, id: MembershipId): Promise<void> {
    const membership = await this.store.find(tx, id);
    if (!membership) throw notFound();
    const now = this.clock.date();
    if (membership.state === 'pending' && (await this.invitations.isExpired(tx, id, now)))
      throw invitationExpired();
    // Of two sign-ins at once one accepts, and the other finds it done.
    const pending = await this.store.lockPending(tx, id);
    if (!pending) return;
    await this.write(tx, actor, pending, { state: 'active' });
    await this.invitations.acceptByMembership(tx, id, now);
    this.record(tx, actor, 'membership.accepted', membership, {});
  }

  /** The membership, from the cache when it may answer. For judging access; not inside a transaction. */
  find(id: MembershipId): Promise<ProjectMembership | undefined> {
    return this.cache.get(id, () => this.db.read((tx) => this.store.find(tx, id)));
  }

  /** The same by its client. */
  findForClient(clientId: ClientId): Promise<ProjectMembership | undefined> {
    return this.clientCache.get(clientId, () => this.db.read((tx) => this.store.findOfClient(tx, clientId)));
  }

  /** The same by its profile, in one project. */
  findForProfile(projectId: ProjectId, type: string, id: Id): Promise<ProjectMembership | undefined> {
    return this.profileCache.get(profileKey(projectId, type, id), () =>
      this.db.read((tx) => this.store.findOfProfile(tx, projectId, type, id)),
    );
  }

  /** A membership of a project as this transaction sees it. @throws AppError `not-found` */
  async get(tx: Tx, projectId: ProjectId, id: MembershipId): Promise<ProjectMembership> {
    const found = await this.store.find(tx, id);
    if (found?.projectId === projectId) return found;
    throw notFound();
  }

  /** Memberships of a person that are not deactivated; of one project, or of all. */
  ofUser(tx: Tx, userId: UserId, projectId: ProjectId | null): Promise<ProjectMembership[]> {
    return this.store.ofUser(tx, userId, projectId);
  }

  /** The oldest membership of a person in a project, deactivated ones included. */
  anyOfUser(tx: Tx, userId: UserId, projectId: ProjectId): Promise<ProjectMembership | undefined> {
    return this.store.anyOfUser(tx, userId, projectId);
  }

  /** The members of a project, oldest first. */
  async list(tx: Tx, query: ProjectPage): Promise<Page<ProjectMembership>> {
    return pageOf(await this.store.list(tx, query.projectId, query), query);
  }

  /** Whether a resource is the profile of any member, deactivated ones included: they may come back. */
  isProfile(tx: Tx, projectId: ProjectId, profileId: Id): Promise<boolean> {
    return this.store.hasProfile(tx, projectId, profileId);
  }

  /** Whether a person with admin rights can still enter the project. */
  async hasAdmin(tx: Tx, projectId: ProjectId): Promise<boolean> {
    return (await this.checks.admins(tx, projectId)).length > 0;
  }

  private async setActive(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    id: MembershipId,
    active: boolean,
    version?: number,
  ) {
    const membership = await this.get(tx, projectId, id);
    if (version !== undefined && version !== membership.version) throw conflict();
    if (membership.active === active) return membership;
    if (!active) await this.checks.keepsSuperAdmin(tx, membership);
    await this.write(tx, actor, membership, { active });
    this.record(tx, actor, 'membership.changed', membership, { active });
    if (!active) this.ended(tx, membership);
    return this.get(tx, projectId, id);
  }

  private ended(tx: Tx, { id, projectId, userId }: ProjectMembership): void {
    // A client's own tokens have nobody to be told of their end.
    if (!userId) return;
    const payload = endingAt(this.clock.date(), id, userId);
    this.outbox.add(tx, { topic: membershipEnded, payload, projectId });
  }

  private async refuseSecond(tx: Tx, projectId: ProjectId, userId: UserId): Promise<void> {
    await this.store.lockMember(tx, projectId, userId);
    if (await this.store.hasMember(tx, projectId, userId)) throw alreadyMember();
  }

  private async write(
    tx: Tx,
    actor: Actor,
    before: ProjectMembership,
    changes: Partial<ProjectMembership>,
    version = before.version,
  ): Promise<void> {
    const updatedAt = this.clock.date();
    if (!(await this.store.update(tx, actor, before, version, { ...changes, updatedAt }))) throw conflict();
    this.drop(tx, before);
  }

  private drop(tx: Tx, { id, clientId, projectId, profileType, profileId }: ProjectMembership): void {
    tx.invalidate(this.cache.name, id);
    tx.invalidate(this.profileCache.name, profileKey(projectId, profileType, profileId));
    if (clientId) tx.invalidate(this.clientCache.name, clientId);
  }

  private record(
    tx: Tx,
    actor: Actor,
    type: `membership.${'created' | 'changed' | 'removed' | 'accepted'}`,
    { id, projectId, userId, clientId }: ProjectMembership,
    detail: Record<string, string | boolean>,
  ): void {
    detail['member'] = userId ? `User/${userId}` : `ClientApplication/${clientId}`;
    this.audit.record(tx, { type, actor, projectId, target: { type: 'ProjectMembership', id }, detail });
  }
}

function profileKey(projectId: ProjectId, type: string, id: Id): string {
  return `${projectId}/${type}/${id}`;
}
