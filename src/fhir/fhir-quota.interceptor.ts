import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallerRequest } from '../authentication/access.guard.js';
import { TrafficQuotasService } from '../authentication/traffic-quotas.service.js';
import { tooMany } from '../kernel/errors.js';
import { withLimit } from '../kernel/rate-limit.js';

type Asked = Pick<FastifyRequest, 'method' | 'routeOptions'> & CallerRequest;

/**
 * Lets a caller use the FHIR door as often as its quota goes (wire-spec section 7.6): the `RateLimit` of the answer says
 * what is left as `fhirInteractions`. Comes after the guard that says who is calling.
 * @throws AppError `too-many-requests` (429)
 */
@Injectable()
export class FhirQuotaInterceptor implements NestInterceptor {
  constructor(private readonly quotas: TrafficQuotasService) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<ReturnType<CallHandler['handle']>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Asked>();
    const reply = http.getResponse<FastifyReply>();
    const { caller } = request;
    // What is public was counted by the address that asks.
    if (!caller) return next.handle();
    const state = await this.quotas.takeFhir(caller, pointsOf(request));
    if (!Number.isFinite(state.remaining)) return next.handle();
    reply.header('ratelimit', withLimit(reply.getHeader('ratelimit'), state, !state.allowed));
    if (state.allowed) return next.handle();
    throw tooMany({ retryAfter: Math.max(3, state.resetSeconds) });
  }
}

/** What a call costs, by its route, so that no way of writing an address makes it cheaper. */
function pointsOf({ method, routeOptions: { url = '' } }: Asked): number {
  if (url.endsWith('/_search')) return 20;
  if (method !== 'GET' && method !== 'HEAD') return 100;
  if (url.endsWith('/_history')) return 10;
  return url.endsWith('/:type') ? 20 : 1;
}
