import { defineError } from '../kernel/errors.js';

export const builtInClient = defineError(
  'client-built-in',
  'conflict',
  'This client belongs to the server and people sign in through it without naming an app. Only its name, description, scopes, lifetimes and origins can be changed; to switch it off, deactivate it.',
);

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
