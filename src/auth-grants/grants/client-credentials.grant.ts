import { Injectable } from '@nestjs/common';
import { LivenessService } from '../../authentication/liveness.service.js';
import { Clock } from '../../kernel/clock.js';
import type { Sink } from '../../kernel/tx.js';
import { LoginsService } from '../../logins/logins.service.js';
import { MembershipsService } from '../../memberships/memberships.service.js';
import { OAuthError } from '../oauth.errors.js';
import { readScopes } from '../scopes.js';
import type { GatheredGrant, GrantRequest, Issue } from './grant.types.js';

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
  ) {}

  async execute(sink: Sink, { actor, client, parameters }: GrantRequest): Promise<Issue> {
    const membership = await this.memberships.findForClient(client.id);
    const parts = membership && {
      clientId: client.id,
      projectId: membership.projectId,
      membershipId: membership.id,
      userId: null,
    };
    if (!parts || !(await this.liveness.ofParts(parts)))
      throw new OAuthError('invalid_client', 'Invalid client');
    // Scopes about an end user mean nothing here; asking for them is tolerated, granting them would be a lie.
    const requested = readScopes(parameters.get('scope') ?? client.defaultScope.join(' '));
    const login = this.logins.startOfClient(sink, actor, {
      ...parts,
      sessionId: null,
      method: 'client',
      vouchedBy: 'client',
      reach: 'full',
      scope: '',
      requestedScope: requested.join(' '),
      authTime: this.clock.date(),
      amr: [],
      life: client.accessTokenLifetime * 1000,
    });
    return {
      kind: 'issue',
      login,
      scope: [],
      refreshToken: undefined,
      idToken: undefined,
      audit: 'token.issued',
    };
  }
}
