import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppFactorsService } from '../account/app-factors.service.js';
import { SignInTraffic } from '../auth-grants/sign-in-traffic.js';
import { Access } from '../authentication/access.decorator.js';
import type { CallerRequest } from '../authentication/access.guard.js';
import { readJson } from '../kernel/json-body.js';
import { allOk, outcomeType } from '../kernel/operation-outcome.js';
import { OutcomeFilter } from '../kernel/outcome.filter.js';
import { tokenMissing } from './sign-in-api.errors.js';

/** `/auth/mfa/status`, `enroll` and `disable`: a signed-in person's authenticator app, in an app (wire-spec section 2.6). */
@Controller('auth/mfa')
@UseFilters(OutcomeFilter)
export class MfaController {
  constructor(
    private readonly factors: AppFactorsService,
    private readonly traffic: SignInTraffic,
  ) {}

  @Get('status')
  @Access('member')
  async status(@Req() { caller }: Required<CallerRequest>): Promise<object> {
    const { enrolled, setup } = await this.factors.status(caller.login, caller.standing);
    return {
      enrolled,
      enrolledMethods: enrolled ? ['totp'] : [],
      allowedMethods: ['totp'],
      ...(setup && { enrollUri: setup.uri, enrollQrCode: setup.qrCode }),
    };
  }

  /** @throws AppError `token-required`, and those of `AppFactorsService.enrol` */
  @Post('enroll')
  @HttpCode(200)
  @Access('member')
  enrol(@Req() request: FastifyRequest & Required<CallerRequest>, @Res() reply: FastifyReply): Promise<void> {
    return this.change(request, reply, 'enrol');
  }

  /** @throws AppError `token-required`, and those of `AppFactorsService.disable` */
  @Post('disable')
  @HttpCode(200)
  @Access('member')
  disable(
    @Req() request: FastifyRequest & Required<CallerRequest>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.change(request, reply, 'disable');
  }

  private async change(
    request: FastifyRequest & Required<CallerRequest>,
    reply: FastifyReply,
    what: 'enrol' | 'disable',
  ): Promise<void> {
    const token = readJson(request).text('token');
    if (token === undefined) throw tokenMissing({ field: 'token' });
    await this.traffic.take(request);
    const { actor, login, standing } = request.caller;
    await this.factors[what](actor, login, standing, token);
    reply.header('content-type', outcomeType).send(allOk);
  }
}
