import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RequestContext } from './actor.js';
import { Clock } from './clock.js';
import { Config } from './config.js';
import { newId } from './ids.js';

/** What of a request tells where it came from. */
type RequestOrigin = Pick<FastifyRequest, 'headers' | 'socket'>;

/** Says where a request came from, once per request. */
@Injectable()
export class RequestContexts {
  private readonly known = new WeakMap<object, RequestContext>();

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** The request's id, address and agent; the same object for the same request. */
  of(request: RequestOrigin): RequestContext {
    const known = this.known.get(request.headers);
    if (known) return known;
    const context: RequestContext = {
      requestId: newId<'Request'>(this.clock.now()),
      ip: this.address(request),
      userAgent: request.headers['user-agent']?.slice(0, 400),
    };
    this.known.set(request.headers, context);
    return context;
  }

  /**
   * The peer; behind trusted proxies the last hop of X-Forwarded-For that is not one of them (F102). Forwarded headers
   * of anybody else are ignored.
   */
  private address({ headers, socket }: RequestOrigin): string {
    const peer = plainAddress(socket.remoteAddress ?? '');
    const forwarded = headers['x-forwarded-for'];
    if (forwarded === undefined || !this.isTrusted(peer)) return peer;
    const hops = [forwarded]
      .flat()
      .join(',')
      .split(',')
      .map((hop) => plainAddress(hop.trim()));
    for (const hop of hops.reverse()) {
      if (isIP(hop) === 0) return peer;
      if (!this.isTrusted(hop)) return hop;
    }
    return peer;
  }

  private isTrusted(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.config.trustedProxies.check(address, version === 6 ? 'ipv6' : 'ipv4');
  }
}

/** An IPv4 address in its own notation, also when it came mapped into IPv6 (RFC 4291 section 2.5.5.2). */
function plainAddress(address: string): string {
  return /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)?.[1] ?? address;
}
