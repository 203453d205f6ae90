import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type LogoutOutcome, LogoutService, type LogoutStep } from '../auth-grants/logout/logout.service.js';
import { Access } from '../authentication/access.decorator.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { RequestContexts } from '../kernel/request-context.js';
import { PageErrorFilter } from './page-error.filter.js';
import { type FormFields, PageForms } from './page-forms.js';
import { Pages } from './pages.js';
import { chooseLanguage } from './strings.js';

/** `/logout`: where a sign-out that an app asked for ends the session, or asks the person first. */
@Controller('logout')
@UseFilters(PageErrorFilter)
export class LogoutPage {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly logout: LogoutService,
    private readonly cookies: BrowserCookies,
    private readonly contexts: RequestContexts,
  ) {}

  @Get()
  @Access('public')
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const step = this.step(request, this.forms.query(request));
    const next = await this.logout.next(step);
    if (next.kind !== 'confirm') return this.follow(request, reply, next);
    const { person, appName, formAction, uiLocales } = next;
    const language = uiLocales
      ? chooseLanguage(uiLocales.split(' ').join(','))
      : this.pages.language(request);
    const { title } = language.strings.signOut;
    this.pages.send(
      reply,
      'sign-out',
      { language, title, ...(formAction && { formAction }) },
      { csrf: this.forms.token(request, reply, 'sign-out'), request: step.request, person, appName },
    );
  }

  @Post()
  @HttpCode(303)
  @Access('public')
  async submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = this.forms.read(request, 'sign-out');
    if (fields.get('decision') !== 'yes') return this.pages.redirect(reply, '/me');
    this.follow(request, reply, await this.logout.confirm(this.step(request, fields)));
  }

  private step(request: FastifyRequest, fields: FormFields): LogoutStep {
    return {
      request: fields.get('request') ?? '',
      session: this.cookies.session(request),
      context: this.contexts.of(request),
    };
  }

  private follow(request: FastifyRequest, reply: FastifyReply, outcome: LogoutOutcome): void {
    if (outcome.kind === 'gone') {
      this.pages.message(request, reply, 400, 'badRequest');
      return;
    }
    this.cookies.clearSession(reply);
    this.pages.redirect(reply, outcome.kind === 'redirect' ? outcome.location : '/signed-out');
  }
}
