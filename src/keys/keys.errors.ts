import { defineError } from '../kernel/errors.js';

export const noSigningKey = defineError(
  'no-signing-key',
  'unavailable',
  'No signing key is active. Run `carekey keys rotate`.',
);
export const signingKeyNotFound = defineError(
  'signing-key-not-found',
  'not-found',
  'No signing key has this id, or it is revoked already.',
);
