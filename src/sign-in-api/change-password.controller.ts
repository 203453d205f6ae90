import { Controller, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChangePasswordService } from '../account/change-password.service.js';
import { SignInTraffic } from '../auth-grants/sign-in-traffic.js';
import { Access } from '../authentication/access.decorator.js';
import type { CallerRequest } from '../authentication/access.guard.js';
import { readJson } from '../kernel/json-body.js';
import { allOk, outcomeType } from '../kernel/operation-outcome.js';
import { OutcomeFilter } from '../kernel/outcome.filter.js';
import { oldPasswordMissing, passwordMissing } from './sign-in-api.errors.js';

/** `POST /auth/changepassword` (wire-spec section 2.5): a person changes the own password by giving the old one. */
@Controller('auth')
@UseFilters(OutcomeFilter)
export class ChangePasswordController {
  constructor(
    private readonly passwords: ChangePasswordService,
    private readonly traffic: SignInTraffic,
  ) {}

  /** @throws AppError `old-password-required`, `password-required`, and those of `ChangePasswordService.change` */
  @Post('changepassword')
  @HttpCode(200)
  @Access('member')
  async change(
    @Req() request: FastifyRequest & Required<CallerRequest>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const body = readJson(request);
    const oldPassword = body.text('oldPassword');
    if (oldPassword === undefined) throw oldPasswordMissing({ field: 'oldPassword' });
    const newPassword = body.text('newPassword');
    if (newPassword === undefined) throw passwordMissing({ field: 'newPassword' });
    await this.traffic.take(request);
    const { actor, login } = request.caller;
    await this.passwords.change(actor, login, { oldPassword, newPassword });
    reply.header('content-type', outcomeType).send(allOk);
  }
}
