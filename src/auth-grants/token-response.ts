import { Injectable } from '@nestjs/common';
import { type LiveLogin, LivenessService } from '../authentication/liveness.service.js';
import type { SigningAlg } from '../keys/signing-key.entity.js';
import { acrOf } from '../logins/acr.js';
import type { Login } from '../logins/login.entity.js';
import { type Authentication, TokensService } from '../tokens/tokens.service.js';
import type { Issue } from './grants/grant.types.js';
import { OAuthError } from './oauth.errors.js';
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
}

/** Turns what a grant decided into signed tokens and the answer's body. Signs before the commit, so that a 5xx means that nothing was issued. */
@Injectable()
export class TokenResponse {
  constructor(
    private readonly tokens: TokensService,
    private readonly liveness: LivenessService,
  ) {}

  /** @throws OAuthError `invalid_grant` when what the login stands on ended meanwhile. */
  async build(issue: Issue): Promise<TokenResponseBody> {
    const { login } = issue;
    const live = await this.liveness.ofParts(login);
    if (!live) throw new OAuthError('invalid_grant', 'The access behind this request has ended');
    const { client, project, user } = live;
    const profile = profileOf(live);
    const scope = issue.scope.filter((one) => one !== 'offline_access' || issue.refreshToken);
    const accessToken = await this.tokens.accessToken({
      sub: login.userId ?? login.clientId,
      clientId: login.clientId,
      loginId: login.id,
      projectId: login.projectId,
      profile: profile?.reference,
      scope: scope.join(' '),
      lifetime: client.accessTokenLifetime,
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
            claims: userClaims(user, profile?.reference, scope),
          })
        : undefined;
    return {
      token_type: 'Bearer',
      expires_in: client.accessTokenLifetime,
      access_token: accessToken,
      scope: scope.join(' '),
      ...(idToken && { id_token: idToken }),
      ...(issue.refreshToken && { refresh_token: issue.refreshToken }),
      ...(project && { project: { reference: `Project/${project.id}`, display: project.name } }),
      ...(profile && { profile }),
    };
  }
}

function authenticationOf({ authTime, amr }: Login): Authentication {
  return { time: authTime, acr: acrOf(amr), amr };
}

function profileOf({ membership, user, client }: Omit<LiveLogin, 'login'>): Reference | undefined {
  if (!membership) return undefined;
  const display = user ? `${user.givenName} ${user.familyName}` : client.name;
  return { reference: `${membership.profileType}/${membership.profileId}`, display };
}
