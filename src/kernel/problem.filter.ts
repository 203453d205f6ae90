import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { challengeFor } from './challenges.js';
import { failureOf } from './failure.js';
import { Log } from './log.js';
import { rateLimitHeader } from './rate-limit.js';
import { RequestContexts } from './request-context.js';

/**
 * Answers whatever no door answered itself, as RFC 9457 says: `application/problem+json` with a fixed, public sentence.
 * What went wrong inside goes to the log only.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly contexts: RequestContexts,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    // GraphQL has an error format of its own.
    if (host.getType<string>() === 'graphql') throw error;
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** The same for what fails before any handler is found, such as broken percent encoding in the path. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = failureOf(error);
    const { requestId } = this.contexts.of(request);
    if (problem.status >= 500) this.log.error('A request failed', { requestId, code: problem.code, error });
    if (problem.retryAfter !== undefined) {
      const state = { name: 'requests', remaining: 0, resetSeconds: problem.retryAfter };
      reply
        .header('retry-after', String(problem.retryAfter))
        .header('ratelimit', rateLimitHeader(state, true));
    }
    if (problem.status === 401) reply.header('www-authenticate', challengeFor(request.headers.authorization));
    reply
      .status(problem.status)
      .header('cache-control', 'no-store')
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(
        JSON.stringify({
          type: 'about:blank',
          title: STATUS_CODES[problem.status],
          status: problem.status,
          detail: problem.detail,
          code: problem.code,
          ...(problem.field && { field: problem.field }),
          requestId,
        }),
      );
  }
}
