import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChangePasswordService } from '../account/change-password.service.js';
import { SignInTraffic } from '../auth-grants/sign-in-traffic.js';
import { Access } from '../authentication/access.decorator.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { AppError } from '../kernel/errors.js';
import { fill } from '../kernel/escape.js';
import { AccountView, type SignedIn } from './account-view.js';
import { checkFields, type FieldProblem, revealOf } from './field-checks.js';
import { pageAssets } from './page-assets.js';
import { PageErrorFilter } from './page-error.filter.js';
import { type FormFields, PageForms } from './page-forms.js';
import { Pages } from './pages.js';
import { type Language, waitInWords } from './strings.js';

/** `/me/password`: a signed-in person changes the own password by giving the old one (ASVS 6.2.2, 6.2.3). */
@Controller('me/password')
@UseFilters(PageErrorFilter)
export class PasswordPage {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly cookies: BrowserCookies,
    private readonly account: AccountView,
    private readonly traffic: SignInTraffic,
    private readonly passwords: ChangePasswordService,
  ) {}

  @Get()
  @Access('public')
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const found = await this.account.signedIn(request);
    if (!found) return this.pages.redirect(reply, '/signin');
    this.form(request, reply, found, new Map(), []);
  }

  @Post()
  @HttpCode(303)
  @Access('public')
  async submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = this.forms.read(request, 'password');
    const language = this.pages.language(request);
    const found = await this.account.signedIn(request);
    if (!found) return this.pages.redirect(reply, '/signin');
    if (revealOf(language, fields).asked) return this.form(request, reply, found, fields, []);
    const problems = checkFields(language, fields, ['oldPassword', 'newPassword']);
    if (problems.length > 0) return this.form(request, reply, found, fields, problems);
    await this.traffic.take(request);
    const change = { oldPassword: fields.get('oldPassword')!, newPassword: fields.get('newPassword')! };
    const { user, session } = found;
    try {
      const actor = this.account.actor(request, found);
      this.cookies.setSession(reply, await this.passwords.changeInBrowser(actor, user, session, change));
    } catch (error) {
      const problem = problemOf(language, error);
      if (!problem) throw error;
      const { retryAfter } = error as AppError;
      if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
      return this.form(request, reply, found, fields, [problem], retryAfter === undefined ? 400 : 429);
    }
    this.pages.redirect(reply, '/me?done=password');
  }

  private form(
    request: FastifyRequest,
    reply: FastifyReply,
    { user }: SignedIn,
    fields: FormFields,
    problems: readonly FieldProblem[],
    status = problems.length > 0 ? 400 : 200,
  ): void {
    const language = this.pages.language(request);
    const frame = { language, title: language.strings.password.title, scripts: [pageAssets.signIn.path] };
    const reveal = revealOf(language, fields);
    const data = {
      csrf: this.forms.token(request, reply, 'password'),
      email: user.email,
      problems,
      notice: reveal.notice,
      showPassword: reveal.shown,
      focus: problems.length === 0,
    };
    this.pages.send(reply, 'password', frame, data, status);
  }
}

/** What the person is told beside the form, if it is theirs to mend; everything else is a page of its own. */
function problemOf(language: Language, error: unknown): FieldProblem | undefined {
  if (!(error instanceof AppError)) return undefined;
  const { code, field, kind, message, retryAfter } = error;
  const { signIn, password } = language.strings;
  if (kind === 'too-many' && retryAfter !== undefined) {
    const wait = waitInWords(language, retryAfter);
    return { field: undefined, sentence: fill(signIn.tooMany, { wait }) };
  }
  if (code === 'password-incorrect') return { field, sentence: password.wrong };
  return field === undefined ? undefined : { field, sentence: message };
}
