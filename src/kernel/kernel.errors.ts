import { defineError } from './errors.js';

/** The idempotency key itself is not usable. */
export const badIdempotencyKey = defineError(
  'bad-idempotency-key',
  'invalid',
  'The idempotency key must have 1 to 255 printable ASCII characters and needs a signed-in caller.',
);

/** One key, two different inputs. */
export const idempotencyKeyReused = defineError(
  'idempotency-key-reused',
  'conflict',
  'This idempotency key was used with other input. Use a new key for a new request.',
);

/** The address may not be called from here. */
export const outboundRefused = defineError(
  'outbound-refused',
  'invalid',
  'This address may not be called. Use a public https address on port 443, or let the operator allow the host.',
);

/** The other side did not answer as it should. */
export const outboundFailed = defineError(
  'outbound-failed',
  'unavailable',
  'The other server did not answer properly. Check its address, then try again.',
);

/** The body is no JSON object. */
export const contentUnreadable = defineError('content-unreadable', 'invalid', 'Content could not be parsed');
