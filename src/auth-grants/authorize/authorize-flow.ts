import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../../kernel/config.js';
import { BrowserCookies } from '../../kernel/cookies.js';
import { RequestContexts } from '../../kernel/request-context.js';
import { newSecret } from '../../kernel/secrets.js';
import type { KeptParameters } from '../../logins/authorization-request.entity.js';
import { AuthorizationRequestsService } from '../../logins/authorization-requests.service.js';
import type { OAuthErrorCode } from '../oauth.errors.js';
import type { AuthorizeContext } from './authorize.types.js';
import type { NextInteraction } from './interaction.types.js';
import { InteractionsService } from './interactions.service.js';

/** The page on which each interaction goes on. */
const pageOf: Readonly<Record<NextInteraction['kind'], string>> = {
  'sign-in': 'signin',
  'select-account': 'select-account',
  'choose-membership': 'choose-profile',
  'second-factor': 'signin/factor',
  'enrol-factor': 'signin/enrol',
  consent: 'consent',
  redirect: 'signin',
  gone: 'signin',
};

/** Where a browser goes next. */
export interface NextStop {
  readonly location: string;
  /** What it tells the app, if it is an error. */
  readonly error?: OAuthErrorCode | undefined;
}

/** Takes a request that passed every check, and says where the browser goes next: to a page, or back to the app. */
@Injectable()
export class AuthorizeFlow {
  constructor(
    private readonly requests: AuthorizationRequestsService,
    private readonly interactions: InteractionsService,
    private readonly cookies: BrowserCookies,
    private readonly contexts: RequestContexts,
    private readonly config: Config,
  ) {}

  async begin(context: AuthorizeContext, request: FastifyRequest, reply: FastifyReply): Promise<NextStop> {
    const known = this.cookies.browser(request);
    const browser = known ?? newSecret();
    if (!known) this.cookies.setBrowser(reply, browser);
    const client = context.client!;
    const begun = this.requests.make({
      clientId: client.id,
      projectId: client.projectId,
      parameters: kept(context),
      browser,
    });
    const { handle } = begun;
    const session = this.cookies.session(request);
    const step = { handle, browser, session, request: this.contexts.of(request) };
    const next = await this.interactions.begin(step, begun);
    if (next.kind === 'redirect') return next;
    return { location: `${this.config.url(pageOf[next.kind])}?request=${handle}` };
  }
}

/** At most so many characters, none of them cut in two. */
function beginning(text: string, length: number): string {
  return [...text].slice(0, length).join('');
}

function kept({
  parameters,
  redirectUri,
  scope,
  codeChallenge,
  prompt,
  maxAge,
  hintedUser,
  claims,
  twoFactors,
}: AuthorizeContext): KeptParameters {
  const state = parameters.get('state');
  const nonce = parameters.get('nonce');
  const loginHint = parameters.get('login_hint');
  const uiLocales = parameters.get('ui_locales');
  return {
    redirectUri: redirectUri!,
    scope: scope!,
    ...(state !== undefined && { state }),
    ...(nonce !== undefined && { nonce }),
    ...(codeChallenge !== undefined && { codeChallenge }),
    ...(loginHint !== undefined && { loginHint: beginning(loginHint, 254) }),
    ...(uiLocales !== undefined && { uiLocales: beginning(uiLocales, 200) }),
    ...(hintedUser !== undefined && { hintedUser }),
    ...(claims !== undefined && { claims }),
    ...(twoFactors !== undefined && { twoFactors }),
    ...(prompt?.has('none') && { silent: true }),
    ...(prompt?.has('login') && { freshLogin: true }),
    ...(prompt?.has('consent') && { freshConsent: true }),
    ...(prompt?.has('select_account') && { selectAccount: true }),
    ...(maxAge !== undefined && { maxAge }),
  };
}
