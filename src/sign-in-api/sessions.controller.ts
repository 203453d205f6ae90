import { Controller, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import type { CallerRequest } from '../authentication/access.guard.js';
import { Db } from '../kernel/db.js';
import { parseId } from '../kernel/ids.js';
import { readJson } from '../kernel/json-body.js';
import { allOk, outcomeType } from '../kernel/operation-outcome.js';
import { OutcomeFilter } from '../kernel/outcome.filter.js';
import { OwnLoginsService } from './own-logins.service.js';
import { loginIdMissing } from './sign-in-api.errors.js';

/** `POST /auth/revoke` (wire-spec section 2.5): ends one of the caller's own sign-ins, with all of its tokens. */
@Controller('auth')
@UseFilters(OutcomeFilter)
export class SessionsController {
  constructor(
    private readonly db: Db,
    private readonly logins: OwnLoginsService,
  ) {}

  /** @throws AppError `login-id-required`, `not-found` */
  @Post('revoke')
  @HttpCode(200)
  @Access('member')
  async revoke(
    @Req() request: FastifyRequest & Required<CallerRequest>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const id = parseId<'Login'>(readJson(request).text('loginId'));
    if (!id) throw loginIdMissing({ field: 'loginId' });
    await this.db.tx((tx) => this.logins.revoke(tx, request.caller, id));
    reply.header('content-type', outcomeType).send(allOk);
  }
}
