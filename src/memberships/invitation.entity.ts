import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { LinkId } from '../identities/one-time-link.entity.js';
import { User } from '../identities/user.entity.js';
import type { ClientId, DeliveryId, Id, MembershipId, ProjectId, UserId } from '../kernel/ids.js';
import { Project } from '../projects/project.entity.js';
import { ProjectMembership } from './project-membership.entity.js';

export type InvitationId = Id<'Invitation'>;

/** Somebody was asked into a project. What became of it is the state that `invitationState` makes of this row. */
@Entity('invitation')
@Index('ix_invitation_project', ['projectId', 'id'])
@Index('uq_invitation_link', ['linkId'], { unique: true })
@Index('ix_invitation_membership', ['membershipId'])
export class Invitation {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_invitation' })
  id: InvitationId;

  @Column('uuid', { name: 'project_id' })
  @ForeignKey(() => Project, { name: 'fk_invitation_project' })
  projectId: ProjectId;

  /** `null` once the membership was removed. */
  @Column('uuid', { name: 'membership_id', nullable: true })
  @ForeignKey(() => ProjectMembership, { name: 'fk_invitation_membership', onDelete: 'SET NULL' })
  membershipId: MembershipId | null;

  @Column('uuid', { name: 'user_id' })
  @ForeignKey(() => User, { name: 'fk_invitation_user', onDelete: 'CASCADE' })
  userId: UserId;

  /** As it was given; `null` for a person without one. */
  @Column('text', { nullable: true })
  email: string | null;

  /** Sets the first password; none for a person who has one, or to whom nothing was sent. Links end and go before invitations do. */
  @Column('uuid', { name: 'link_id', nullable: true })
  linkId: LinkId | null;

  /** The newest mail about it, if one was sent. */
  @Column('uuid', { name: 'delivery_id', nullable: true })
  deliveryId: DeliveryId | null;

  @Column('uuid', { name: 'invited_by', nullable: true })
  invitedBy: UserId | ClientId | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  /** When it was last sent, or made. */
  @Column('timestamptz', { name: 'sent_at' })
  sentAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'opened_at', nullable: true })
  openedAt: Date | null;

  @Column('timestamptz', { name: 'accepted_at', nullable: true })
  acceptedAt: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
