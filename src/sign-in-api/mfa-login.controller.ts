import { Controller, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LoginFactorsService } from '../auth-grants/direct-sign-in/login-factors.service.js';
import { SignInTraffic } from '../auth-grants/sign-in-traffic.js';
import { Access } from '../authentication/access.decorator.js';
import { anonymousActor } from '../kernel/actor.js';
import { readJson } from '../kernel/json-body.js';
import { OutcomeFilter } from '../kernel/outcome.filter.js';
import { RequestContexts } from '../kernel/request-context.js';
import { presentedSecret } from '../kernel/secrets.js';
import { LoginAnswers } from './login-answers.js';
import { loginMissing, tokenMissing } from './sign-in-api.errors.js';

/** `POST /auth/mfa/verify` and `/auth/mfa/login-enroll`: the second step of a login (wire-spec section 2.6). */
@Controller('auth/mfa')
@UseFilters(OutcomeFilter)
export class MfaLoginController {
  constructor(
    private readonly factors: LoginFactorsService,
    private readonly traffic: SignInTraffic,
    private readonly contexts: RequestContexts,
    private readonly answers: LoginAnswers,
  ) {}

  /** @throws AppError `login-required`, `token-required`, and those of `LoginFactorsService.verify` */
  @Post('verify')
  @HttpCode(200)
  @Access('public')
  async verify(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { step, token } = await this.read(request);
    const mayOpenSession = this.answers.mayOpenSession(request);
    this.answers.send(reply, await this.factors.verify(step, token, mayOpenSession));
  }

  /** @throws AppError `login-required`, `token-required`, and those of `LoginFactorsService.enrol` */
  @Post('login-enroll')
  @HttpCode(200)
  @Access('public')
  async enrol(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { step, token } = await this.read(request);
    const mayOpenSession = this.answers.mayOpenSession(request);
    this.answers.send(reply, await this.factors.enrol(step, token, mayOpenSession));
  }

  private async read(request: FastifyRequest) {
    const body = readJson(request);
    const login = body.text('login');
    if (login === undefined) throw loginMissing({ field: 'login' });
    const token = body.text('token');
    if (token === undefined) throw tokenMissing({ field: 'token' });
    await this.traffic.take(request);
    const actor = anonymousActor(this.contexts.of(request));
    return { step: { actor, handle: presentedSecret(login) }, token };
  }
}
