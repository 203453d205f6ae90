import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { isOutcomePath } from '../kernel/operation-outcome.js';
import { OutcomeFilter } from '../kernel/outcome.filter.js';
import { ProblemFilter } from '../kernel/problem.filter.js';
import { PageErrorFilter } from './page-error.filter.js';

/**
 * For what no door answered itself, such as a body that cannot be read: the JSON doors keep to OperationOutcomes; a
 * person in a browser, who asks for `text/html` by name, gets a page; everything else gets problem details.
 */
@Catch()
export class BrowserErrorFilter implements ExceptionFilter {
  constructor(
    private readonly pages: PageErrorFilter,
    private readonly problems: ProblemFilter,
    private readonly outcomes: OutcomeFilter,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const filter = wantsOutcome(host) ? this.outcomes : wantsPage(host) ? this.pages : this.problems;
    filter.catch(error, host);
  }
}

function wantsOutcome(host: ArgumentsHost): boolean {
  return (
    host.getType<string>() === 'http' && isOutcomePath(host.switchToHttp().getRequest<FastifyRequest>().url)
  );
}

function wantsPage(host: ArgumentsHost): boolean {
  if (host.getType<string>() !== 'http') return false;
  const { accept } = host.switchToHttp().getRequest<FastifyRequest>().headers;
  return /\btext\/html\b/i.test(accept ?? '');
}
