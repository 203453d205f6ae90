import { defineError } from '../kernel/errors.js';

export const resourceInvalid = defineError(
  'resource-invalid',
  'invalid',
  'The resource is not valid. See the issues.',
);
export const resourceGone = defineError('resource-gone', 'gone', 'This was deleted.');
export const versionMismatch = defineError(
  'version-mismatch',
  'precondition-failed',
  'Somebody changed this in the meantime. Read it again, then repeat your change.',
);
export const hiddenWouldBeLost = defineError(
  'hidden-would-be-lost',
  'forbidden',
  'What you leave out holds something that your access policy hides from you. Leave it as it is.',
);
export const profileInUse = defineError(
  'profile-in-use',
  'conflict',
  'This is the profile of a member. Remove the membership first.',
);
