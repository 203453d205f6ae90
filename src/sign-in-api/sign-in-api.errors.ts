import { defineError } from '../kernel/errors.js';

/** The sentences are those of the wire (wire-spec section 2.4): apps show and compare them. */
export const emailInvalid = defineError('email-required', 'invalid', 'Valid email address is required');
export const loginIdMissing = defineError('login-id-required', 'invalid', 'Login ID is required.');
export const onBehalfOfRefused = defineError(
  'on-behalf-of-refused',
  'forbidden',
  'Nobody may do this on behalf of somebody else. Leave X-Medplum-On-Behalf-Of out.',
);
