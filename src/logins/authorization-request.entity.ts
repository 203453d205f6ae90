import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ClientId, MembershipId, ProjectId, SessionId, UserId } from '../kernel/ids.js';
import type { ClaimNames } from './login.entity.js';

/** What a kept authorization request asks for, after every check of the authorize endpoint has passed. */
export interface KeptParameters {
  readonly redirectUri: string;
  readonly scope: readonly string[];
  readonly state?: string;
  readonly nonce?: string;
  readonly codeChallenge?: string;
  readonly loginHint?: string;
  /** Whom `id_token_hint` or a requested `sub` names: nobody else may be signed in. */
  readonly hintedUser?: UserId;
  /** Claims named one by one, and where they are wanted. */
  readonly claims?: ClaimNames;
  /** The app wants two factors: `wished` of those who have them (`acr_values`), `required` of everybody (essential `acr`). */
  readonly twoFactors?: 'wished' | 'required';
  /** The app's wish for the language of pages, as `ui_locales` has it. */
  readonly uiLocales?: string;
  /** The person must prove again who they are: `prompt=login`. */
  readonly freshLogin?: boolean;
  /** `prompt=none`: nothing may be shown; what would have to be asked becomes an error. */
  readonly silent?: boolean;
  /** `prompt=consent`: ask even if consent is remembered. */
  readonly freshConsent?: boolean;
  /** `prompt=select_account`: ask which account and membership, even where there is one only. */
  readonly selectAccount?: boolean;
  /** Seconds (OIDC Core section 3.1.2.1). */
  readonly maxAge?: number;
}

/** An authorization request that waits for its person (sign-in, choice of profile, consent): 15 minutes, one browser. */
@Entity('authorization_request')
@Index('ix_authorization_request_expiry', ['expiresAt'])
export class AuthorizationRequest {
  @PrimaryColumn('bytea', { name: 'handle_hash', primaryKeyConstraintName: 'pk_authorization_request' })
  handleHash: Buffer;

  @Column('uuid', { name: 'client_id' })
  clientId: ClientId;

  @Column('uuid', { name: 'project_id', nullable: true })
  projectId: ProjectId | null;

  @Column('jsonb')
  parameters: KeptParameters;

  /** Hash of the cookie of the browser that asked: nobody else's browser can go on with it. */
  @Column('bytea', { name: 'browser_hash' })
  browserHash: Buffer;

  /** The session that the person chose to go on with. */
  @Column('uuid', { name: 'session_id', nullable: true })
  sessionId: SessionId | null;

  /** The membership that the person chose, once chosen. */
  @Column('uuid', { name: 'membership_id', nullable: true })
  membershipId: MembershipId | null;

  /** The session that the person chose not to go on with: another account is wanted. */
  @Column('uuid', { name: 'left_session_id', nullable: true })
  leftSessionId: SessionId | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
