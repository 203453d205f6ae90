import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../../kernel/config.js';
import { BrowserCookies } from '../../kernel/cookies.js';
import { Db } from '../../kernel/db.js';
import { RequestContexts } from '../../kernel/request-context.js';
import { newSecret } from '../../kernel/secrets.js';
import type { KeptParameters } from '../../logins/authorization-request.entity.js';
import { AuthorizationRequestsService } from '../../logins/authorization-requests.service.js';
import type { AuthorizeContext } from './authorize.types.js';
import type { NextInteraction } from './interaction.types.js';
import { InteractionsService } from './interactions.service.js';

/** The page on which each interaction goes on. */
const pageOf: Readonly<Record<NextInteraction['kind'], string>> = {
  'sign-in': 'signin',
  'choose-membership': 'choose-profile',
  consent: 'consent',
  redirect: 'signin',
  gone: 'signin',
};

/** Keeps a request that passed every check, and sends the browser to what comes next: a page, or back to the app. */
@Injectable()
export class AuthorizeFlow {
  constructor(
    private readonly db: Db,
    private readonly requests: AuthorizationRequestsService,
    private readonly interactions: InteractionsService,
    private readonly cookies: BrowserCookies,
    private readonly contexts: RequestContexts,
    private readonly config: Config,
  ) {}

  async begin(context: AuthorizeContext, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const known = this.cookies.browser(request);
    const browser = known ?? newSecret();
    if (!known) this.cookies.setBrowser(reply, browser);
    const client = context.client!;
    const handle = await this.db.tx((tx) =>
      this.requests.keep(tx, {
        clientId: client.id,
        projectId: client.projectId,
        parameters: kept(context),
        browser,
      }),
    );
    const next = await this.interactions.next({
      handle,
      browser,
      session: this.cookies.session(request),
      request: this.contexts.of(request),
    });
    const location =
      next.kind === 'redirect' ? next.location : `${this.config.url(pageOf[next.kind])}?request=${handle}`;
    reply.status(303).header('cache-control', 'no-store').header('location', location).send();
  }
}

function kept({
  parameters,
  redirectUri,
  scope,
  codeChallenge,
  prompt,
  maxAge,
}: AuthorizeContext): KeptParameters {
  const state = parameters.get('state');
  const nonce = parameters.get('nonce');
  const loginHint = parameters.get('login_hint');
  return {
    redirectUri: redirectUri!,
    scope: scope!,
    ...(state !== undefined && { state }),
    ...(nonce !== undefined && { nonce }),
    ...(codeChallenge !== undefined && { codeChallenge }),
    ...(loginHint !== undefined && { loginHint: loginHint.slice(0, 254) }),
    ...(prompt?.has('none') && { silent: true }),
    ...(prompt?.has('login') && { freshLogin: true }),
    ...(prompt?.has('consent') && { freshConsent: true }),
    ...(prompt?.has('select_account') && { selectAccount: true }),
    ...(maxAge !== undefined && { maxAge }),
  };
}
