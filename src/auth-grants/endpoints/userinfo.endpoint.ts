import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../../authentication/access.decorator.js';
import { bearerToken } from '../../authentication/access.guard.js';
import { AddressRulesService } from '../../authentication/address-rules.service.js';
import { BasicService } from '../../authentication/basic.service.js';
import { BearerService } from '../../authentication/bearer.service.js';
import { OnBehalfOf } from '../../authentication/on-behalf-of.decorator.js';
import { basicChallenge, bearerChallenge, usesBasic } from '../../kernel/challenges.js';
import { RequestContexts } from '../../kernel/request-context.js';
import { OAuthError } from '../oauth.errors.js';
import { noStore, OAuthErrorFilter } from '../oauth-error.filter.js';
import { readForm } from '../parameters.js';
import { userClaims } from '../user-claims.js';

const invalidToken = (challenge: string) =>
  new OAuthError('invalid_token', 'The access token is not valid: it is unknown, expired or revoked', {
    challenge,
  });

const noPerson = () =>
  new OAuthError('insufficient_scope', 'This needs an access token of a person with the scope openid', {
    challenge: `${bearerChallenge}, error="insufficient_scope", scope="openid"`,
  });

/**
 * `GET` and `POST /oauth2/userinfo` (OIDC Core section 5.3). The token comes in the header or, by POST, in the form. A client
 * that calls for itself, by token or by secret, is told that there is no person behind it.
 */
@OnBehalfOf('ignored')
@Controller('oauth2')
@UseFilters(OAuthErrorFilter)
export class UserinfoEndpoint {
  constructor(
    private readonly bearer: BearerService,
    private readonly addresses: AddressRulesService,
    private readonly basic: BasicService,
    private readonly contexts: RequestContexts,
  ) {}

  @Get('userinfo')
  @Access('public')
  get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer(bearerToken(request.headers.authorization), request, reply);
  }

  @Post('userinfo')
  @HttpCode(200)
  @Access('public')
  post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { authorization, 'content-type': contentType } = request.headers;
    if (authorization !== undefined || contentType === undefined) {
      return this.answer(bearerToken(authorization), request, reply);
    }
    return this.answer(readForm(contentType, request.body).get('access_token'), request, reply);
  }

  private async answer(
    token: string | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const { authorization } = request.headers;
    // No error code when nothing was presented (RFC 6750 section 3.1).
    if (token === undefined && authorization === undefined) throw invalidToken(bearerChallenge);
    if (usesBasic(authorization)) {
      const caller = await this.basic.caller(authorization, this.contexts.of(request));
      if (caller) throw noPerson();
      throw new OAuthError('invalid_client', 'Invalid client', { challenge: basicChallenge });
    }
    const found = token === undefined ? undefined : await this.bearer.find(token);
    if (!found) throw invalidToken(`${bearerChallenge}, error="invalid_token"`);
    const { claims, live } = found;
    if (!(await this.addresses.allow(live.login, this.contexts.of(request).ip)))
      throw new OAuthError('access_denied', 'IP address not allowed');
    const scope = claims.scope.split(' ');
    if (!live.user || !scope.includes('openid')) throw noPerson();
    const person = userClaims(live.user, claims.profile, scope, live.login.claims?.userinfo);
    reply.headers(noStore).send({ sub: live.user.id, ...person });
  }
}
