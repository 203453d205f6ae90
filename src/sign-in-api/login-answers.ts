import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LoginResult } from '../auth-grants/direct-sign-in/login-results.js';
import { OriginRules } from '../auth-grants/direct-sign-in/origin-rules.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { loginResultView } from './login-result.view.js';

/** Writes login results. */
@Injectable()
export class LoginAnswers {
  constructor(
    private readonly cookies: BrowserCookies,
    private readonly origins: OriginRules,
  ) {}

  /** Whether the answer may carry a session cookie: never to a page of another origin (F54). */
  mayOpenSession({ headers }: FastifyRequest): boolean {
    return this.origins.mayOpenSession(headers.origin);
  }

  send(reply: FastifyReply, result: LoginResult): void {
    if (result.session) this.cookies.setSession(reply, result.session);
    reply.send(loginResultView(result));
  }
}
