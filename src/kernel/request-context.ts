import type { IncomingHttpHeaders } from 'node:http';
import { type BlockList, isIPv4 } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { RequestContext } from './actor.js';
import { Clock } from './clock.js';
import { Config } from './config.js';
import { newId } from './ids.js';
import { parseAddress } from './rate-limit.js';

/** What of a request tells where it came from; Fastify's and Node's both fit. */
interface RequestOrigin {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Says where a request came from, once per request. */
@Injectable()
export class RequestContexts {
  private readonly known = new WeakMap<object, RequestContext>();

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** The request's id, address and agent; the same object for the same request. */
  of({ headers, socket }: RequestOrigin): RequestContext {
    const known = this.known.get(headers);
    if (known) return known;
    const forwarded = headers['x-forwarded-for'];
    const context: RequestContext = {
      requestId: newId<'Request'>(this.clock.now()),
      ip: clientAddress(socket.remoteAddress ?? '', forwarded, this.config.trustedProxies),
      userAgent: headers['user-agent']?.slice(0, 400),
    };
    this.known.set(headers, context);
    return context;
  }
}

const mostHops = 32;

/**
 * The address of a client: the peer, unless that is a trusted proxy; then the hop nearest to us in X-Forwarded-For that
 * is not one of them (F102). Proxies append, so what a client wrote itself stands further left and is never reached.
 * @param forwarded the header, one value or several; ignored when the peer is not trusted.
 */
export function clientAddress(
  peer: string,
  forwarded: string | readonly string[] | undefined,
  trusted: BlockList,
): string {
  let address = plainAddress(peer);
  if (address === undefined) return peer;
  if (forwarded === undefined || !isTrusted(address, trusted)) return address;
  const hops = [forwarded].flat().join(',').split(',').slice(-mostHops);
  for (const hop of hops.reverse()) {
    const found = plainAddress(withoutPort(hop.trim()));
    // A proxy that writes something else than an address is the last one that is known.
    if (found === undefined) return address;
    address = found;
    if (!isTrusted(address, trusted)) return address;
  }
  return address;
}

function isTrusted(address: string, trusted: BlockList): boolean {
  return trusted.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

/** One spelling per address: IPv4 mapped into IPv6 as IPv4 (RFC 4291 section 2.5.5.2), IPv6 as RFC 5952 writes it. */
function plainAddress(text: string): string | undefined {
  return isIPv4(text) ? text : parseAddress(text)?.toString();
}

/** Some proxies write the port behind the address: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return /^\[([^\]]*)\](?::\d{1,5})?$/.exec(hop)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(hop)?.[1] ?? hop;
}
