import { defineError } from '../kernel/errors.js';

export const addressNotAllowed = defineError(
  'address-not-allowed',
  'forbidden',
  'IP address not allowed. The access policy lets you in from other addresses only.',
);
