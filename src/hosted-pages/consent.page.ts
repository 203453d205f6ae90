import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InteractionsService } from '../auth-grants/authorize/interactions.service.js';
import { isOffline } from '../auth-grants/scopes.js';
import { Access } from '../authentication/access.decorator.js';
import { PageErrorFilter } from './page-error.filter.js';
import { type FormFields, PageForms } from './page-forms.js';
import { Pages } from './pages.js';
import { scopeInWords } from './scope-words.js';

/** `/consent`: who asks, for what, for how long; each scope with a tick. */
@Controller('consent')
@UseFilters(PageErrorFilter)
export class ConsentPage {
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
    if (next.kind !== 'consent') return this.pages.follow(request, reply, next, handle);
    const { asking, person, scopes, profileName } = next;
    const language = this.pages.language(request, asking);
    const frame = { language, title: language.strings.consent.title, asking, formAction: asking.formAction };
    this.pages.send(reply, 'consent', frame, {
      csrf: this.forms.token(request, reply, 'consent'),
      request: handle,
      asking,
      person: person.email,
      profile: profileName,
      lines: scopes.map((scope) => ({
        scope,
        sentence: scopeInWords(language, scope),
        always: scope === 'openid',
      })),
      staysConnected: isOffline(scopes),
    });
  }

  @Post()
  @HttpCode(303)
  @Access('public')
  async submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = this.forms.read(request, 'consent');
    const handle = this.forms.handle(fields);
    if (!handle) return this.pages.message(request, reply, 410, 'gone');
    const decision = { allow: fields.get('decision') === 'allow', scopes: tickedScopes(fields) };
    const next = await this.interactions.decideConsent(this.pages.step(request, handle), decision);
    this.pages.follow(request, reply, next, handle);
  }
}

/** Each line has a name of its own (`scope_0`, ...), because a name that comes twice is refused. */
function tickedScopes(fields: FormFields): string[] {
  return [...fields].filter(([name]) => /^scope_\d{1,3}$/.test(name)).map(([, scope]) => scope);
}
