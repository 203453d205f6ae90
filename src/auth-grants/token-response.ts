import { Injectable } from '@nestjs/common';
import { type LiveLogin, LivenessService } from '../authentication/liveness.service.js';
import { DirectoryService } from '../directory/directory.service.js';
import { Config } from '../kernel/config.js';
import { Db } from '../kernel/db.js';
import type { SigningAlg } from '../keys/signing-key.entity.js';
import { acrOf } from '../logins/acr.js';
import type { Login } from '../logins/login.entity.js';
import { launchContext } from '../smart/launch-context.js';
import { type Authentication, TokensService } from '../tokens/tokens.service.js';
import type { Issue } from './grants/grant.types.js';
import { OAuthError } from './oauth.errors.js';
import { withoutOffline } from './scopes.js';
import { userClaims } from './user-claims.js';

/** A FHIR reference as the wire shows it (wire-spec section 0.2). */
export interface Reference {
  readonly reference: string;
  readonly display?: string;
}

/** The body of a token answer (RFC 6749 section 5.1, wire-spec section 3.9). */
export interface TokenResponseBody {
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly access_token: string;
  readonly scope: string;
  readonly id_token?: string;
  readonly refresh_token?: string;
  readonly project?: Reference;
  readonly profile?: Reference;
  /** The launch context (SMART App Launch 2.2): the id of a Patient. */
  readonly patient?: string;
  readonly need_patient_banner?: true;
  readonly smart_style_url?: string;
}

/** What a login stands on. */
type Parts = Omit<LiveLogin, 'login'>;

/** Turns what a grant decided into signed tokens and the answer's body. Signs before the commit, so that a 5xx means that nothing was issued. */
@Injectable()
export class TokenResponse {
  constructor(
    private readonly tokens: TokensService,
    private readonly liveness: LivenessService,
    private readonly db: Db,
    private readonly directory: DirectoryService,
    private readonly config: Config,
  ) {}

  /** @throws OAuthError `invalid_grant` when what the login stands on ended meanwhile. */
  async build(issue: Issue): Promise<TokenResponseBody> {
    const { login } = issue;
    const live = await this.liveness.ofParts(login);
    if (!live) throw new OAuthError('invalid_grant', 'The access behind this request has ended');
    const profile = profileOf(live);
    // Asked for while the tokens are signed.
    const [display, signed] = await Promise.all([this.nameOf(live), this.sign(issue, live, profile)]);
    return {
      ...signed,
      ...(issue.refreshToken && { refresh_token: issue.refreshToken }),
      ...(live.project && {
        project: { reference: `Project/${live.project.id}`, display: live.project.name },
      }),
      ...(profile && { profile: { reference: profile, display } }),
      ...this.contextOf(issue, profile),
    };
  }

  private contextOf({ scope }: Issue, profile: string | undefined) {
    const context = launchContext(scope, profile);
    return (
      context.patient && {
        ...context,
        smart_style_url: this.config.url('fhir/R4/.well-known/smart-styles.json'),
      }
    );
  }

  private async sign(issue: Issue, { client, user }: Parts, profile: string | undefined) {
    const { login } = issue;
    const scope = issue.refreshToken ? issue.scope : withoutOffline(issue.scope);
    const lifetime = issue.lifetime ?? client.accessTokenLifetime;
    const accessToken = await this.tokens.accessToken({
      sub: login.userId ?? login.clientId,
      clientId: login.clientId,
      loginId: login.id,
      projectId: login.projectId,
      profile,
      scope: scope.join(' '),
      lifetime,
      authentication: login.userId ? authenticationOf(login) : undefined,
    });
    const idToken =
      issue.idToken && user
        ? await this.tokens.idToken({
            sub: user.id,
            clientId: login.clientId,
            loginId: login.id,
            alg: client.idTokenSignedResponseAlg as SigningAlg,
            authentication: authenticationOf(login),
            nonce: issue.idToken.nonce,
            accessToken,
            claims: userClaims(user, profile, scope, login.claims?.idToken),
          })
        : undefined;
    return {
      token_type: 'Bearer' as const,
      expires_in: lifetime,
      access_token: accessToken,
      scope: scope.join(' '),
      ...(idToken && { id_token: idToken }),
    };
  }

  /** The name that the profile bears, which need not be that of the account; a client is its own profile. */
  private async nameOf({ membership, user, client }: Parts): Promise<string | undefined> {
    if (!user || !membership) return client.name;
    return this.db.read((tx) => this.directory.nameOf(tx, membership.profileId));
  }
}

function authenticationOf({ authTime, amr }: Login): Authentication {
  return { time: authTime, acr: acrOf(amr), amr };
}

function profileOf({ membership }: Parts): string | undefined {
  return membership && `${membership.profileType}/${membership.profileId}`;
}
