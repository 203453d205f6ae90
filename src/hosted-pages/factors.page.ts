import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OwnFactorsService } from '../account/own-factors.service.js';
import { Access } from '../authentication/access.decorator.js';
import { AccountView, type SignedIn } from './account-view.js';
import { PageErrorFilter } from './page-error.filter.js';
import { PageForms } from './page-forms.js';
import { Pages } from './pages.js';
import { SecondStepView } from './second-step-view.js';
import { agoInWords } from './strings.js';

/** `/me/factors`: the second factors of a signed-in person. Changes ask for a sign-in a short while ago (ASVS 7.5.1). */
@Controller('me/factors')
@UseFilters(PageErrorFilter)
export class FactorsPage {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly account: AccountView,
    private readonly factors: OwnFactorsService,
    private readonly steps: SecondStepView,
  ) {}

  @Get()
  @Access('public')
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const found = await this.account.signedIn(request);
    if (!found) return this.pages.redirect(reply, '/signin');
    const removed = this.forms.query(request).get('done') === 'removed';
    await this.list(request, reply, found, { removed });
  }

  @Post()
  @HttpCode(303)
  @Access('public')
  async change(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = this.forms.read(request, 'factors');
    const found = await this.account.signedIn(request);
    if (!found) return this.pages.redirect(reply, '/signin');
    const actor = this.account.actor(request, found);
    if (fields.get('action') === 'codes') {
      const codes = await this.factors.renewCodes(actor, found.user, found.session);
      if (codes === 'sign-in-again') return this.pages.redirect(reply, '/signin?again=1');
      if (codes.length === 0) return this.pages.redirect(reply, '/me/factors');
      return this.steps.codes(request, reply, { again: true }, codes, '/me/factors');
    }
    if (fields.get('action') !== 'remove') return this.pages.redirect(reply, '/me/factors');
    const result = await this.factors.remove(actor, found.user, found.session, fields.get('kind'));
    if (result === 'sign-in-again') return this.pages.redirect(reply, '/signin?again=1');
    if (result === 'required') return this.list(request, reply, found, { required: true });
    this.pages.redirect(reply, result === 'removed' ? '/me/factors?done=removed' : '/me/factors');
  }

  private async list(
    request: FastifyRequest,
    reply: FastifyReply,
    { user }: SignedIn,
    { removed = false, required = false },
  ): Promise<void> {
    const language = this.pages.language(request);
    const words = language.strings.factors;
    const { list, codesLeft, now } = await this.factors.of(user);
    const data = {
      csrf: this.forms.token(request, reply, 'factors'),
      factors: list.map(({ kind, createdAt, lastUsedAt }) => ({
        kind,
        name: words[kind],
        since: agoInWords(language, createdAt, now),
        lastUsed: agoInWords(language, lastUsedAt ?? createdAt, now),
      })),
      codesLeft: String(codesLeft),
      mayAddApp: !list.some(({ kind }) => kind === 'totp'),
      notice: removed ? words.removed : undefined,
      problems: required ? [{ field: undefined, sentence: words.required }] : [],
    };
    this.pages.send(reply, 'factors', { language, title: words.title }, data, required ? 400 : 200);
  }
}
