import { defineError } from '../kernel/errors.js';

export const addressNotAllowed = defineError(
  'address-not-allowed',
  'forbidden',
  'IP address not allowed. The access policy lets you in from other addresses only.',
);

export const onBehalfOfRefused = defineError(
  'on-behalf-of-refused',
  'forbidden',
  'Nobody may do this on behalf of somebody else. Leave X-Medplum-On-Behalf-Of out.',
);
