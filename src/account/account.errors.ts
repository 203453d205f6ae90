import { defineError } from '../kernel/errors.js';

// The sentences without an end are those of the wire (wire-spec section 2.5): apps show and compare them.

export const passwordNotSet = defineError('password-not-set', 'invalid', 'Existing password not set');
export const passwordIncorrect = defineError('password-incorrect', 'invalid', 'Incorrect password');
export const personOnly = defineError(
  'person-only',
  'forbidden',
  'Only a person has a password. Call with the access token of a person who signed in.',
);
export const confinedLogin = defineError(
  'confined-login',
  'forbidden',
  'This sign-in reaches one membership only. Sign in with your own password, then try again.',
);
