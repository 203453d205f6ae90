import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { LivenessService } from '../../authentication/liveness.service.js';
import type { Client } from '../../clients/clients.service.js';
import { Db } from '../../kernel/db.js';
import type { ClientId } from '../../kernel/ids.js';
import { presentedSecret } from '../../kernel/secrets.js';
import type { Tx } from '../../kernel/tx.js';
import { type CodeBinding, CodesService } from '../../logins/codes.service.js';
import { idsOf, LoginsService } from '../../logins/logins.service.js';
import { RefreshFamiliesService } from '../../tokens/refresh-families.service.js';
import { OAuthError } from '../oauth.errors.js';
import type { Parameters } from '../parameters.js';
import { verifierFits } from '../pkce.js';
import { isOffline } from '../scopes.js';
import { needsAuthentication } from './client-rules.js';
import type { GrantOutcome, GrantRequest, TransactionalGrant } from './grant.types.js';

const invalidGrant = () =>
  new OAuthError('invalid_grant', 'The code is not valid: it is unknown, expired or was used');

/** RFC 6749 section 4.1.3 with PKCE (RFC 7636): redeems an authorization code, once. */
@Injectable()
export class AuthorizationCodeGrant implements TransactionalGrant {
  readonly grantType = 'authorization_code';
  readonly parameters = ['code', 'redirect_uri', 'code_verifier'];
  readonly publicClients = true;
  readonly gathered = false;

  constructor(
    private readonly db: Db,
    private readonly codes: CodesService,
    private readonly logins: LoginsService,
    private readonly liveness: LivenessService,
    private readonly families: RefreshFamiliesService,
    private readonly audit: AuditService,
  ) {}

  /** A PKCE-bound code says whose it is (rulings 6). */
  async impliedClient(parameters: Parameters): Promise<ClientId | undefined> {
    const code = parameters.get('code');
    const binding = code ? await this.db.read((tx) => this.codes.peek(tx, presentedSecret(code))) : undefined;
    return binding?.codeChallenge ? binding.clientId : undefined;
  }

  async execute(tx: Tx, request: GrantRequest): Promise<GrantOutcome> {
    const { client, authenticated, parameters, actor } = request;
    const code = parameters.get('code');
    if (code === undefined) throw new OAuthError('invalid_request', 'Missing code');
    const result = await this.codes.redeem(tx, presentedSecret(code), (binding) =>
      this.fits(binding, request),
    );
    if (result.kind === 'refused') throw invalidGrant();
    if (result.kind === 'replayed') {
      const login = await this.logins.read(tx, result.loginId);
      await this.logins.revoke(tx, actor, result.loginId, 'code-replayed');
      this.audit.recordRefusal(tx, {
        type: 'code.replayed',
        actor,
        projectId: login?.projectId ?? null,
        ...(login && idsOf(login)),
      });
      return { kind: 'refuse', error: invalidGrant() };
    }
    const login = await this.logins.read(tx, result.code.loginId);
    if (!login || login.revokedAt || !(await this.liveness.ofParts(login))) throw invalidGrant();
    const scope = login.scope.split(' ').filter(Boolean);
    const refreshToken = isOffline(scope)
      ? this.families.open(
          tx,
          { loginId: login.id, clientId: client.id, projectId: login.projectId, authenticated },
          client.refreshTokenLifetime,
        )
      : undefined;
    return {
      kind: 'issue',
      login,
      scope,
      refreshToken,
      idToken:
        scope.includes('openid') && login.userId ? { nonce: result.code.nonce ?? undefined } : undefined,
      audit: 'token.issued',
    };
  }

  private fits(binding: CodeBinding, { client, authenticated, parameters }: GrantRequest): boolean {
    if (binding.clientId !== client.id) return false;
    if (!this.fitsRedirectUri(binding, client, parameters.get('redirect_uri'))) return false;
    return this.fitsPkce(binding, client, authenticated, parameters.get('code_verifier'));
  }

  /**
   * The authorized address again; or, from a client that need not authenticate, its origin and a slash, which is what
   * the platform's SDK sends on its return (rulings 5, F2). A code from a JSON body has no address.
   */
  private fitsRedirectUri(binding: CodeBinding, client: Client, presented: string | undefined): boolean {
    if (binding.redirectUri === null) return true;
    if (presented === binding.redirectUri) return true;
    if (needsAuthentication(client, this.grantType) || !binding.codeChallenge || !presented) return false;
    return URL.canParse(binding.redirectUri) && presented === `${new URL(binding.redirectUri).origin}/`;
  }

  /** A stored challenge needs its verifier; a verifier without a stored challenge is a downgrade (RFC 9700 4.8.2). */
  private fitsPkce(
    binding: CodeBinding,
    client: Client,
    authenticated: boolean,
    verifier: string | undefined,
  ): boolean {
    if (binding.codeChallenge) return verifier !== undefined && verifierFits(verifier, binding.codeChallenge);
    return verifier === undefined && client.pkceOptional && authenticated;
  }
}
