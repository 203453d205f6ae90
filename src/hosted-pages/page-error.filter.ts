import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, httpStatus } from '../kernel/errors.js';
import { fastifyStatus } from '../kernel/failure.js';
import { Log } from '../kernel/log.js';
import { type MessageName, Pages } from './pages.js';

const messageOfKind: Readonly<Record<AppError['kind'], MessageName>> = {
  invalid: 'badRequest',
  unauthenticated: 'badRequest',
  forbidden: 'forbidden',
  'not-found': 'notFound',
  conflict: 'badRequest',
  gone: 'notFound',
  'precondition-failed': 'badRequest',
  'too-many': 'tooMany',
  unavailable: 'unavailable',
  internal: 'unexpected',
};

/** Turns what fails behind a page into a page. */
@Catch()
export class PageErrorFilter implements ExceptionFilter {
  constructor(
    private readonly pages: Pages,
    private readonly log: Log,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { status, name, retryAfter } = describe(error);
    if (status >= 500 && status !== 503) this.log.error('A page failed', { error });
    this.pages.message(request, reply, status, name, retryAfter);
  }
}

function describe(error: unknown): { status: number; name: MessageName; retryAfter?: number } {
  if (error instanceof AppError) {
    const status = httpStatus[error.kind];
    if (error.code === 'form-stale') return { status, name: 'staleForm' };
    const retryAfter = error.retryAfter ?? (error.kind === 'too-many' ? 60 : 3);
    return { status, name: messageOfKind[error.kind], retryAfter };
  }
  const status = error instanceof HttpException ? error.getStatus() : fastifyStatus(error);
  if (status === undefined || status >= 500) return { status: 500, name: 'unexpected' };
  return { status, name: status === 404 ? 'notFound' : 'badRequest' };
}
