import { Controller, Get, HttpCode, Inject, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../../authentication/access.decorator.js';
import { bearerToken } from '../../authentication/access.guard.js';
import { BearerService } from '../../authentication/bearer.service.js';
import { OnBehalfOf } from '../../authentication/on-behalf-of.decorator.js';
import { Config } from '../../kernel/config.js';
import { allOk } from '../../kernel/operation-outcome.js';
import { RequestContexts } from '../../kernel/request-context.js';
import { Sealer } from '../../kernel/secrets.js';
import { LogoutService } from '../logout/logout.service.js';
import { sealLogoutRequest } from '../logout/logout-request.js';
import { LogoutRequestsService } from '../logout/logout-requests.service.js';
import { OAuthError } from '../oauth.errors.js';
import { noStore, OAuthErrorFilter } from '../oauth-error.filter.js';
import { PAGE_RENDERER, type PageRenderer, sendRefusalPage } from '../page-renderer.js';
import { type Parameters, readForm, readParameters } from '../parameters.js';

/**
 * `/oauth2/logout`, one path with two meanings (rulings 9). With a Bearer token it ends the login of that token and the
 * browser session that it came from. Without one, GET and a form POST are OIDC RP-Initiated Logout: the parameters are
 * judged here, the session on a page of ours, because this path may be called from other origins and so reads no cookie.
 */
@OnBehalfOf('ignored')
@Controller('oauth2')
@UseFilters(OAuthErrorFilter)
export class LogoutEndpoint {
  constructor(
    private readonly bearer: BearerService,
    private readonly logout: LogoutService,
    private readonly requests: LogoutRequestsService,
    private readonly sealer: Sealer,
    private readonly contexts: RequestContexts,
    private readonly config: Config,
    @Inject(PAGE_RENDERER) private readonly pages: PageRenderer,
  ) {}

  @Get('logout')
  @Access('public')
  async get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (hasBearer(request)) return this.endLogin(request, reply);
    return this.begin(request, reply, () => readParameters(request.query));
  }

  @Post('logout')
  @HttpCode(200)
  @Access('public')
  async post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const contentType = request.headers['content-type'];
    // Only a form can have come from a page that sends its person here; everything else is an API call.
    if (hasBearer(request) || !/^application\/x-www-form-urlencoded\b/i.test(contentType ?? ''))
      return this.endLogin(request, reply);
    return this.begin(request, reply, () => readForm(contentType, request.body));
  }

  /** @throws OAuthError `invalid_token` (401) for a token that is missing, unknown, over or ended before. */
  private async endLogin(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const token = bearerToken(request.headers.authorization);
    const found = token === undefined ? undefined : await this.bearer.find(token);
    if (!found) {
      const challenge = `Bearer realm="carekey"${hasBearer(request) ? ', error="invalid_token"' : ''}`;
      throw new OAuthError('invalid_token', 'Signing out here needs a live access token', { challenge });
    }
    await this.logout.endOfToken(found.live, this.contexts.of(request));
    reply.headers(noStore).send(allOk);
  }

  private async begin(request: FastifyRequest, reply: FastifyReply, parse: () => Parameters): Promise<void> {
    const judged = await this.judge(parse);
    if ('refusal' in judged) {
      sendRefusalPage(this.pages, reply, judged.refusal, this.contexts.of(request).requestId);
      return;
    }
    const query = new URLSearchParams({ request: sealLogoutRequest(this.sealer, judged.request) });
    // 303, so that what a foreign page posted arrives as a GET, with the Lax cookie (F53).
    reply
      .status(303)
      .headers({ ...noStore, location: `${this.config.url('logout')}?${query}` })
      .send();
  }

  private async judge(parse: () => Parameters) {
    try {
      return await this.requests.read(parse());
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return { refusal: { title: 'This request is not valid', explanation: `${error.message}.` } };
    }
  }
}

function hasBearer({ headers }: FastifyRequest): boolean {
  return /^bearer\b/i.test(headers.authorization ?? '');
}
