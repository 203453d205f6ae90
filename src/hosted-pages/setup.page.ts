import { Controller, Get, HttpCode, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SetupService } from '../account/setup.service.js';
import { SignInTraffic } from '../auth-grants/sign-in-traffic.js';
import { Access } from '../authentication/access.decorator.js';
import { presentedSecret } from '../kernel/secrets.js';
import { checkFields, type FieldProblem, revealOf } from './field-checks.js';
import { pageAssets } from './page-assets.js';
import { PageErrorFilter } from './page-error.filter.js';
import { type FormFields, PageForms } from './page-forms.js';
import { Pages } from './pages.js';

const shown = ['givenName', 'familyName', 'email'] as const;

/** `/setup/<secret>`: makes the first super admin. GET shows, POST consumes. */
@Controller('setup')
@UseFilters(PageErrorFilter)
export class SetupPage {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly traffic: SignInTraffic,
    private readonly setup: SetupService,
  ) {}

  @Get(':secret')
  @Access('public')
  async show(
    @Param('secret') secret: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (await this.isValid(secret)) this.form(request, reply, secret, new Map(), []);
    else this.gone(request, reply);
  }

  @Post(':secret')
  @HttpCode(303)
  @Access('public')
  async submit(
    @Param('secret') secret: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const fields = this.forms.read(request, 'setup');
    const language = this.pages.language(request);
    if (!(await this.isValid(secret))) return this.gone(request, reply);
    if (revealOf(language, fields).asked) return this.form(request, reply, secret, fields, []);
    const problems = checkFields(language, fields, [...shown, 'password']);
    if (problems.length > 0) return this.form(request, reply, secret, fields, problems);
    await this.traffic.take(request);
    const text = (name: string) => fields.get(name)?.trim() ?? '';
    const result = await this.setup.complete(this.pages.anonymous(request), presentedSecret(secret), {
      givenName: text('givenName'),
      familyName: text('familyName'),
      email: text('email'),
      password: fields.get('password')!,
    });
    if (result.ok) return this.pages.redirect(reply, '/signin?ready=1');
    if ('gone' in result) return this.gone(request, reply);
    const { field, sentence } = result;
    this.form(request, reply, secret, fields, [{ field, sentence }]);
  }

  private async isValid(secret: string): Promise<boolean> {
    return /^[A-Za-z0-9_-]{43}$/.test(secret) && (await this.setup.describe(presentedSecret(secret))).valid;
  }

  private form(
    request: FastifyRequest,
    reply: FastifyReply,
    secret: string,
    fields: FormFields,
    problems: readonly FieldProblem[],
  ): void {
    const language = this.pages.language(request);
    const frame = { language, title: language.strings.setup.title, scripts: [pageAssets.signIn.path] };
    const reveal = revealOf(language, fields);
    const data = {
      csrf: this.forms.token(request, reply, 'setup'),
      action: `/setup/${secret}`,
      values: Object.fromEntries(shown.map((name) => [name, fields.get(name) ?? ''])),
      problems,
      notice: reveal.notice,
      showPassword: reveal.shown,
      focus: problems.length > 0 ? undefined : reveal.asked ? 'password' : 'givenName',
    };
    this.pages.send(reply, 'setup', frame, data, problems.length > 0 ? 400 : 200);
  }

  private gone(request: FastifyRequest, reply: FastifyReply): void {
    const language = this.pages.language(request);
    const { title, explanation, whatToDo } = language.strings.setup.gone;
    this.pages.send(reply, 'message', { language, title }, { heading: title, explanation, whatToDo }, 410);
  }
}
