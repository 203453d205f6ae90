import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { SessionId, UserId } from '../kernel/ids.js';
import type { VouchedBy } from './login.entity.js';

/** A person's signed-in browser. The cookie holds a 256-bit secret; its hash is here. */
@Entity('browser_session')
@Index('uq_browser_session_secret', ['secretHash'], { unique: true })
@Index('ix_browser_session_user', ['userId', 'createdAt'])
@Index('ix_browser_session_expiry', ['expiresAt'])
export class BrowserSession {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_browser_session' })
  id: SessionId;

  @Column('bytea', { name: 'secret_hash' })
  secretHash: Buffer;

  @Column('uuid', { name: 'user_id' })
  userId: UserId;

  @Column('text', { name: 'vouched_by' })
  vouchedBy: VouchedBy;

  @Column('timestamptz', { name: 'auth_time' })
  authTime: Date;

  /** How the person proved who they are (RFC 8176). */
  @Column('text', { array: true })
  amr: string[];

  @Column('text', { name: 'remote_address' })
  remoteAddress: string;

  @Column('text', { name: 'user_agent', default: '' })
  userAgent: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'last_used_at' })
  lastUsedAt: Date;

  /** The absolute end; see also the idle limit of the service. */
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt: Date | null;
}
