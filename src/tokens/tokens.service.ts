import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Config } from '../kernel/config.js';
import { type ClientId, type LoginId, newId, type ProjectId, type UserId } from '../kernel/ids.js';
import { KeysService } from '../keys/keys.service.js';
import type { SigningAlg } from '../keys/signing-key.entity.js';

/** What an access token says (RFC 9068 section 2.2); times are seconds since the epoch. Absent claims are left out. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly sub: UserId | ClientId;
  readonly aud: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly jti: string;
  readonly client_id: ClientId;
  /** Names the login row; opens nothing. */
  readonly login_id: LoginId;
  readonly project?: ProjectId;
  /** `Type/id`. */
  readonly profile?: string;
  readonly scope: string;
  /** The person's sign-in, the same however often the token is refreshed (RFC 9068 section 2.2.1). */
  readonly auth_time?: number;
  readonly acr?: string;
  readonly amr?: readonly string[];
}

/** How and when a person signed in. */
export interface Authentication {
  readonly time: Date;
  readonly acr: string | undefined;
  readonly amr: readonly string[];
}

/** For whom and for what an access token is made. */
export interface AccessTokenInput {
  readonly sub: UserId | ClientId;
  readonly clientId: ClientId;
  readonly loginId: LoginId;
  readonly projectId: ProjectId | null;
  readonly profile: string | undefined;
  readonly scope: string;
  /** Seconds. */
  readonly lifetime: number;
  /** Absent for a client that acts as itself. */
  readonly authentication: Authentication | undefined;
}

/** For whom and for what an id_token is made. */
export interface IdTokenInput {
  readonly sub: UserId;
  readonly clientId: ClientId;
  readonly loginId: LoginId;
  readonly alg: SigningAlg;
  readonly authentication: Authentication;
  /** Only on the answer to the code, and only when the request sent one (OIDC Core 3.1.3.6, 12.2). */
  readonly nonce: string | undefined;
  readonly accessToken: string;
  /** Claims that the granted scopes open: profile, email. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Which login's end a client is told of. */
export interface LogoutTokenInput {
  readonly sub: UserId;
  readonly clientId: ClientId;
  readonly loginId: LoginId;
  /** The client's own for id_tokens. */
  readonly alg: SigningAlg;
}

/** `typ` of an access token's header (RFC 9068 section 2.1). */
export const accessTokenType = 'at+jwt';

const idTokenLifetime = 3600;
/** Two minutes, as Back-Channel Logout section 2.4 advises. */
const logoutTokenLifetime = 120;
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * Makes access tokens (RFC 9068, ES256) and id_tokens (OIDC Core section 2). `sid` is the id of the login: one sign-in of
 * one person to one app, the same across refreshes (OIDC Back-Channel Logout section 2.1).
 */
@Injectable()
export class TokensService {
  constructor(
    private readonly keys: KeysService,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** Mints an access token whose audience is this server. */
  async accessToken(input: AccessTokenInput): Promise<string> {
    const nowMs = this.clock.now();
    const now = Math.floor(nowMs / 1000);
    const claims: AccessTokenClaims = {
      iss: this.config.baseUrl,
      sub: input.sub,
      aud: this.config.baseUrl,
      iat: now,
      nbf: now,
      exp: now + input.lifetime,
      jti: newId<'AccessToken'>(nowMs),
      client_id: input.clientId,
      login_id: input.loginId,
      ...(input.projectId && { project: input.projectId }),
      ...(input.profile && { profile: input.profile }),
      scope: input.scope,
      ...(input.authentication && claimsOf(input.authentication)),
    };
    return this.keys.sign('ES256', accessTokenType, claims);
  }

  /** Mints an id_token for the client. */
  async idToken(input: IdTokenInput): Promise<string> {
    const now = this.clock.seconds();
    return this.keys.sign(input.alg, 'JWT', {
      ...input.claims,
      iss: this.config.baseUrl,
      sub: input.sub,
      aud: input.clientId,
      iat: now,
      exp: now + idTokenLifetime,
      jti: newId<'IdToken'>(this.clock.now()),
      ...claimsOf(input.authentication),
      ...(input.nonce !== undefined && { nonce: input.nonce }),
      at_hash: leftHalfHash(input.accessToken),
      login_id: input.loginId,
      sid: input.loginId,
    });
  }

  /** Mints a logout token (OIDC Back-Channel Logout section 2.4): `sid` is the login, as in its id_tokens; no nonce. */
  async logoutToken({ sub, clientId, loginId, alg }: LogoutTokenInput): Promise<string> {
    const now = this.clock.seconds();
    return this.keys.sign(alg, 'logout+jwt', {
      iss: this.config.baseUrl,
      sub,
      aud: clientId,
      iat: now,
      exp: now + logoutTokenLifetime,
      jti: newId<'LogoutToken'>(this.clock.now()),
      events: { [logoutEvent]: {} },
      sid: loginId,
    });
  }
}

function claimsOf({ time, acr, amr }: Authentication) {
  return { auth_time: Math.floor(time.getTime() / 1000), ...(acr !== undefined && { acr }), amr };
}

/** `at_hash` for algorithms with SHA-256 (OIDC Core 3.1.3.6). */
function leftHalfHash(token: string): string {
  return createHash('sha256').update(token, 'ascii').digest().subarray(0, 16).toString('base64url');
}
