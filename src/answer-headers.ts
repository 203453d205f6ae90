import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Config } from './kernel/config.js';
import { rateLimitHeader } from './kernel/rate-limit.js';

/** What each answer carries unless its handler says otherwise (wire-spec section 0.4). */
export const defaultHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Adds to every answer what holds for all doors, so that none can forget it. */
export function addHeaders(fastify: FastifyInstance, config: Config): void {
  const headers = Object.entries({
    ...defaultHeaders,
    ...(config.isHttps && { 'strict-transport-security': 'max-age=63072000; includeSubDomains; preload' }),
  });
  const metadata = config.url('.well-known/oauth-protected-resource');
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    for (const [name, value] of headers) if (!reply.hasHeader(name)) reply.header(name, value);
    nameIssuer(reply, metadata);
    if (reply.statusCode === 429 || reply.statusCode === 503) sayWhenToComeBack(reply);
    done();
  });
}

/** Whoever is refused learns where tokens come from (RFC 9728 section 5.1). */
function nameIssuer(reply: FastifyReply, metadata: string): void {
  const challenge = reply.getHeader('www-authenticate');
  if (challenge === undefined) return;
  const named = String(challenge).replace(/^Bearer /, `Bearer resource_metadata="${metadata}", `);
  reply.header('www-authenticate', named);
}

/** The SDK reads `RateLimit` only, and without `r=0` it asks again at once (rulings 14). */
function sayWhenToComeBack(reply: FastifyReply): void {
  const said = String(reply.getHeader('ratelimit') ?? '');
  if (said.includes(';r=0;')) return;
  const [, name = 'requests'] = /^"([^"]+)"/.exec(said) ?? [];
  const resetSeconds = Number(reply.getHeader('retry-after') ?? 3);
  reply.header('ratelimit', rateLimitHeader({ name, remaining: 0, resetSeconds }, true));
}
