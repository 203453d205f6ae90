import { Injectable } from '@nestjs/common';
import { BearerService, type LiveToken } from '../authentication/bearer.service.js';
import { type LiveLogin, LivenessService } from '../authentication/liveness.service.js';
import { Config } from '../kernel/config.js';
import { Db } from '../kernel/db.js';
import { presentedSecret } from '../kernel/secrets.js';
import { launchContext } from '../smart/launch-context.js';
import { RefreshFamiliesService } from '../tokens/refresh-families.service.js';

/** A live token that somebody presents to introspection or revocation. */
export interface PresentedToken {
  readonly live: LiveLogin;
  /** The members of RFC 7662 section 2.2, without `active`; times in seconds. */
  readonly introspection: Readonly<Record<string, unknown>>;
}

/** Finds out what a presented token is: access or refresh. `token_type_hint` is only a hint, and not needed. */
@Injectable()
export class PresentedTokens {
  constructor(
    private readonly bearer: BearerService,
    private readonly families: RefreshFamiliesService,
    private readonly liveness: LivenessService,
    private readonly db: Db,
    private readonly config: Config,
  ) {}

  /** The token with what it stands on, or `undefined` when it is not alive or not ours. */
  async find(token: string): Promise<PresentedToken | undefined> {
    return isJwt(token) ? this.accessToken(token) : this.refreshToken(token, 'newest');
  }

  /**
   * The same for one that shall be revoked: a refresh token that was replaced still names the family that goes on without
   * it, and whoever lost the answer to a refresh has no other.
   */
  async findToRevoke(token: string): Promise<PresentedToken | undefined> {
    return isJwt(token) ? this.accessToken(token) : this.refreshToken(token, 'any');
  }

  private async accessToken(token: string): Promise<PresentedToken | undefined> {
    const found = await this.bearer.find(token);
    if (!found) return undefined;
    return {
      live: found.live,
      introspection: { ...found.claims, ...contextOf(found.claims), token_type: 'Bearer' },
    };
  }

  private async refreshToken(
    token: string,
    generation: 'newest' | 'any',
  ): Promise<PresentedToken | undefined> {
    const found = await this.db.read((tx) => this.families.owner(tx, presentedSecret(token)));
    const counts = generation === 'newest' ? found?.usable : found?.alive;
    const live = found && counts ? await this.liveness.ofLogin(found.owner.loginId) : undefined;
    if (!found || !live) return undefined;
    const { login } = live;
    const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
    return {
      live,
      introspection: {
        iss: this.config.baseUrl,
        sub: login.userId ?? login.clientId,
        client_id: login.clientId,
        login_id: login.id,
        ...(login.projectId && { project: login.projectId }),
        scope: login.scope,
        iat: seconds(found.family.rotatedAt),
        exp: seconds(found.family.idleExpiresAt),
        token_type: 'refresh_token',
      },
    };
  }
}

/** A JWT has dots, a refresh token has none. */
function isJwt(token: string): boolean {
  return token.includes('.');
}

/** What SMART App Launch 2.2 ("Token introspection") adds: the patient in context, and who the person is. */
function contextOf({ scope, profile }: LiveToken['claims']): object {
  const words = scope.split(' ');
  const { patient } = launchContext(words, profile);
  return {
    ...(patient && { patient }),
    ...(profile && words.includes('fhirUser') && { fhirUser: profile }),
  };
}
