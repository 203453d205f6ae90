import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InteractionsService } from '../auth-grants/authorize/interactions.service.js';
import { isOffline } from '../auth-grants/scopes.js';
import { Access } from '../authentication/access.decorator.js';
import { InteractionPages } from './interaction-pages.js';
import { PageErrorFilter } from './page-error.filter.js';
import type { FormFields } from './page-forms.js';
import { scopeInWords } from './scope-words.js';

/** `/consent`: who asks, for what, for how long; each scope with a tick. */
@Controller('consent')
@UseFilters(PageErrorFilter)
export class ConsentPage {
  constructor(
    private readonly questions: InteractionPages,
    private readonly interactions: InteractionsService,
  ) {}

  @Get()
  @Access('public')
  show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.questions.show(request, reply, 'consent', ({ person, scopes, profileName }, language) => ({
      person: person.email,
      profile: profileName,
      lines: scopes.map((scope) => ({
        scope,
        sentence: scopeInWords(language, scope),
        always: scope === 'openid',
      })),
      staysConnected: isOffline(scopes),
    }));
  }

  @Post()
  @HttpCode(303)
  @Access('public')
  submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.questions.submit(request, reply, 'consent', (step, fields) => {
      const decision = { allow: fields.get('decision') === 'allow', scopes: tickedScopes(fields) };
      return this.interactions.decideConsent(step, decision);
    });
  }
}

/** Each line has a name of its own (`scope_0`, ...), because a name that comes twice is refused. */
function tickedScopes(fields: FormFields): string[] {
  return [...fields].filter(([name]) => /^scope_\d{1,3}$/.test(name)).map(([, scope]) => scope);
}
