import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ProblemFilter } from '../kernel/problem.filter.js';
import { PageErrorFilter } from './page-error.filter.js';

/**
 * For what no door answered itself: a person in a browser, who asks for `text/html` by name, gets a page; everything
 * else gets problem details.
 */
@Catch()
export class BrowserErrorFilter implements ExceptionFilter {
  constructor(
    private readonly pages: PageErrorFilter,
    private readonly problems: ProblemFilter,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const filter = wantsPage(host) ? this.pages : this.problems;
    filter.catch(error, host);
  }
}

function wantsPage(host: ArgumentsHost): boolean {
  if (host.getType<string>() !== 'http') return false;
  const { accept } = host.switchToHttp().getRequest<FastifyRequest>().headers;
  return /\btext\/html\b/i.test(accept ?? '');
}
