import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { User } from '../identities/user.entity.js';
import type { Id, UserId } from '../kernel/ids.js';

/** The authenticator app of a person (RFC 6238): one each. */
@Entity('totp_factor')
@Index('uq_totp_factor_user', ['userId'], { unique: true })
export class TotpFactorRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_totp_factor' })
  id: Id<'Factor'>;

  @Column('uuid', { name: 'user_id' })
  @ForeignKey(() => User, { name: 'fk_totp_factor_user', onDelete: 'CASCADE' })
  userId: UserId;

  /** 160 bits, base32, sealed. */
  @Column('text', { name: 'sealed_secret' })
  sealedSecret: string;

  /** The 30-second step of the newest code that was taken: none of it or before it is taken again (NIST-13). */
  @Column('bigint', { name: 'last_step' })
  lastStep: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'last_used_at' })
  lastUsedAt: Date;
}
