import { defineError } from '../../kernel/errors.js';

// The sentences without an end are those of the wire (wire-spec section 2.4): apps show and compare them.

export const wrongPassword = defineError('wrong-password', 'invalid', 'Email or password is invalid');
export const userNotFound = defineError('user-not-found', 'invalid', 'User not found');
export const invalidProject = defineError('invalid-project', 'invalid', 'Invalid projectId');
export const invalidOrigin = defineError('invalid-origin', 'invalid', 'Invalid origin');
export const invalidScope = defineError('invalid-scope', 'invalid', 'Invalid scope');
export const registrationDisabled = defineError(
  'registration-disabled',
  'invalid',
  'Registration is disabled',
);
export const invalidChallenge = defineError('invalid-code-challenge', 'invalid', 'Invalid code challenge');
export const loginRevoked = defineError('login-revoked', 'invalid', 'Login revoked');
export const loginGranted = defineError('login-granted', 'invalid', 'Login granted');
export const profileAlreadySet = defineError('login-profile-set', 'invalid', 'Login profile already set');
export const profileNotSet = defineError('login-profile-not-set', 'invalid', 'Login profile not set');
export const profileNotFound = defineError('profile-not-found', 'invalid', 'Profile not found');
export const noDirectSignIn = defineError(
  'direct-sign-in-off',
  'forbidden',
  'This app may not take passwords. Send people to the sign-in page (/oauth2/authorize), or let an admin allow it for the app.',
);
export const serverAccountElsewhere = defineError(
  'direct-sign-in-project-users',
  'forbidden',
  "This app may take the passwords of its project's own users only. Sign in on the sign-in page (/oauth2/authorize), or let a super admin allow it for the app.",
);

// The second step (wire-spec section 2.6).

export const notEnrolled = defineError('not-enrolled', 'invalid', 'User not enrolled in MFA');
export const factorTokenWrong = defineError('factor-token-wrong', 'invalid', 'Invalid MFA token');
export const loginVerified = defineError('login-already-verified', 'invalid', 'Login already verified');
export const loginExpired = defineError('login-expired', 'invalid', 'Login expired');
export const factorMethodWrong = defineError(
  'login-method-without-factor',
  'invalid',
  'Invalid login authentication method',
);
