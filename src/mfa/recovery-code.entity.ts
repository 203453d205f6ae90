import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { User } from '../identities/user.entity.js';
import type { Id, UserId } from '../kernel/ids.js';

/** A code that a person keeps for the day on which the other factors are gone. Works once. */
@Entity('recovery_code')
@Index('ix_recovery_code_user', ['userId'])
export class RecoveryCode {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_recovery_code' })
  id: Id<'RecoveryCode'>;

  @Column('uuid', { name: 'user_id' })
  @ForeignKey(() => User, { name: 'fk_recovery_code_user', onDelete: 'CASCADE' })
  userId: UserId;

  /** Keyed hash of person and code (F121). */
  @Column('bytea')
  hash: Buffer;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'used_at', nullable: true })
  usedAt: Date | null;
}
