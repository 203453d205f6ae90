import { Controller, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuditService } from '../../audit/audit.service.js';
import { Access } from '../../authentication/access.decorator.js';
import { AddressRulesService } from '../../authentication/address-rules.service.js';
import { OnBehalfOf } from '../../authentication/on-behalf-of.decorator.js';
import { anonymousActor } from '../../kernel/actor.js';
import { Db } from '../../kernel/db.js';
import { withLimit } from '../../kernel/rate-limit.js';
import { RequestContexts } from '../../kernel/request-context.js';
import type { Sink } from '../../kernel/tx.js';
import { idsOf } from '../../logins/logins.service.js';
import { ClientAuthenticationService } from '../client-auth/client-authentication.service.js';
import type { Grant, GrantOutcome, GrantRequest, Issue } from '../grants/grant.types.js';
import { OAuthError } from '../oauth.errors.js';
import { noStore, OAuthErrorFilter } from '../oauth-error.filter.js';
import { TokenRequests } from '../token-request.js';
import { TokenResponse, type TokenResponseBody } from '../token-response.js';

/** `POST /oauth2/token` (RFC 6749 section 3.2). */
@OnBehalfOf('ignored')
@Controller('oauth2')
@UseFilters(OAuthErrorFilter)
export class TokenEndpoint {
  constructor(
    private readonly db: Db,
    private readonly clientAuthentication: ClientAuthenticationService,
    private readonly requests: TokenRequests,
    private readonly response: TokenResponse,
    private readonly contexts: RequestContexts,
    private readonly audit: AuditService,
    private readonly addresses: AddressRulesService,
  ) {}

  @Post('token')
  @HttpCode(200)
  @Access('public')
  async token(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const actor = anonymousActor(this.contexts.of(request));
    const { grant, grantRequest } = await this.requests.read(request, actor);
    const body = await this.run(grant, grantRequest, reply).catch((error: unknown) => {
      if (error instanceof OAuthError && error.status < 500)
        return this.requests.refuse(grant, grantRequest, error);
      throw error;
    });
    if (body instanceof OAuthError) throw body;
    reply.headers(noStore).send(body);
  }

  private async run(
    grant: Grant,
    request: GrantRequest,
    reply: FastifyReply,
  ): Promise<TokenResponseBody | OAuthError> {
    const left = await grant.admit?.(request);
    if (left && Number.isFinite(left.remaining))
      reply.header('ratelimit', withLimit(reply.getHeader('ratelimit'), left));
    // An assertion commits or rolls back with its own request, never with those of others (docs/decisions/110).
    if (grant.gathered && !request.assertion) {
      return this.db.gathered(async (sink) =>
        this.issue(sink, request, grant, await grant.execute(sink, request)),
      );
    }
    return this.db.tx(async (tx) => {
      await this.clientAuthentication.useUp(tx, request.assertion);
      const outcome: GrantOutcome = await grant.execute(tx, request);
      return outcome.kind === 'refuse' ? outcome.error : this.issue(tx, request, grant, outcome);
    });
  }

  private async issue(
    sink: Sink,
    request: GrantRequest,
    grant: Grant,
    issue: Issue,
  ): Promise<TokenResponseBody> {
    // Whichever grant it is, first token or refresh: thrown, so that the code or refresh token stays unused.
    if (!(await this.addresses.allow(issue.login, request.actor.request.ip)))
      throw new OAuthError('invalid_request', 'IP address not allowed');
    const body = await this.response.build(issue);
    this.audit.record(sink, {
      type: issue.audit,
      actor: { ...request.actor, kind: issue.login.userId ? 'user' : 'client' },
      projectId: issue.login.projectId,
      ...idsOf(issue.login),
      detail: { grant: grant.grantType, scope: body.scope, clientAuth: request.method },
    });
    return body;
  }
}
