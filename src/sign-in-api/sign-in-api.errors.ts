import { defineError } from '../kernel/errors.js';

// The sentences are those of the wire (wire-spec section 2.4): apps show and compare them.

export const emailInvalid = defineError('email-required', 'invalid', 'Valid email address is required');
export const passwordMissing = defineError(
  'password-required',
  'invalid',
  'Invalid password, must be at least 8 characters',
);
export const oldPasswordMissing = defineError('old-password-required', 'invalid', 'Missing oldPassword');
export const loginMissing = defineError('login-required', 'invalid', 'Missing login');
export const tokenMissing = defineError('token-required', 'invalid', 'Missing token');
export const profileMissing = defineError('profile-required', 'invalid', 'Missing profile');
export const scopeMissing = defineError('scope-required', 'invalid', 'Missing scope');
export const loginMalformed = defineError('login-malformed', 'invalid', 'Invalid login');
export const loginIdMissing = defineError('login-id-required', 'invalid', 'Login ID is required.');
export const linkIdInvalid = defineError('link-id-invalid', 'invalid', 'Invalid request ID');
export const linkSecretMissing = defineError('link-secret-required', 'invalid', 'Missing secret');
export const linkSecretWrong = defineError('link-secret-wrong', 'invalid', 'Incorrect secret');
export const linkUsed = defineError('link-used', 'invalid', 'Already used');
export const linkExpired = defineError('link-expired', 'invalid', 'Expired');
export const linkOfOtherType = defineError('link-of-other-type', 'invalid', 'Invalid request type');
