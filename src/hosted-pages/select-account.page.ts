import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InteractionsService } from '../auth-grants/authorize/interactions.service.js';
import { Access } from '../authentication/access.decorator.js';
import { PageErrorFilter } from './page-error.filter.js';
import { PageForms } from './page-forms.js';
import { Pages } from './pages.js';

/** `/select-account`: go on as the person who is signed in, or as somebody else (OIDC Core 3.1.2.1, `select_account`). */
@Controller('select-account')
@UseFilters(PageErrorFilter)
export class SelectAccountPage {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly interactions: InteractionsService,
  ) {}

  @Get()
  @Access('public')
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const handle = this.forms.handle(this.forms.query(request));
    if (!handle) return this.pages.message(request, reply, 410, 'gone');
    const next = await this.interactions.next(this.pages.step(request, handle));
    if (next.kind !== 'select-account') return this.pages.follow(request, reply, next, handle);
    const { asking, person } = next;
    const language = this.pages.language(request, asking);
    const frame = { language, title: language.strings.account.title, asking, formAction: asking.formAction };
    const csrf = this.forms.token(request, reply, 'select-account');
    this.pages.send(reply, 'select-account', frame, { csrf, request: handle, asking, person });
  }

  @Post()
  @HttpCode(303)
  @Access('public')
  async submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = this.forms.read(request, 'select-account');
    const handle = this.forms.handle(fields);
    if (!handle) return this.pages.message(request, reply, 410, 'gone');
    const step = this.pages.step(request, handle);
    const account = fields.get('account');
    const next =
      fields.get('action') === 'cancel'
        ? await this.interactions.cancel(step)
        : account === 'here' || account === 'other'
          ? await this.interactions.selectAccount(step, account === 'here')
          : await this.interactions.next(step);
    this.pages.follow(request, reply, next, handle);
  }
}
