import { Injectable } from '@nestjs/common';
import { decodeProtectedHeader } from 'jose';
import type { RequestContext } from '../kernel/actor.js';
import { RightsCache } from '../kernel/cache.js';
import { Clock } from '../kernel/clock.js';
import { Notices } from '../kernel/notices.js';
import { digest } from '../kernel/secrets.js';
import { KeysService } from '../keys/keys.service.js';
import type { AccessTokenClaims } from '../tokens/tokens.service.js';
import { BearerStrategy } from './bearer.strategy.js';
import type { Caller } from './caller.js';
import { CallersService } from './callers.service.js';
import { type LiveLogin, LivenessService } from './liveness.service.js';

/** Clocks of nodes may differ by this much, in seconds. */
const skew = 60;

/** A verified token with everything that it stands on. */
export interface LiveToken {
  readonly claims: AccessTokenClaims;
  readonly live: LiveLogin;
}

interface VerifiedToken {
  readonly claims: AccessTokenClaims;
  readonly kid: string;
}

/**
 * Says who a bearer token belongs to. A verified token is remembered by the hash of its whole text until it expires
 * (F80); whether it is still alive is asked every time (rulings 29).
 */
@Injectable()
export class BearerService {
  private readonly verified: RightsCache<VerifiedToken>;

  constructor(
    private readonly strategy: BearerStrategy,
    private readonly keys: KeysService,
    private readonly liveness: LivenessService,
    private readonly callers: CallersService,
    private readonly clock: Clock,
    notices: Notices,
  ) {
    this.verified = new RightsCache(notices, 'access-token', { max: 20_000 });
  }

  /** The token's claims and standing, or `undefined` for anything but a live access token of ours. */
  async find(token: string): Promise<LiveToken | undefined> {
    const key = digest(token).toString('base64');
    const verified = await this.verified.get(key, () => this.verify(token));
    // A key that was revoked in an emergency takes its tokens with it, remembered or not.
    if (!verified || !(await this.keys.verificationKey(verified.kid))) return undefined;
    const { claims } = verified;
    const now = this.clock.seconds();
    if (claims.exp <= now || claims.nbf > now + skew) return undefined;
    const live = await this.liveness.ofLogin(claims.login_id);
    if (!live || live.login.clientId !== claims.client_id) return undefined;
    return { claims, live };
  }

  /** Who is calling with this token, or `undefined`. */
  async caller(token: string, request: RequestContext): Promise<Caller | undefined> {
    const found = await this.find(token);
    if (!found) return undefined;
    const { login, ...standing } = found.live;
    return this.callers.of({ ...login, login, scope: found.claims.scope }, standing, request);
  }

  /** Runs the passport strategy for one token, as passport itself would. */
  private verify(token: string): Promise<VerifiedToken | undefined> {
    return new Promise((resolve) => {
      const run = Object.assign(Object.create(this.strategy) as BearerStrategy, {
        success: (claims: AccessTokenClaims) =>
          resolve({ claims, kid: decodeProtectedHeader(token).kid ?? '' }),
        fail: () => resolve(undefined),
        error: () => resolve(undefined),
      });
      run.authenticate({ headers: { authorization: `Bearer ${token}` } } as never, {});
    });
  }
}
