import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan } from 'typeorm';
import type { LinkId } from '../identities/one-time-link.entity.js';
import type { MembershipId, ProjectId } from '../kernel/ids.js';
import { type PageQuery, rowsToRead } from '../kernel/page.js';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import { Invitation, type InvitationId } from './invitation.entity.js';

const open = statement(
  'invitation.open',
  'UPDATE invitation SET opened_at = $2 WHERE link_id = $1 AND opened_at IS NULL',
);
const acceptByLink = statement(
  'invitation.acceptByLink',
  `UPDATE invitation SET accepted_at = $2, opened_at = coalesce(opened_at, $2)
    WHERE link_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL RETURNING membership_id AS "membershipId"`,
);
const acceptByMembership = statement(
  'invitation.acceptByMembership',
  `UPDATE invitation SET accepted_at = $2 WHERE membership_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL`,
);
const isExpired = statement(
  'invitation.isExpired',
  `SELECT 1 FROM invitation WHERE membership_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL
   HAVING count(*) > 0 AND max(expires_at) <= $2`,
);
const purge = statement(
  'invitation.purge',
  `DELETE FROM invitation WHERE id IN (SELECT id FROM invitation WHERE expires_at < $1 LIMIT $2) RETURNING 1`,
);
const lockAddress = statement(
  'invitation.lockAddress',
  'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
);

/** The rows of `invitation`. */
@Injectable()
export class InvitationsStore {
  /** Lets one invitation at a time decide about an address; held until the transaction ends. */
  async lockAddress(tx: Tx, email: string): Promise<void> {
    await tx.sql(lockAddress, [`invitation ${email}`]);
  }

  async insert(tx: Tx, invitation: Invitation): Promise<void> {
    await tx.manager.insert(Invitation, invitation);
  }

  async find(tx: Tx, projectId: ProjectId, id: InvitationId): Promise<Invitation | undefined> {
    return (await tx.manager.findOneBy(Invitation, { projectId, id })) ?? undefined;
  }

  async findByLink(tx: Tx, linkId: LinkId): Promise<Invitation | undefined> {
    return (await tx.manager.findOneBy(Invitation, { linkId })) ?? undefined;
  }

  /** In id order; one row more than asked for when more follow. */
  list(tx: Tx, projectId: ProjectId, page: PageQuery<InvitationId>): Promise<Invitation[]> {
    return tx.manager.find(Invitation, {
      where: { projectId, ...(page.after ? { id: MoreThan(page.after) } : {}) },
      order: { id: 'ASC' },
      take: rowsToRead(page),
    });
  }

  /** Writes over an invitation that is still open; answers whether it was. */
  async update(tx: Tx, id: InvitationId, changes: Partial<Invitation>): Promise<boolean> {
    const still = { id, acceptedAt: IsNull(), revokedAt: IsNull() };
    return (await tx.manager.update(Invitation, still, changes)).affected === 1;
  }

  async markOpened(tx: Tx, linkId: LinkId, now: Date): Promise<void> {
    await tx.sql(open, [linkId, now]);
  }

  /** Marks the invitation of a link as accepted; its membership, if this call did it. */
  async acceptByLink(tx: Tx, linkId: LinkId, now: Date): Promise<MembershipId | null | undefined> {
    return (await tx.sql<{ membershipId: MembershipId | null }>(acceptByLink, [linkId, now]))[0]
      ?.membershipId;
  }

  async acceptByMembership(tx: Tx, membershipId: MembershipId, now: Date): Promise<void> {
    await tx.sql(acceptByMembership, [membershipId, now]);
  }

  /** Whether a membership has open invitations, and all of them have expired. */
  async isExpired(tx: Tx, membershipId: MembershipId, now: Date): Promise<boolean> {
    return (await tx.sql(isExpired, [membershipId, now])).length === 1;
  }

  async purge(tx: Tx, before: Date, limit: number): Promise<number> {
    return (await tx.sql(purge, [before, limit])).length;
  }
}
