import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { LivenessService } from '../../authentication/liveness.service.js';
import { Config } from '../../kernel/config.js';
import { Db } from '../../kernel/db.js';
import type { ClientId } from '../../kernel/ids.js';
import { Quotas } from '../../kernel/quotas.js';
import type { RateLimitState } from '../../kernel/rate-limit.js';
import { presentedSecret } from '../../kernel/secrets.js';
import type { Tx } from '../../kernel/tx.js';
import { idsOf, LoginsService } from '../../logins/logins.service.js';
import { type FamilyOwner, RefreshFamiliesService } from '../../tokens/refresh-families.service.js';
import { OAuthError } from '../oauth.errors.js';
import type { Parameters } from '../parameters.js';
import { needsAuthentication } from './client-rules.js';
import type { GrantOutcome, GrantRequest, TransactionalGrant } from './grant.types.js';

const invalidGrant = () =>
  new OAuthError(
    'invalid_grant',
    'The refresh token is not valid: it is unknown, expired, revoked or was replaced',
  );

/** RFC 6749 section 6 with rotation and reuse detection (RFC 9700 section 4.14.2). */
@Injectable()
export class RefreshTokenGrant implements TransactionalGrant {
  readonly grantType = 'refresh_token';
  readonly parameters = ['refresh_token', 'scope'];
  readonly publicClients = true;
  readonly gathered = false;

  constructor(
    private readonly db: Db,
    private readonly families: RefreshFamiliesService,
    private readonly logins: LoginsService,
    private readonly liveness: LivenessService,
    private readonly audit: AuditService,
    private readonly quotas: Quotas,
    private readonly config: Config,
  ) {}

  /** A refresh token says whose it is (rulings 6). */
  async impliedClient(parameters: Parameters): Promise<ClientId | undefined> {
    const token = parameters.get('refresh_token');
    const found = token && (await this.db.read((tx) => this.families.owner(tx, presentedSecret(token))));
    return found ? found.owner.clientId : undefined;
  }

  /** A family that refreshes without end is an app gone wrong: it gets told when to come back (rulings 2, F19). */
  async admit({ parameters }: GrantRequest): Promise<RateLimitState | undefined> {
    const token = parameters.get('refresh_token');
    const family = token && this.families.familyOf(presentedSecret(token));
    if (!family) return undefined;
    const state = await this.quotas.take('tokens', family, this.config.settings.CAREKEY_RATE_LIMIT_TOKENS);
    if (state.allowed) return state;
    throw new OAuthError('temporarily_unavailable', 'Too many refreshes. Wait a minute', {
      status: 429,
      retryAfter: 60,
    });
  }

  async execute(tx: Tx, request: GrantRequest): Promise<GrantOutcome> {
    const { client, parameters, actor } = request;
    const token = parameters.get('refresh_token');
    if (token === undefined) throw new OAuthError('invalid_request', 'Missing refresh_token');
    const rotation = await this.families.rotate(
      tx,
      presentedSecret(token),
      client.refreshTokenLifetime,
      (owner) => this.mayUse(owner, request),
    );
    if (rotation.kind === 'refused') throw invalidGrant();
    if (rotation.kind === 'replayed') {
      const login = await this.logins.read(tx, rotation.owner.loginId);
      await this.logins.revoke(tx, actor, rotation.owner.loginId, 'refresh-token-replayed');
      this.audit.recordRefusal(tx, {
        type: 'token.replayed',
        actor,
        projectId: rotation.owner.projectId,
        ...(login && idsOf(login)),
      });
      return { kind: 'refuse', error: invalidGrant() };
    }
    const live = await this.liveness.ofLogin(rotation.owner.loginId);
    if (!live) throw invalidGrant();
    const granted = live.login.scope.split(' ').filter(Boolean);
    const scope = narrowed(granted, parameters.get('scope'));
    return {
      kind: 'issue',
      login: live.login,
      scope,
      refreshToken: rotation.token,
      idToken: scope.includes('openid') && live.login.userId ? { nonce: undefined } : undefined,
      audit: rotation.kind === 'rotated' ? 'token.refreshed' : 'token.grace-used',
    };
  }

  private mayUse(owner: FamilyOwner, { client, authenticated }: GrantRequest): boolean {
    if (owner.clientId !== client.id) return false;
    return authenticated || !(owner.authenticated || needsAuthentication(client, this.grantType));
  }
}

/** The same scopes or fewer, never more (RFC 6749 section 6). Narrowing holds for this answer only. */
function narrowed(granted: readonly string[], requested: string | undefined): readonly string[] {
  if (requested === undefined) return granted;
  const asked = new Set(requested.split(' ').filter(Boolean));
  if ([...asked].some((scope) => !granted.includes(scope))) {
    throw new OAuthError('invalid_scope', 'A refresh cannot ask for more than was granted');
  }
  return granted.filter((scope) => asked.has(scope));
}
