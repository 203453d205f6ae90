import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AppError } from '../kernel/errors.js';
import { Log } from '../kernel/log.js';
import { rateLimitHeader } from '../kernel/rate-limit.js';
import { OAuthError } from './oauth.errors.js';

/** Answers every failure of an OAuth endpoint as RFC 6749 section 5.2 says: JSON with a registered code. */
@Catch()
export class OAuthErrorFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const refusal = error instanceof OAuthError ? error : this.translate(error);
    const { challenge, retryAfter } = refusal.options;
    if (challenge) reply.header('www-authenticate', challenge);
    if (retryAfter !== undefined) {
      reply.header('retry-after', String(retryAfter));
      reply.header(
        'ratelimit',
        rateLimitHeader({ name: 'tokens', remaining: 0, resetSeconds: retryAfter }, true),
      );
    }
    reply.status(refusal.status).headers(noStore).send(refusal.body());
  }

  private translate(error: unknown): OAuthError {
    if (error instanceof AppError && error.kind === 'unavailable') {
      return new OAuthError('temporarily_unavailable', 'The server is busy. Try again in a few seconds', {
        retryAfter: error.retryAfter ?? 3,
      });
    }
    if (error instanceof AppError && error.kind === 'too-many') {
      return new OAuthError('temporarily_unavailable', 'Too many requests. Wait a moment', {
        status: 429,
        retryAfter: error.retryAfter ?? 60,
      });
    }
    if (error instanceof AppError && error.kind !== 'internal')
      return new OAuthError('invalid_request', error.message);
    this.log.error('An OAuth endpoint failed', { error });
    return new OAuthError('server_error', 'Something went wrong here. Nothing was changed');
  }
}

/** Token answers and errors are never cached (RFC 6749 section 5.1). */
export const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' } as const;
