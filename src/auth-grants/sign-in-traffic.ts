import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Config } from '../kernel/config.js';
import { tooMany } from '../kernel/errors.js';
import { Quotas } from '../kernel/quotas.js';
import { RequestContexts } from '../kernel/request-context.js';

/** Keeps one address from keeping the password hasher busy; what guards the passwords is the budget of each account. */
@Injectable()
export class SignInTraffic {
  constructor(
    private readonly quotas: Quotas,
    private readonly contexts: RequestContexts,
    private readonly config: Config,
  ) {}

  /** Counts one form with a password in it. @throws AppError `too-many-requests` */
  async take(request: FastifyRequest): Promise<void> {
    const { ip } = this.contexts.of(request);
    const perMinute = this.config.settings.CAREKEY_RATE_LIMIT_SIGN_IN;
    const state = await this.quotas.takeForAddress('sign-in', ip, perMinute);
    if (!state.allowed) throw tooMany({ retryAfter: Math.max(3, state.resetSeconds) });
  }
}
