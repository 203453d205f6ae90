import { Controller, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../../authentication/access.decorator.js';
import { OnBehalfOf } from '../../authentication/on-behalf-of.decorator.js';
import { anonymousActor } from '../../kernel/actor.js';
import { RequestContexts } from '../../kernel/request-context.js';
import { ClientAuthenticationService } from '../client-auth/client-authentication.service.js';
import { OAuthError } from '../oauth.errors.js';
import { noStore, OAuthErrorFilter } from '../oauth-error.filter.js';
import { readForm } from '../parameters.js';
import { PresentedTokens } from '../presented-tokens.js';

/**
 * `POST /oauth2/introspect` (RFC 7662): for clients that authenticate, about tokens of their own project only. Any
 * other token is `{"active":false}`, whatever it is (IN-02, IN-03).
 */
@OnBehalfOf('ignored')
@Controller('oauth2')
@UseFilters(OAuthErrorFilter)
export class IntrospectEndpoint {
  constructor(
    private readonly clientAuthentication: ClientAuthenticationService,
    private readonly tokens: PresentedTokens,
    private readonly contexts: RequestContexts,
  ) {}

  @Post('introspect')
  @HttpCode(200)
  @Access('public')
  async introspect(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { authorization, 'content-type': contentType } = request.headers;
    const parameters = readForm(contentType, request.body);
    const actor = anonymousActor(this.contexts.of(request));
    const found = await this.clientAuthentication.authenticateOnce({ authorization, parameters }, actor);
    if (!found?.authenticated)
      throw new OAuthError('invalid_client', 'Introspection needs client authentication');
    const token = parameters.get('token');
    if (token === undefined) throw new OAuthError('invalid_request', 'Missing token');
    const presented = await this.tokens.find(token);
    const visible = presented && presented.live.login.projectId === found.client.projectId;
    reply.headers(noStore).send(visible ? { active: true, ...presented.introspection } : { active: false });
  }
}
