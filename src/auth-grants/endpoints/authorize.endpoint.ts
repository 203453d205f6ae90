import { Controller, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuditService } from '../../audit/audit.service.js';
import { Access } from '../../authentication/access.decorator.js';
import { OnBehalfOf } from '../../authentication/on-behalf-of.decorator.js';
import { anonymousActor } from '../../kernel/actor.js';
import { Config } from '../../kernel/config.js';
import { RequestContexts } from '../../kernel/request-context.js';
import { authorizationResponse } from '../authorize/authorization-response.js';
import type { AuthorizeContext, StepRefusal } from '../authorize/authorize.types.js';
import { AuthorizeFlow, type NextStop } from '../authorize/authorize-flow.js';
import { RedirectLoops } from '../authorize/redirect-loops.js';
import { AuthorizeSteps } from '../authorize/steps.js';
import { OAuthError } from '../oauth.errors.js';
import { PAGE_RENDERER, type PageRenderer, sendRefusalPage } from '../page-renderer.js';
import { readForm, readParameters } from '../parameters.js';

/** What browsers and proxies take in an address, in bytes: Node reads headers of 16 KiB in all. */
const maxQuery = 12_000;

/** `GET` and `POST /oauth2/authorize` (RFC 6749 section 3.1). Never readable from another origin. */
@OnBehalfOf('ignored')
@Controller('oauth2')
export class AuthorizeEndpoint {
  constructor(
    private readonly steps: AuthorizeSteps,
    private readonly flow: AuthorizeFlow,
    private readonly loops: RedirectLoops,
    private readonly audit: AuditService,
    private readonly contexts: RequestContexts,
    private readonly config: Config,
    @Inject(PAGE_RENDERER) private readonly pages: PageRenderer,
  ) {}

  @Get('authorize')
  @Access('public')
  async get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const context = await this.read(request, reply, () => readParameters(request.query));
    if (!context) return;
    const refusal = await this.steps.run(context);
    if (refusal) await this.refuse(request, reply, context, refusal);
    else await this.go(request, reply, context, await this.flow.begin(context, request, reply));
  }

  /**
   * A cross-site POST does not bring the session cookie along, so the same request comes back as a GET (F53).
   * The browser is sent by 303, never 307: nothing that was posted is posted again (RFC 9700 section 4.12).
   */
  @Post('authorize')
  @HttpCode(303)
  @Access('public')
  async post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const context = await this.read(request, reply, () =>
      readForm(request.headers['content-type'], request.body),
    );
    if (!context) return;
    const query = new URLSearchParams([...context.parameters]);
    if (query.toString().length > maxQuery) {
      return this.page(
        request,
        reply,
        'This request is not valid',
        'The app sent more than fits an address.',
      );
    }
    reply
      .status(303)
      .header('location', `${this.config.url('oauth2/authorize')}?${query}`)
      .send();
  }

  private async read(
    request: FastifyRequest,
    reply: FastifyReply,
    parse: () => AuthorizeContext['parameters'],
  ) {
    try {
      return { parameters: parse() } as AuthorizeContext;
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      await this.page(request, reply, 'This request is not valid', `${error.message}.`);
      return undefined;
    }
  }

  private async refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    context: AuthorizeContext,
    refusal: StepRefusal,
  ): Promise<void> {
    await this.audit.refuse({
      type: 'authorization.requested',
      actor: anonymousActor(this.contexts.of(request)),
      projectId: context.client?.projectId ?? null,
      ...(context.client && { clientId: context.client.id }),
      detail: { error: refusal.kind === 'page' ? refusal.title : refusal.error },
    });
    if (refusal.kind === 'page') {
      await this.page(request, reply, refusal.title, refusal.explanation);
      return;
    }
    const { error, description } = refusal;
    const answer = { error, error_description: description };
    const state = context.parameters.get('state');
    const location = authorizationResponse(context.redirectUri!, this.config.baseUrl, state, answer);
    await this.go(request, reply, context, { location, error });
  }

  /** On to a page or the app; an app that runs in circles is stopped. */
  private async go(
    request: FastifyRequest,
    reply: FastifyReply,
    context: AuthorizeContext,
    { location, error }: NextStop,
  ): Promise<void> {
    if (error && this.loops.turns(request, reply, context.client!.id, error)) {
      const explanation = `${context.client!.name} sent you here several times within seconds. Each time the answer was the same: ${error}.`;
      return this.page(request, reply, 'The app goes in circles', explanation);
    }
    reply.status(303).header('cache-control', 'no-store').header('location', location).send();
  }

  private async page(
    request: FastifyRequest,
    reply: FastifyReply,
    title: string,
    explanation: string,
  ): Promise<void> {
    sendRefusalPage(this.pages, reply, { title, explanation }, this.contexts.of(request).requestId);
  }
}
