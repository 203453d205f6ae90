import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { User } from '../identities/user.entity.js';
import type { UserId } from '../kernel/ids.js';

/** A secret that was shown to a person and counts for nothing until a code of it was typed: ten minutes (F126). */
@Entity('totp_enrolment')
@Index('ix_totp_enrolment_expiry', ['expiresAt'])
export class TotpEnrolment {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'pk_totp_enrolment' })
  @ForeignKey(() => User, { name: 'fk_totp_enrolment_user', onDelete: 'CASCADE' })
  userId: UserId;

  /** Digest of the sign-in that it was shown in; no other one can go on with it. */
  @PrimaryColumn('bytea', { name: 'bound_to', primaryKeyConstraintName: 'pk_totp_enrolment' })
  boundTo: Buffer;

  @Column('text', { name: 'sealed_secret' })
  sealedSecret: string;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
