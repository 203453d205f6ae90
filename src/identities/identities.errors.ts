import { defineError } from '../kernel/errors.js';

export const emailTaken = defineError(
  'email-taken',
  'conflict',
  'A user with this e-mail address already exists here. Use that user, or another address.',
);
export const passwordRefused = defineError(
  'password-refused',
  'invalid',
  'This password cannot be used. Choose another one.',
);
export const passwordsBusy = defineError(
  'passwords-busy',
  'unavailable',
  'Too many people are signing in at this moment. Try again in a few seconds.',
);
