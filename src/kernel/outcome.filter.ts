import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { challengeFor } from './challenges.js';
import { failureOf } from './failure.js';
import { contentUnreadable } from './kernel.errors.js';
import { Log } from './log.js';
import { outcomeOf, outcomeType } from './operation-outcome.js';
import { RequestContexts } from './request-context.js';

/** Answers every failure of a JSON door as a FHIR OperationOutcome (wire-spec section 0.3). */
@Catch()
export class OutcomeFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly contexts: RequestContexts,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** The same for what fails before any handler is found, such as a body that cannot be read. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const found = failureOf(error);
    const failure = found.code === 'http-400' ? failureOf(contentUnreadable()) : found;
    const { requestId } = this.contexts.of(request);
    const { status } = failure;
    if (status >= 500 && status !== 503) this.log.error('A request failed', { requestId, error });
    if (status === 401) reply.header('www-authenticate', challengeFor(request.headers.authorization));
    if (status === 429 || status === 503) {
      // The SDK reads this header only, and would come back at once without it (F19, F38).
      const wait = Math.max(3, failure.retryAfter ?? (status === 429 ? 60 : 3));
      reply.header('retry-after', String(wait));
    }
    reply
      .status(status)
      .header('content-type', outcomeType)
      .send(JSON.stringify(outcomeOf(failure, requestId)));
  }
}
