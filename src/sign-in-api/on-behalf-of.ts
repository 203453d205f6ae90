import type { FastifyRequest } from 'fastify';
import { onBehalfOfRefused } from './sign-in-api.errors.js';

/**
 * Nobody acts for somebody else where credentials and sessions are concerned (rulings 14): an SDK may send the header with
 * every call, and would change the wrong person's.
 * @throws AppError `on-behalf-of-refused` (403)
 */
export function refuseOnBehalfOf({ headers }: FastifyRequest): void {
  if (headers['x-medplum-on-behalf-of'] !== undefined) throw onBehalfOfRefused();
}
