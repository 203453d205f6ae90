import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { challengeFor } from '../kernel/challenges.js';
import { AppError, httpStatus } from '../kernel/errors.js';
import { Log } from '../kernel/log.js';
import { formattedError } from './graphql-errors.js';

/**
 * Answers requests that are not executed: no valid token (401), a query that does not parse, validate or keep
 * the limits (400), the schema asked for by somebody who is no admin (403).
 */
@Catch()
export class GraphqlErrorFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: Error & { readonly errors?: readonly Error[] }, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const errors = (error.errors ?? [error]).map((one) => formattedError(one, this.log));
    const status = statusOf(error, errors[0]?.extensions?.['code'] === 'INTERNAL');
    if (status === 401) {
      const { authorization } = http.getRequest<FastifyRequest>().headers;
      reply.header('www-authenticate', challengeFor(authorization));
    }
    if (error instanceof AppError && error.retryAfter !== undefined)
      reply.header('retry-after', String(error.retryAfter));
    reply.status(status).send({ errors });
  }
}

function statusOf(error: unknown, isFault: boolean): number {
  if (error instanceof AppError) return httpStatus[error.kind];
  return isFault ? httpStatus.internal : httpStatus.invalid;
}
