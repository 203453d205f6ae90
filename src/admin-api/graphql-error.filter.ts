import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
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
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const errors = (error.errors ?? [error]).map((one) => formattedError(one, this.log));
    const status = statusOf(error, errors[0]?.extensions?.['code'] === 'INTERNAL');
    if (status === 401) reply.header('www-authenticate', 'Bearer realm="carekey"');
    if (error instanceof AppError && error.retryAfter !== undefined)
      reply.header('retry-after', String(error.retryAfter));
    reply.status(status).send({ errors });
  }
}

function statusOf(error: unknown, isFault: boolean): number {
  if (error instanceof AppError) return httpStatus[error.kind];
  return isFault ? httpStatus.internal : httpStatus.invalid;
}
