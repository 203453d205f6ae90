import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { DeliveryId, ProjectId, UserId } from '../kernel/ids.js';
import type { MailKind } from './mail-kinds.js';

/**
 * What has become of a mail (rulings 48). `kept`: there is no mail server, it is shown at `/dev/mailbox`. `refused`: the mail
 * server said no to this recipient or mail. `failed`: given up after all attempts. `expired`, `revoked`: not sent, since its
 * link would open nothing. `bounced`: reported undeliverable later.
 */
export const deliveryStates = [
  'queued',
  'kept',
  'handed-over',
  'refused',
  'failed',
  'expired',
  'revoked',
  'bounced',
] as const;

/** One of `deliveryStates`. */
export type DeliveryState = (typeof deliveryStates)[number];

/** One mail to one address. */
@Entity('email_delivery')
@Check('ck_email_delivery_user_scope', `user_scope IN ('server', 'project')`)
@Check(
  'ck_email_delivery_state',
  `state IN ('queued', 'kept', 'handed-over', 'refused', 'failed', 'expired', 'revoked', 'bounced')`,
)
@Index('ix_email_delivery_project', ['projectId', 'id'])
@Index('ix_email_delivery_created', ['createdAt'])
@Index('ix_email_delivery_expiry', ['expiresAt'], { where: 'sealed IS NOT NULL' })
export class EmailDelivery {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_email_delivery' })
  id: DeliveryId;

  /** In whose name it is sent and who may see it; `null`: the server. */
  @Column('uuid', { name: 'project_id', nullable: true })
  projectId: ProjectId | null;

  @Column('uuid', { name: 'user_id', nullable: true })
  userId: UserId | null;

  /** Whose account it is about: decides by which mail server it leaves (rulings 23). */
  @Column('text', { name: 'user_scope' })
  userScope: 'server' | 'project';

  @Column('text')
  kind: MailKind;

  @Column('text')
  recipient: string;

  @Column('text')
  state: DeliveryState;

  /** What the mail server answered, or why there was no answer. */
  @Column('text', { nullable: true })
  words: string | null;

  /** The whole mail; erased once it is handed over, given up or of no more use (F122). */
  @Column('text', { nullable: true })
  sealed: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  /** When the state became what it is; `null` while queued. */
  @Column('timestamptz', { name: 'settled_at', nullable: true })
  settledAt: Date | null;

  /** When its link or code ends. */
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;
}
