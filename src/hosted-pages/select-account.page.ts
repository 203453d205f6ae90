import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InteractionsService } from '../auth-grants/authorize/interactions.service.js';
import { Access } from '../authentication/access.decorator.js';
import { InteractionPages } from './interaction-pages.js';
import { PageErrorFilter } from './page-error.filter.js';

/** `/select-account`: go on as the person who is signed in, or as somebody else (OIDC Core 3.1.2.1, `select_account`). */
@Controller('select-account')
@UseFilters(PageErrorFilter)
export class SelectAccountPage {
  constructor(
    private readonly questions: InteractionPages,
    private readonly interactions: InteractionsService,
  ) {}

  @Get()
  @Access('public')
  show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.questions.show(request, reply, 'select-account', ({ person }) => ({ person }));
  }

  @Post()
  @HttpCode(303)
  @Access('public')
  submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.questions.submit(request, reply, 'select-account', (step, fields) => {
      const account = fields.get('account');
      const known = account === 'here' || account === 'other';
      return known ? this.interactions.selectAccount(step, account === 'here') : undefined;
    });
  }
}
