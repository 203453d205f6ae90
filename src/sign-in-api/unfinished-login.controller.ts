import { Controller, Get, HttpCode, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LoginStep } from '../auth-grants/direct-sign-in/login-walk.js';
import { UnfinishedLoginsService } from '../auth-grants/direct-sign-in/unfinished-logins.service.js';
import { Access } from '../authentication/access.decorator.js';
import { anonymousActor } from '../kernel/actor.js';
import { readJson } from '../kernel/json-body.js';
import { OutcomeFilter } from '../kernel/outcome.filter.js';
import { RequestContexts } from '../kernel/request-context.js';
import { presentedSecret } from '../kernel/secrets.js';
import { LoginAnswers } from './login-answers.js';
import { loginMalformed, loginMissing, profileMissing, scopeMissing } from './sign-in-api.errors.js';

/**
 * The steps after the password: `POST /auth/profile`, `POST /auth/scope`, `GET /auth/login/{login}` (wire-spec section
 * 2.4). The credential of each is the `login` of the login result.
 */
@Controller('auth')
@UseFilters(OutcomeFilter)
export class UnfinishedLoginController {
  constructor(
    private readonly logins: UnfinishedLoginsService,
    private readonly contexts: RequestContexts,
    private readonly answers: LoginAnswers,
  ) {}

  @Post('profile')
  @HttpCode(200)
  @Access('public')
  async profile(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const body = readJson(request);
    const step = this.step(request, body.text('login'));
    const profile = body.text('profile');
    if (profile === undefined) throw profileMissing({ field: 'profile' });
    const mayOpenSession = this.answers.mayOpenSession(request);
    this.answers.send(reply, await this.logins.chooseProfile(step, profile, mayOpenSession));
  }

  @Post('scope')
  @HttpCode(200)
  @Access('public')
  async scope(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const body = readJson(request);
    const step = this.step(request, body.text('login'));
    const scope = body.text('scope');
    if (scope === undefined) throw scopeMissing({ field: 'scope' });
    this.answers.send(reply, await this.logins.chooseScope(step, scope));
  }

  /** Never sets a cookie: any page may send a browser here (login CSRF). */
  @Get('login/:login')
  @Access('public')
  async status(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('login') login: string,
  ): Promise<void> {
    if (!/^[A-Za-z0-9_-]{43}$/.test(login)) throw loginMalformed({ field: 'login' });
    this.answers.send(reply, await this.logins.status(this.step(request, login)));
  }

  private step(request: FastifyRequest, login: string | undefined): LoginStep {
    if (login === undefined) throw loginMissing({ field: 'login' });
    return { actor: anonymousActor(this.contexts.of(request)), handle: presentedSecret(login) };
  }
}
