import { Controller, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuditService } from '../../audit/audit.service.js';
import { Access } from '../../authentication/access.decorator.js';
import { OnBehalfOf } from '../../authentication/on-behalf-of.decorator.js';
import { anonymousActor } from '../../kernel/actor.js';
import { Db } from '../../kernel/db.js';
import { RequestContexts } from '../../kernel/request-context.js';
import { idsOf, LoginsService } from '../../logins/logins.service.js';
import { ClientAuthenticationService } from '../client-auth/client-authentication.service.js';
import { needsAuthentication } from '../grants/client-rules.js';
import { OAuthError } from '../oauth.errors.js';
import { noStore, OAuthErrorFilter } from '../oauth-error.filter.js';
import { readForm } from '../parameters.js';
import { PresentedTokens } from '../presented-tokens.js';

/**
 * `POST /oauth2/revoke` (RFC 7009). Revoking any token of a login ends the login: its refresh family and all its
 * access tokens. Unknown tokens are answered with 200 too (section 2.2).
 */
@OnBehalfOf('ignored')
@Controller('oauth2')
@UseFilters(OAuthErrorFilter)
export class RevokeEndpoint {
  constructor(
    private readonly clientAuthentication: ClientAuthenticationService,
    private readonly tokens: PresentedTokens,
    private readonly logins: LoginsService,
    private readonly db: Db,
    private readonly contexts: RequestContexts,
    private readonly audit: AuditService,
  ) {}

  @Post('revoke')
  @HttpCode(200)
  @Access('public')
  async revoke(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { authorization, 'content-type': contentType } = request.headers;
    const parameters = readForm(contentType, request.body);
    const actor = anonymousActor(this.contexts.of(request));
    const found = await this.clientAuthentication.authenticateOnce({ authorization, parameters }, actor);
    if (!found) throw new OAuthError('invalid_client', 'Missing client_id');
    // A client that does nothing without its secret does not revoke without it either (RFC 7009 section 2.1).
    const { grantTypes } = found.client;
    if (!found.authenticated && grantTypes.every((grant) => needsAuthentication(found.client, grant)))
      throw new OAuthError('invalid_client', 'This client must authenticate to revoke');
    const token = parameters.get('token');
    if (token === undefined) throw new OAuthError('invalid_request', 'Missing token');
    const presented = await this.tokens.findToRevoke(token);
    if (presented) {
      const { login } = presented.live;
      const byClient = { ...actor, clientId: found.client.id, kind: 'client' as const };
      const event = {
        type: 'token.revoked',
        actor: byClient,
        projectId: login.projectId,
        ...idsOf(login),
      } as const;
      if (login.clientId !== found.client.id) {
        await this.audit.refuse({ ...event, clientId: found.client.id });
        throw new OAuthError('unauthorized_client', 'This token belongs to another client');
      }
      await this.db.tx(async (tx) => {
        const ended = await this.logins.revoke(tx, byClient, login.id, 'token-revoked');
        if (ended) this.audit.record(tx, event);
      });
    }
    reply.headers(noStore).send({});
  }
}
