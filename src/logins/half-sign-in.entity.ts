import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { UserId } from '../kernel/ids.js';

/**
 * A sign-in in a browser that waits for its second factor: ten minutes, one browser. It opens nothing but the question for
 * the factor (V41).
 */
@Entity('half_sign_in')
@Index('ix_half_sign_in_expiry', ['expiresAt'])
@Index('ix_half_sign_in_user', ['userId'])
export class HalfSignIn {
  @PrimaryColumn('bytea', { name: 'secret_hash', primaryKeyConstraintName: 'pk_half_sign_in' })
  secretHash: Buffer;

  /** Hash of the cookie of the browser in which it began. */
  @Column('bytea', { name: 'browser_hash' })
  browserHash: Buffer;

  @Column('uuid', { name: 'user_id' })
  userId: UserId;

  /** What was proved so far (RFC 8176). */
  @Column('text', { array: true })
  amr: string[];

  @Column('timestamptz', { name: 'auth_time' })
  authTime: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
