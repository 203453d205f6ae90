import type { IncomingHttpHeaders } from 'node:http';
import { isLoopbackHost } from './config.js';

const forwarding = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'via',
];

/**
 * Whether a request comes from this machine itself: a loopback peer that names a loopback host, and no proxy in
 * between (rulings 26). A published port or a page with a rebound name fails one of the three.
 */
export function isLocalPeer(request: {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}): boolean {
  const peer = (request.socket.remoteAddress ?? '').replace(/^::ffff:/i, '');
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  return (
    isLoopbackHost(peer) &&
    isLoopbackHost(host) &&
    forwarding.every((name) => request.headers[name] === undefined)
  );
}
