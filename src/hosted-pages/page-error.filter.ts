import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../kernel/errors.js';
import { Log } from '../kernel/log.js';
import { Pages } from './pages.js';

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
    const kind = error instanceof AppError ? error.kind : undefined;
    const retryAfter = error instanceof AppError ? error.retryAfter : undefined;
    if (kind === 'unavailable') this.pages.message(request, reply, 503, 'unavailable', retryAfter ?? 3);
    else if (kind === 'too-many') this.pages.message(request, reply, 429, 'tooMany', retryAfter ?? 60);
    else if (kind === 'forbidden') this.pages.message(request, reply, 403, 'forbidden');
    else if (kind === 'not-found') this.pages.message(request, reply, 404, 'notFound');
    else if (kind !== undefined && kind !== 'internal') this.pages.message(request, reply, 400, 'badRequest');
    else if (error instanceof HttpException && error.getStatus() < 500) {
      this.pages.message(
        request,
        reply,
        error.getStatus(),
        error.getStatus() === 404 ? 'notFound' : 'badRequest',
      );
    } else {
      this.log.error('A page failed', { error });
      this.pages.message(request, reply, 500, 'unexpected');
    }
  }
}
