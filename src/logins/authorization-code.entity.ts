import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { ClientId, LoginId } from '../kernel/ids.js';
import { Login } from './login.entity.js';

/** An authorization code (RFC 6749 section 4.1.2): 60 seconds, once, bound to client, redirect address and PKCE. */
@Entity('authorization_code')
@Index('ix_authorization_code_login', ['loginId'])
export class AuthorizationCode {
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'pk_authorization_code' })
  hash: Buffer;

  @Column('uuid', { name: 'login_id' })
  loginId: LoginId;

  @ManyToOne(() => Login, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'login_id', foreignKeyConstraintName: 'fk_authorization_code_login' })
  login?: Relation<Login>;

  @Column('uuid', { name: 'client_id' })
  clientId: ClientId;

  /** Null when the code was handed out in a JSON body (rulings 5). */
  @Column('text', { name: 'redirect_uri', nullable: true })
  redirectUri: string | null;

  /** S256 challenge (RFC 7636). */
  @Column('text', { name: 'code_challenge', nullable: true })
  codeChallenge: string | null;

  @Column('text', { nullable: true })
  nonce: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'redeemed_at', nullable: true })
  redeemedAt: Date | null;
}
