import { Controller, Get, HttpCode, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SetupService } from '../account/setup.service.js';
import { Access } from '../authentication/access.decorator.js';
import { anonymousActor } from '../kernel/actor.js';
import { RequestContexts } from '../kernel/request-context.js';
import { presentedSecret } from '../kernel/secrets.js';
import { pageAssets } from './page-assets.js';
import { PageErrorFilter } from './page-error.filter.js';
import { type FormFields, PageForms } from './page-forms.js';
import { Pages } from './pages.js';

interface Problem {
  readonly field: string | undefined;
  readonly sentence: string;
}

/** `/setup/<secret>`: makes the first super admin. GET shows, POST consumes. */
@Controller('setup')
@UseFilters(PageErrorFilter)
export class SetupPage {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly setup: SetupService,
    private readonly contexts: RequestContexts,
  ) {}

  @Get(':secret')
  @Access('public')
  async show(
    @Param('secret') secret: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { valid } = await this.setup.describe(presentedSecret(secret));
    if (valid) this.form(request, reply, secret, new Map(), []);
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
    const fields = this.forms.read(request);
    if (!fields) return this.pages.message(request, reply, 403, 'staleForm');
    if (fields.get('action')?.endsWith('-password')) return this.form(request, reply, secret, fields, []);
    const actor = anonymousActor(this.contexts.of(request));
    const text = (name: string) => fields.get(name)?.trim() ?? '';
    const result = await this.setup.complete(actor, presentedSecret(secret), {
      givenName: text('givenName'),
      familyName: text('familyName'),
      email: text('email'),
      password: fields.get('password') ?? '',
    });
    if (result.ok) return this.pages.redirect(reply, '/signin?ready');
    if ('gone' in result) return this.gone(request, reply);
    this.form(request, reply, secret, fields, [{ field: result.field, sentence: result.sentence }]);
  }

  private form(
    request: FastifyRequest,
    reply: FastifyReply,
    secret: string,
    fields: FormFields,
    problems: readonly Problem[],
  ): void {
    const language = this.pages.language(request);
    const frame = { language, title: language.strings.setup.title, scripts: [pageAssets.signIn.path] };
    const data = {
      csrf: this.forms.token(request, reply),
      action: `/setup/${encodeURIComponent(secret)}`,
      values: Object.fromEntries(
        ['givenName', 'familyName', 'email'].map((name) => [name, fields.get(name) ?? '']),
      ),
      problems,
      showPassword: fields.get('action') === 'show-password',
      focus: problems.length > 0 ? undefined : 'givenName',
    };
    this.pages.send(reply, 'setup', frame, data, problems.length > 0 ? 400 : 200);
  }

  private gone(request: FastifyRequest, reply: FastifyReply): void {
    const language = this.pages.language(request);
    const { title, explanation, whatToDo } = language.strings.setup.gone;
    this.pages.send(reply, 'message', { language, title }, { heading: title, explanation, whatToDo }, 410);
  }
}
