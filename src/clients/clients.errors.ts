import { defineError } from '../kernel/errors.js';

export const secretExpiryPast = defineError(
  'secret-expiry-past',
  'invalid',
  'The retiring secret must expire in the future. Give a later time, or retire the secret at once.',
);
export const noRetiringSecret = defineError(
  'no-retiring-secret',
  'conflict',
  'This client has no retiring secret. There is nothing to finish.',
);
