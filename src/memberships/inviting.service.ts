import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { type NewLink, OneTimeLinksService } from '../identities/one-time-links.service.js';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { newId, type ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { GrantChecksService, type Reach } from './grant-checks.service.js';
import type { Invitation } from './invitation.entity.js';
import { InvitationMailsService, type SentInvitation } from './invitation-mails.service.js';
import { invitationLifeMs } from './invitations.service.js';
import { InvitationsStore } from './invitations.store.js';
import { InvitedProfilesService } from './invited-profiles.service.js';
import { alreadyMember, otherProfile } from './memberships.errors.js';
import { MembershipsService } from './memberships.service.js';
import { type NewPerson, OnboardingService } from './onboarding.service.js';
import type { ProjectMembership } from './project-membership.entity.js';

/** Whom to invite, and how. */
export interface NewInvitation extends NewPerson {
  /** Changes the membership of somebody who is a member already, instead of refusing (wire-spec section 8.1). */
  readonly upsert?: boolean;
  /** Whether the server writes to the person. */
  readonly sendEmail?: boolean;
}

/** What came of an invitation. */
export interface Invited {
  readonly membership: ProjectMembership;
  /** Absent where the membership of somebody was changed. */
  readonly invitation: Invitation | undefined;
  /** Only with `sendEmail: false`, and only for a project-scoped user made by this very call (rulings 23). */
  readonly link: NewLink | undefined;
}

/**
 * Invites people (wire-spec section 8): user, profile, membership, invitation, record and mail in one transaction. The
 * answer does not tell whether the address had an account (rulings 24).
 */
@Injectable()
export class InvitingService {
  constructor(
    private readonly store: InvitationsStore,
    private readonly onboarding: OnboardingService,
    private readonly memberships: MembershipsService,
    private readonly users: UsersService,
    private readonly grants: GrantChecksService,
    private readonly mails: InvitationMailsService,
    private readonly links: OneTimeLinksService,
    private readonly profiles: InvitedProfilesService,
    private readonly clock: Clock,
    private readonly audit: AuditService,
  ) {}

  /** Sees to it that the profile of somebody invited is found; before the transaction. @throws AppError `search-index-behind` */
  ready(projectId: ProjectId, input: Pick<NewInvitation, 'profileType' | 'email'>): Promise<void> {
    return this.profiles.ready(projectId, input);
  }

  /**
   * Invites one person. Call `ready` first.
   * @param reach what the inviter may reach: nobody gives more.
   * @throws AppError `already-member`, `member-with-other-profile`, `several-profiles`, `grants-too-much`, and those of
   * `OnboardingService.addPerson` and `MembershipsService.create`
   */
  async invite(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    input: NewInvitation,
    reach: Reach,
  ): Promise<Invited> {
    await this.grants.check(tx, projectId, reach, input.membership ?? {});
    if (input.email) await this.store.lockAddress(tx, input.email);
    const known = await this.knownUser(tx, projectId, input);
    const member = known && !input.another && (await this.memberships.anyOfUser(tx, known.id, projectId));
    if (member) {
      const membership = await this.update(tx, actor, member, input);
      return { membership, invitation: undefined, link: undefined };
    }
    const profileId = await this.profiles.of(tx, projectId, input);
    const person = { ...input, profileId };
    const { user, membership, isNew } = await this.onboarding.addPerson(tx, actor, projectId, person, known);
    const sent = await this.tell(tx, actor, projectId, user, isNew, input);
    const invitation = await this.keep(tx, actor, membership, user, sent);
    return { membership, invitation, link: sent.deliveryId === null ? sent.link : undefined };
  }

  private async knownUser(tx: Tx, projectId: ProjectId, { scope, email }: NewInvitation) {
    const owner = scope === 'server' ? null : projectId;
    return email === undefined ? undefined : this.users.findByEmail(tx, owner, email);
  }

  private async update(
    tx: Tx,
    actor: Actor,
    member: ProjectMembership,
    { upsert, profileType, profileId, membership = {} }: NewInvitation,
  ): Promise<ProjectMembership> {
    if (!upsert) throw alreadyMember({ field: 'email' });
    if (member.profileType !== profileType || (profileId && member.profileId !== profileId))
      throw otherProfile();
    const { projectId, id, version } = member;
    return this.memberships.edit(tx, actor, projectId, id, version, membership, { invited: true });
  }

  private async tell(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    user: User,
    isNew: boolean,
    { sendEmail = true }: NewInvitation,
  ): Promise<SentInvitation> {
    if (sendEmail) return this.mails.send(tx, actor, projectId, user);
    const handsOut = isNew && user.projectId !== null && (await this.mails.needsPassword(tx, user));
    const link = handsOut
      ? await this.links.open(tx, 'invite', user, { projectId, provesAddress: false })
      : undefined;
    return { link, deliveryId: null };
  }

  private async keep(
    tx: Tx,
    actor: Actor,
    { id: membershipId, projectId, invitedBy }: ProjectMembership,
    user: User,
    { link, deliveryId }: SentInvitation,
  ): Promise<Invitation> {
    const now = this.clock.date();
    const invitation: Invitation = {
      id: newId(now.getTime()),
      projectId,
      membershipId,
      userId: user.id,
      email: user.email,
      linkId: link?.id ?? null,
      deliveryId,
      invitedBy,
      createdAt: now,
      sentAt: now,
      expiresAt: new Date(now.getTime() + invitationLifeMs),
      openedAt: null,
      acceptedAt: null,
      revokedAt: null,
    };
    await this.store.insert(tx, invitation);
    this.audit.record(tx, {
      type: 'invitation.created',
      actor,
      projectId,
      target: { type: 'Invitation', id: invitation.id },
      membershipId,
      detail: { mail: deliveryId !== null },
    });
    return invitation;
  }
}
