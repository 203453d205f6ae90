import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ClientId, ProjectId } from '../kernel/ids.js';
import { Project } from '../projects/project.entity.js';
import type { JwkSet } from './jwk-set.js';

/** Algorithms that a client may have its id_tokens signed with. */
export type IdTokenAlg = 'RS256' | 'ES256';

/** Ways of client authentication that a client may be held to (RFC 7591 section 2). */
export type ClientAuthMethodName = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/**
 * Whose passwords an app may take on its own sign-in form (F89): nobody's, those of its project's own users, or also
 * those of people whose account belongs to the whole server.
 */
export const directSignIns = ['none', 'project-users', 'everyone'] as const;

export type DirectSignIn = (typeof directSignIns)[number];

/** An app or a server that asks for tokens. Without a project it belongs to the server: made by super admins only. */
@Entity('client_application')
@Unique('uq_client_application_project', ['projectId', 'id'])
@Check('ck_client_application_keys', 'jwks IS NULL OR jwks_uri IS NULL')
@Check('ck_client_application_direct_sign_in', `direct_sign_in IN ('none', 'project-users', 'everyone')`)
@Index('ix_client_application_origins', ['origins'], { type: 'gin' })
@Index('ix_client_application_updated', ['projectId', 'updatedAt', 'id'])
@Index('ix_client_application_terms', { synchronize: false })
@Index('ix_client_application_unindexed', ['projectId'], { where: 'terms IS NULL' })
export class ClientApplication {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_client_application' })
  id: ClientId;

  @Column('uuid', { name: 'project_id', nullable: true })
  @ForeignKey(() => Project, { name: 'fk_client_application_project' })
  projectId: ProjectId | null;

  @Column('text')
  name: string;

  @Column('text', { default: '' })
  description: string;

  @Column('boolean', { default: true })
  active: boolean;

  /** Of this house: skips consent inside its own project. */
  @Column('boolean', { name: 'first_party', default: false })
  firstParty: boolean;

  @Column('text', { name: 'redirect_uris', array: true, default: {} })
  redirectUris: string[];

  @Column('text', { name: 'post_logout_redirect_uris', array: true, default: {} })
  postLogoutRedirectUris: string[];

  /** Where the client wants to be told that a login of its has ended (OIDC Back-Channel Logout section 2.2). */
  @Column('text', { name: 'backchannel_logout_uri', nullable: true })
  backchannelLogoutUri: string | null;

  /** Whether the client said that it needs `sid` in logout tokens; they carry it anyway. */
  @Column('boolean', { name: 'backchannel_logout_session_required', default: false })
  backchannelLogoutSessionRequired: boolean;

  @Column('text', { name: 'allowed_origins', array: true, default: {} })
  allowedOrigins: string[];

  /** Every origin that may call from a browser: those allowed and those of the redirect addresses. Kept by the service. */
  @Column('text', { array: true, default: {} })
  origins: string[];

  /** Asked for when an authorization request names no scope. */
  @Column('text', { name: 'default_scope', array: true, default: {} })
  defaultScope: string[];

  /** What it may ask for; `null`: every scope but `system/` ones, which are for servers and only by name. */
  @Column('text', { name: 'allowed_scopes', array: true, nullable: true })
  allowedScopes: string[] | null;

  /** Of another house: reaches only what scopes for FHIR resources name, and nothing without them. */
  @Column('boolean', { name: 'scopes_only', default: false })
  scopesOnly: boolean;

  /** As itself it may act on behalf of members of its project, as far as its own policy goes (F83). */
  @Column('boolean', { name: 'may_act_for_members', default: false })
  mayActForMembers: boolean;

  /** The grants that this client may use. */
  @Column('text', { name: 'grant_types', array: true, default: {} })
  grantTypes: string[];

  /** Those of them for which it must prove itself (rulings 6). */
  @Column('text', { name: 'authenticated_grants', array: true, default: {} })
  authenticatedGrants: string[];

  @Column('boolean', { name: 'pkce_optional', default: false })
  pkceOptional: boolean;

  /** Seconds. */
  @Column('integer', { name: 'access_token_lifetime', default: 3600 })
  accessTokenLifetime: number;

  /** Seconds without use after which a refresh token is over. */
  @Column('integer', { name: 'refresh_token_lifetime', default: 1_209_600 })
  refreshTokenLifetime: number;

  @Column('text', { name: 'id_token_signed_response_alg', default: 'RS256' })
  idTokenSignedResponseAlg: IdTokenAlg;

  /** Its public keys, when they are kept here. */
  @Column('jsonb', { nullable: true })
  jwks: JwkSet | null;

  /** Where its public keys are published, when they are not kept here. */
  @Column('text', { name: 'jwks_uri', nullable: true })
  jwksUri: string | null;

  /** The one way in which it may authenticate; `null`: with any credential that it has. */
  @Column('text', { name: 'token_endpoint_auth_method', nullable: true })
  tokenEndpointAuthMethod: ClientAuthMethodName | null;

  @Column('text', { name: 'direct_sign_in', default: 'project-users' })
  directSignIn: DirectSignIn;

  /** What a sign-in form may greet people with, and the address of a picture for it (wire-spec section 1.4). */
  @Column('text', { name: 'welcome_string', nullable: true })
  welcomeString: string | null;

  @Column('text', { name: 'logo_url', nullable: true })
  logoUrl: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;

  @Column('integer', { default: 1 })
  version: number;

  /** The profile that wrote this version, as `Type/id`; `null` for the server itself. */
  @Column('text', { nullable: true })
  author?: string | null;

  /** What it is found by (`r4/view-search.ts`); `null` until it is made. */
  @Column('tsvector', { select: false, nullable: true })
  terms?: string | null;
}
