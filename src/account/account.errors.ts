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
export const userNotEnrolled = defineError('user-not-enrolled', 'invalid', 'User not enrolled in MFA');
export const appMayNot = defineError(
  'app-may-not-change-factors',
  'forbidden',
  'This app may not change how you sign in. Do it on your account page (/me/factors).',
);
export const signInAgain = defineError(
  'sign-in-again',
  'forbidden',
  'Sign in again, then change this within ten minutes; with your second factor, if you have one.',
);
