import { Controller, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DirectSignInService } from '../auth-grants/direct-sign-in/direct-sign-in.service.js';
import { SignInTraffic } from '../auth-grants/sign-in-traffic.js';
import { Access } from '../authentication/access.decorator.js';
import { anonymousActor } from '../kernel/actor.js';
import { readJson } from '../kernel/json-body.js';
import { OutcomeFilter } from '../kernel/outcome.filter.js';
import { RequestContexts } from '../kernel/request-context.js';
import { LoginAnswers } from './login-answers.js';
import { readLogin } from './login-input.js';

/** `POST /auth/login`: signs a person in with a password, on a form of the app (wire-spec section 2.4). */
@Controller('auth')
@UseFilters(OutcomeFilter)
export class LoginController {
  constructor(
    private readonly direct: DirectSignInService,
    private readonly traffic: SignInTraffic,
    private readonly contexts: RequestContexts,
    private readonly answers: LoginAnswers,
  ) {}

  /** Answers a login result. No cookie is read: a page of another origin may call this door (rulings 13). */
  @Post('login')
  @HttpCode(200)
  @Access('public')
  async login(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const input = readLogin(readJson(request));
    await this.traffic.take(request);
    const actor = anonymousActor(this.contexts.of(request));
    this.answers.send(reply, await this.direct.start(actor, input, request.headers.origin));
  }
}
