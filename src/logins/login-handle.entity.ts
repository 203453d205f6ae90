import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { LoginId, MembershipId, ProjectId } from '../kernel/ids.js';
import { Login } from './login.entity.js';

/** What the app said at the start of a login that is not finished yet. */
export interface UnfinishedParameters {
  /** The only project whose memberships may be chosen. */
  readonly projectId?: ProjectId;
  /** S256 (RFC 7636). */
  readonly codeChallenge?: string;
  readonly nonce?: string;
  /** Only memberships with this type of profile may be chosen. */
  readonly resourceType?: string;
  /** What was chosen and waits for a second factor. */
  readonly chosenMembershipId?: MembershipId;
}

/** The credential of a login that is not finished yet (rulings 7): 256 bits, stored hashed, 15 minutes. */
@Entity('login_handle')
@Index('ix_login_handle_login', ['loginId'])
@Index('ix_login_handle_expiry', ['expiresAt'])
export class LoginHandle {
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'pk_login_handle' })
  hash: Buffer;

  @Column('uuid', { name: 'login_id' })
  loginId: LoginId;

  @ManyToOne(() => Login, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'login_id', foreignKeyConstraintName: 'fk_login_handle_login' })
  login?: Relation<Login>;

  @Column('jsonb', { default: {} })
  parameters: UnfinishedParameters;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
