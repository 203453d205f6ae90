import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InteractionsService } from '../auth-grants/authorize/interactions.service.js';
import { SignInTraffic } from '../auth-grants/sign-in-traffic.js';
import { Access } from '../authentication/access.decorator.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { fill } from '../kernel/escape.js';
import { parseId } from '../kernel/ids.js';
import { BrowserSignInService } from '../logins/browser-sign-in.service.js';
import { BrowserSessions } from './browser-sessions.js';
import { checkFields, revealOf } from './field-checks.js';
import { PageErrorFilter } from './page-error.filter.js';
import { type FormFields, PageForms } from './page-forms.js';
import { Pages } from './pages.js';
import { afterSignIn, type SignInPurpose, SignInView, stepAddress } from './sign-in-view.js';
import { waitInWords } from './strings.js';

/** `GET /signin`: the page on which a person signs in, for an app that asks or for the person's own account page. */
@Controller('signin')
@UseFilters(PageErrorFilter)
export class SignInPage {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly view: SignInView,
    private readonly browsers: BrowserSessions,
    private readonly interactions: InteractionsService,
  ) {}

  @Get()
  @Access('public')
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const query = this.forms.query(request);
    const handle = this.forms.handle(query);
    if (handle) {
      const next = await this.interactions.next(this.pages.step(request, handle));
      if (next.kind !== 'sign-in') return this.pages.follow(request, reply, next, handle);
      const { asking, loginHint, notice } = next;
      const purpose = { handle, asking, projectId: null };
      return this.view.send(request, reply, purpose, { email: loginHint ?? '', notice });
    }
    if (query.has('request')) return this.pages.message(request, reply, 410, 'gone');
    const found = await this.browsers.signedIn(request);
    if (found && query.has('again')) {
      const purpose = { again: true, projectId: found.user.projectId };
      return this.view.send(request, reply, purpose, { email: found.user.email ?? '', notice: 'again' });
    }
    if (found) return this.pages.redirect(reply, '/me');
    const notice = query.has('ready') ? 'ready' : undefined;
    return this.view.send(request, reply, { projectId: projectOf(query) }, { notice });
  }
}

/** `POST /signin`: e-mail and password, or a change of mind. */
@Controller('signin')
@UseFilters(PageErrorFilter)
export class SignInForm {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly view: SignInView,
    private readonly traffic: SignInTraffic,
    private readonly cookies: BrowserCookies,
    private readonly interactions: InteractionsService,
    private readonly signIn: BrowserSignInService,
  ) {}

  @Post()
  @HttpCode(303)
  @Access('public')
  async submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = this.forms.read(request, 'sign-in');
    const handle = this.forms.handle(fields);
    const again = fields.has('again');
    if (!handle) return this.attempt(request, reply, fields, { again, projectId: projectOf(fields) });
    const step = this.pages.step(request, handle);
    if (fields.get('action') === 'cancel') {
      return this.pages.follow(request, reply, await this.interactions.cancel(step), handle);
    }
    const owner = await this.interactions.owner(step);
    if (!owner) return this.pages.message(request, reply, 410, 'gone');
    return this.attempt(request, reply, fields, { handle, ...owner });
  }

  private async attempt(
    request: FastifyRequest,
    reply: FastifyReply,
    fields: FormFields,
    purpose: SignInPurpose,
  ): Promise<void> {
    const language = this.pages.language(request, purpose.asking);
    const email = fields.get('email')?.trim() ?? '';
    const reveal = revealOf(language, fields);
    if (reveal.asked) {
      const state = { email, showPassword: reveal.shown, note: reveal.notice };
      return this.view.send(request, reply, purpose, state);
    }
    const problems = checkFields(language, fields, ['email', 'password']);
    if (problems.length > 0) return this.view.send(request, reply, purpose, { email, problems }, 400);
    await this.traffic.take(request);
    const result = await this.signIn.withPassword(this.pages.anonymous(request), {
      email,
      password: fields.get('password')!,
      projectId: purpose.projectId,
      previous: this.cookies.session(request),
      browser: this.cookies.browser(request)!,
    });
    const { wrong, tooMany } = language.strings.signIn;
    if (result.ok && 'half' in result) {
      const { half, need } = result;
      return this.pages.redirect(reply, stepAddress(need, { ...purpose, half }));
    }
    if (result.ok) {
      this.cookies.setSession(reply, result.session);
      // What comes next is an act of its own, asked for by a request of its own: its failure must not hide this success.
      return this.pages.redirect(reply, afterSignIn(purpose));
    }
    if (result.reason === 'wrong') {
      const state = { email, problems: [{ field: 'password', sentence: wrong }] };
      return this.view.send(request, reply, purpose, state, 400);
    }
    const { retryAfterSeconds } = result;
    reply.header('retry-after', String(retryAfterSeconds));
    const sentence = fill(tooMany, { wait: waitInWords(language, retryAfterSeconds) });
    return this.view.send(
      request,
      reply,
      purpose,
      { email, problems: [{ field: undefined, sentence }] },
      429,
    );
  }
}

function projectOf(fields: FormFields) {
  return parseId<'Project'>(fields.get('project')) ?? null;
}
