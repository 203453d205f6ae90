import { Injectable } from '@nestjs/common';
import { LivenessService } from '../../authentication/liveness.service.js';
import { TrafficQuotasService } from '../../authentication/traffic-quotas.service.js';
import type { Client } from '../../clients/clients.service.js';
import { Clock } from '../../kernel/clock.js';
import type { RateLimitState } from '../../kernel/rate-limit.js';
import type { Sink } from '../../kernel/tx.js';
import { LoginsService } from '../../logins/logins.service.js';
import { MembershipsService } from '../../memberships/memberships.service.js';
import { scopeNotAllowed } from '../../smart/client-scopes.js';
import { isSmartScope } from '../../smart/smart-scope.js';
import { OAuthError } from '../oauth.errors.js';
import { invalid, readScopes } from '../scopes.js';
import type { GatheredGrant, GrantRequest, Issue } from './grant.types.js';

/** Seconds that a token of a backend service lives (SMART App Launch 2.2, "Backend services": at most five minutes). */
const backendLifetime = 300;

/** RFC 6749 section 4.4: a server or device acts as itself. No refresh token, no id_token. */
@Injectable()
export class ClientCredentialsGrant implements GatheredGrant {
  readonly grantType = 'client_credentials';
  readonly parameters = ['scope'];
  readonly publicClients = false;
  readonly gathered = true;

  constructor(
    private readonly memberships: MembershipsService,
    private readonly liveness: LivenessService,
    private readonly logins: LoginsService,
    private readonly clock: Clock,
    private readonly traffic: TrafficQuotasService,
  ) {}

  /** A client that gets itself a token for each call is told to keep the one that it has. */
  async admit({ client }: GrantRequest): Promise<RateLimitState> {
    const state = await this.traffic.takeToken(client);
    if (state.allowed) return state;
    throw new OAuthError('temporarily_unavailable', 'Too many tokens. Keep a token until it expires', {
      status: 429,
      retryAfter: Math.max(3, state.resetSeconds),
    });
  }

  async execute(sink: Sink, { actor, client, parameters, method }: GrantRequest): Promise<Issue> {
    const membership = await this.memberships.findForClient(client.id);
    const parts = membership && {
      clientId: client.id,
      projectId: membership.projectId,
      membershipId: membership.id,
      userId: null,
    };
    if (!parts || !(await this.liveness.ofParts(parts)))
      throw new OAuthError('invalid_client', 'Invalid client');
    const requested = readScopes(parameters.get('scope') ?? client.defaultScope.join(' '));
    const scope = scopesOfServer(requested, client, method);
    const lifetime = scope.length > 0 ? backendLifetime : client.accessTokenLifetime;
    const login = this.logins.startOfClient(sink, actor, {
      ...parts,
      sessionId: null,
      method: 'client',
      vouchedBy: 'client',
      reach: 'full',
      scope: scope.join(' '),
      requestedScope: requested.join(' '),
      authTime: this.clock.date(),
      amr: [],
      life: lifetime * 1000,
    });
    return {
      kind: 'issue',
      login,
      scope,
      lifetime,
      refreshToken: undefined,
      idToken: undefined,
      audit: 'token.issued',
    };
  }
}

/**
 * What a server is granted: of the scopes for FHIR resources the `system/` ones that its admin listed, and only when it
 * signed its request. Scopes about an end user mean nothing here; asking for them is tolerated, granting them would be a lie.
 */
function scopesOfServer(requested: readonly string[], client: Client, method: string): string[] {
  const smart = requested.filter(isSmartScope);
  const ofPeople = smart.find((scope) => !scope.startsWith('system/'));
  if (ofPeople !== undefined) throw invalid(ofPeople, 'is about a person, and there is none');
  if (smart.length > 0 && method !== 'private_key_jwt')
    throw new OAuthError('unauthorized_client', 'system/ scopes need a signed client assertion');
  const refused = scopeNotAllowed(smart, client.allowedScopes);
  if (refused !== undefined) throw invalid(refused, 'is not allowed to this client');
  return smart;
}
