import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, httpStatus } from './errors.js';
import { Log } from './log.js';
import { rateLimitHeader } from './rate-limit.js';
import { RequestContexts } from './request-context.js';

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly field?: string | undefined;
  readonly retryAfter?: number | undefined;
}

const sentences: Readonly<Record<number, string>> = {
  400: 'The request cannot be read. Check its form.',
  404: 'There is nothing at this address.',
  405: 'This address does not take this method.',
  413: 'The request is too large.',
  415: 'This content type is not understood here.',
};

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
    const problem = this.problem(error);
    const { requestId } = this.contexts.of(request);
    if (problem.status >= 500) this.log.error('A request failed', { requestId, code: problem.code, error });
    if (problem.retryAfter !== undefined) {
      const state = { name: 'requests', remaining: 0, resetSeconds: problem.retryAfter };
      reply
        .header('retry-after', String(problem.retryAfter))
        .header('ratelimit', rateLimitHeader(state, true));
    }
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="carekey"');
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

  private problem(error: unknown): Problem {
    if (error instanceof AppError) {
      const { code, kind, message: detail, field, retryAfter } = error;
      return { status: httpStatus[kind], code, detail, field, retryAfter };
    }
    const status = error instanceof HttpException ? error.getStatus() : fastifyStatus(error);
    if (status === undefined || status >= 500) {
      return { status: 500, code: 'internal', detail: 'Something went wrong here. Nothing was changed.' };
    }
    return { status, code: `http-${status}`, detail: sentences[status] ?? sentences[400]! };
  }
}

/** The status that Fastify gives to a request that it could not read. */
function fastifyStatus(error: unknown): number | undefined {
  const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
  return typeof statusCode === 'number' && typeof code === 'string' && code.startsWith('FST_')
    ? statusCode
    : undefined;
}
