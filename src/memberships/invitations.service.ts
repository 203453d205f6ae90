import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { LinkId } from '../identities/one-time-link.entity.js';
import { OneTimeLinksService } from '../identities/one-time-links.service.js';
import { UsersService } from '../identities/users.service.js';
import type { Actor } from '../kernel/actor.js';
import { Budgets } from '../kernel/budgets.js';
import { Clock } from '../kernel/clock.js';
import { notFound, tooMany } from '../kernel/errors.js';
import type { ProjectId } from '../kernel/ids.js';
import { type Page, type PageQuery, pageOf } from '../kernel/page.js';
import { Purges } from '../kernel/purges.js';
import type { Tx } from '../kernel/tx.js';
import type { Invitation, InvitationId } from './invitation.entity.js';
import { InvitationMailsService } from './invitation-mails.service.js';
import { type InvitationState, invitationState } from './invitation-state.js';
import { InvitationsStore } from './invitations.store.js';
import { invitationOver } from './memberships.errors.js';
import { MembershipsService } from './memberships.service.js';

/** How long an invitation can be accepted, in milliseconds. */
export const invitationLifeMs = 7 * 86_400_000;

/** Mails about one invitation: people who press the button again and again must not fill a mailbox. */
const mails = { limit: 5, windowMs: 3_600_000 };

/** What becomes of invitations after they were made. One of another project is not found. Judges no rights. */
@Injectable()
export class InvitationsService implements OnModuleInit {
  constructor(
    private readonly store: InvitationsStore,
    private readonly memberships: MembershipsService,
    private readonly mails: InvitationMailsService,
    private readonly links: OneTimeLinksService,
    private readonly users: UsersService,
    private readonly budgets: Budgets,
    private readonly clock: Clock,
    private readonly audit: AuditService,
    private readonly purges: Purges,
  ) {}

  onModuleInit(): void {
    this.purges.register({
      table: 'invitation',
      life: '1 year from its expiry',
      purge: (tx, now, limit) => this.store.purge(tx, new Date(now.getTime() - 365 * 86_400_000), limit),
    });
  }

  /** @throws AppError `not-found` */
  async get(tx: Tx, projectId: ProjectId, id: InvitationId): Promise<Invitation> {
    const found = await this.store.find(tx, projectId, id);
    if (!found) throw notFound();
    return found;
  }

  /** The invitations of a project, oldest first. */
  async list(
    tx: Tx,
    query: PageQuery<InvitationId> & { readonly projectId: ProjectId },
  ): Promise<Page<Invitation>> {
    return pageOf(await this.store.list(tx, query.projectId, query), query);
  }

  /**
   * Sends an invitation again, with a new link and a new term; the link of before opens nothing any more.
   * @throws AppError `not-found`, `invitation-over`, `too-many-requests`
   */
  async resend(tx: Tx, actor: Actor, projectId: ProjectId, id: InvitationId): Promise<Invitation> {
    const invitation = await this.openOne(tx, projectId, id);
    const { allowed, retryAfterSeconds } = await this.budgets.take(`invitation ${id}`, mails, tx);
    if (!allowed) throw tooMany({ retryAfter: retryAfterSeconds });
    const [user] = await this.users.findMany(tx, [invitation.userId]);
    if (!user?.active) throw invitationOver();
    await this.close(tx, invitation);
    const { link, deliveryId } = await this.mails.send(tx, actor, projectId, user);
    const now = this.clock.date();
    const changes = {
      linkId: link?.id ?? null,
      deliveryId,
      sentAt: now,
      openedAt: null,
      expiresAt: link?.expiresAt ?? new Date(now.getTime() + invitationLifeMs),
    };
    if (!(await this.store.update(tx, id, changes))) throw invitationOver();
    this.record(tx, actor, 'invitation.resent', invitation);
    return this.get(tx, projectId, id);
  }

  /**
   * Takes an invitation back: its link opens nothing any more, a membership that waits is removed, another one ends.
   * @throws AppError `not-found`, `invitation-over`, `last-super-admin`
   */
  async revoke(tx: Tx, actor: Actor, projectId: ProjectId, id: InvitationId): Promise<Invitation> {
    const invitation = await this.openOne(tx, projectId, id);
    if (!(await this.store.update(tx, id, { revokedAt: this.clock.date() }))) throw invitationOver();
    await this.close(tx, invitation);
    if (invitation.membershipId) {
      const membership = await this.memberships.get(tx, projectId, invitation.membershipId);
      if (membership.state === 'pending') await this.memberships.remove(tx, actor, projectId, membership.id);
      else await this.memberships.deactivate(tx, actor, projectId, membership.id);
    }
    this.record(tx, actor, 'invitation.revoked', invitation);
    return this.get(tx, projectId, id);
  }

  /** Whether the person behind a link has said that its page is open. */
  async isOpened(tx: Tx, linkId: LinkId): Promise<boolean> {
    return (await this.store.findByLink(tx, linkId))?.openedAt != null;
  }

  /** The person says so. */
  markOpened(tx: Tx, linkId: LinkId): Promise<void> {
    return this.store.markOpened(tx, linkId, this.clock.date());
  }

  /** The person used the link of an invitation: with that the membership is accepted too. */
  async accepted(tx: Tx, actor: Actor, linkId: LinkId): Promise<void> {
    const membershipId = await this.store.acceptByLink(tx, linkId, this.clock.date());
    if (membershipId) await this.memberships.accept(tx, actor, membershipId);
  }

  /** What became of invitations, in the same order. */
  async states(tx: Tx, invitations: readonly Invitation[]): Promise<InvitationState[]> {
    const ids = invitations.flatMap(({ deliveryId }) => deliveryId ?? []);
    const sent = await this.mails.statesOf(tx, ids);
    const now = this.clock.date();
    return invitations.map((one) =>
      invitationState(one, one.deliveryId ? sent.get(one.deliveryId)?.state : undefined, now),
    );
  }

  /** Nothing that was sent before opens anything from here on. */
  private async close(tx: Tx, { linkId, deliveryId }: Invitation): Promise<void> {
    if (linkId) await this.links.use(tx, linkId);
    if (deliveryId) await this.mails.revoke(tx, deliveryId);
  }

  private async openOne(tx: Tx, projectId: ProjectId, id: InvitationId): Promise<Invitation> {
    const invitation = await this.get(tx, projectId, id);
    if (invitation.acceptedAt || invitation.revokedAt || !invitation.membershipId) throw invitationOver();
    return invitation;
  }

  private record(
    tx: Tx,
    actor: Actor,
    type: 'invitation.resent' | 'invitation.revoked',
    { id, projectId, membershipId }: Invitation,
  ): void {
    this.audit.record(tx, {
      type,
      actor,
      projectId,
      target: { type: 'Invitation', id },
      ...(membershipId && { membershipId }),
    });
  }
}
