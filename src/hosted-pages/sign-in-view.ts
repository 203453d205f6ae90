import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AskingClient, SignInNotice } from '../auth-grants/authorize/interaction.types.js';
import type { RequestContext } from '../kernel/actor.js';
import { Config } from '../kernel/config.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { tooMany } from '../kernel/errors.js';
import type { ProjectId } from '../kernel/ids.js';
import { Quotas } from '../kernel/quotas.js';
import { RequestContexts } from '../kernel/request-context.js';
import type { Secret } from '../kernel/secrets.js';
import { SessionsService } from '../logins/sessions.service.js';
import { pageAssets } from './page-assets.js';
import { PageForms } from './page-forms.js';
import { Pages } from './pages.js';
import { fill, waitInWords } from './strings.js';

/** What can be wrong with a sign-in, as the person is told. */
export type SignInProblem =
  | 'wrong'
  | 'tooMany'
  | 'emailMissing'
  | 'emailMalformed'
  | 'passwordMissing'
  | 'tooLong';

/** What the sign-in page is shown with. */
export interface SignInState {
  readonly handle?: Secret | undefined;
  readonly asking?: AskingClient | undefined;
  readonly project?: ProjectId | undefined;
  readonly email?: string;
  readonly notice?: SignInNotice | undefined;
  /** An account was just made. */
  readonly ready?: boolean;
  readonly problem?: SignInProblem | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
  readonly showPassword?: boolean;
}

/** What the sign-in page looks like, and what it asks of a request before a password is checked. */
@Injectable()
export class SignInView {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly cookies: BrowserCookies,
    private readonly sessions: SessionsService,
    private readonly quotas: Quotas,
    private readonly contexts: RequestContexts,
    private readonly config: Config,
  ) {}

  context(request: FastifyRequest): RequestContext {
    return this.contexts.of(request);
  }

  async isSignedIn(request: FastifyRequest): Promise<boolean> {
    const secret = this.cookies.session(request);
    return secret !== undefined && (await this.sessions.find(secret)) !== undefined;
  }

  /** @throws AppError `too-many-requests` */
  async checkTraffic(request: FastifyRequest): Promise<void> {
    const { ip } = this.contexts.of(request);
    const state = await this.quotas.takeForAddress(
      'sign-in',
      ip,
      this.config.settings.CAREKEY_RATE_LIMIT_SIGN_IN,
    );
    if (!state.allowed) throw tooMany({ retryAfter: Math.max(3, state.resetSeconds) });
  }

  problemOf(email: string, password: string): SignInProblem | undefined {
    if (email === '') return 'emailMissing';
    if (!/^[^@\s]+@[^@\s]+$/.test(email)) return 'emailMalformed';
    if (password === '') return 'passwordMissing';
    return email.length > 320 || password.length > 1024 ? 'tooLong' : undefined;
  }

  send(request: FastifyRequest, reply: FastifyReply, state: SignInState): void {
    const language = this.pages.language(request);
    const { signIn } = language.strings;
    const { problem, asking, handle, email = '' } = state;
    const field = problem?.startsWith('email')
      ? 'email'
      : problem === 'passwordMissing'
        ? 'password'
        : undefined;
    const wait = waitInWords(language, state.retryAfter ?? 60);
    const problems = problem ? [{ field, sentence: fill(signIn[problem], { wait }) }] : [];
    const frame = {
      language,
      title: signIn.title,
      scripts: [pageAssets.signIn.path],
      ...(asking && { asking, formAction: asking.formAction }),
    };
    const data = {
      csrf: this.forms.token(request, reply),
      request: handle,
      project: state.project,
      email,
      problems,
      notice: this.notice(state, signIn),
      showPassword: state.showPassword === true,
      focus: problems.length > 0 ? undefined : email === '' ? 'email' : 'password',
      asking: asking ?? {},
    };
    const status = problem === 'tooMany' ? 429 : problem ? 400 : 200;
    if (status === 429) reply.header('retry-after', String(state.retryAfter ?? 60));
    this.pages.send(reply, 'sign-in', frame, data, status);
  }

  private notice({ notice, ready }: SignInState, words: Record<'ready' | 'again' | 'noMembership', string>) {
    if (ready) return { tone: 'good', sentence: words.ready };
    if (notice === 'no-membership') return { tone: 'notice', sentence: words.noMembership };
    if (notice === 'sign-in-again') return { tone: 'notice', sentence: words.again };
    return undefined;
  }
}
