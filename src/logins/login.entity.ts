import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ClientId, LoginId, MembershipId, ProjectId, SessionId, UserId } from '../kernel/ids.js';

/**
 * Who vouched for a person (rulings 16): the person, the server, the owner of a mail domain, or only a project.
 * `client` is a client that vouched for itself. It travels with the login and never rises.
 */
export type VouchedBy = 'person' | 'server' | 'domain' | 'project' | 'client';

/** How a login began. */
export type LoginMethod = 'password' | 'client';

/** What a login reaches: all that its member may, or one membership and nothing else (rulings 18). */
export type LoginReach = 'full' | 'membership';

/** Claims that an app named one by one (OIDC Core section 5.5), by where they belong. */
export interface ClaimNames {
  readonly userinfo: readonly string[];
  readonly idToken: readonly string[];
}

/** One sign-in of one person (or client) to one app. Its id is the `login_id` of tokens: it names, it opens nothing. */
@Entity('login')
@Check('ck_login_vouched_by', `vouched_by IN ('person', 'server', 'domain', 'project', 'client')`)
@Check('ck_login_reach', `reach IN ('full', 'membership')`)
@Index('ix_login_user', ['userId', 'createdAt'], { where: 'user_id IS NOT NULL' })
@Index('ix_login_project', ['projectId', 'id'], { where: 'user_id IS NOT NULL' })
@Index('ix_login_client', ['clientId', 'id'], { where: 'user_id IS NOT NULL' })
@Index('ix_login_session', ['sessionId'], { where: 'session_id IS NOT NULL' })
@Index('ix_login_expiry', ['expiresAt'])
export class Login {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_login' })
  id: LoginId;

  @Column('uuid', { name: 'project_id', nullable: true })
  projectId: ProjectId | null;

  @Column('uuid', { name: 'user_id', nullable: true })
  userId: UserId | null;

  @Column('uuid', { name: 'client_id' })
  clientId: ClientId;

  @Column('uuid', { name: 'membership_id', nullable: true })
  membershipId: MembershipId | null;

  /** The browser session that it came from, if any. */
  @Column('uuid', { name: 'session_id', nullable: true })
  sessionId: SessionId | null;

  @Column('text')
  method: LoginMethod;

  @Column('text', { name: 'vouched_by' })
  vouchedBy: VouchedBy;

  @Column('text')
  reach: LoginReach;

  /** What was granted, space-separated. */
  @Column('text')
  scope: string;

  /**
   * What was asked for, space-separated. An app that asked for no resource scope gets what the membership's policy
   * allows; one that asked for some, all of which were taken away, gets none (F30).
   */
  @Column('text', { name: 'requested_scope', default: '' })
  requestedScope: string;

  /** What the app may see besides what `scope` opens. */
  @Column('jsonb', { nullable: true })
  claims: ClaimNames | null;

  @Column('timestamptz', { name: 'auth_time' })
  authTime: Date;

  @Column('text', { array: true, default: () => "'{}'" })
  amr: string[];

  @Column('text', { name: 'remote_address' })
  remoteAddress: string;

  @Column('text', { name: 'user_agent', default: '' })
  userAgent: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  /** After this no token of it can be alive; the row is purged. */
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;

  @Column('text', { name: 'revoked_reason', nullable: true })
  revokedReason: string | null;
}
