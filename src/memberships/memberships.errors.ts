import { defineError } from '../kernel/errors.js';

export const externalIdTaken = defineError(
  'external-id-taken',
  'conflict',
  'Another member of this project has this external id. Choose another one.',
);
export const passwordNeedsProjectScope = defineError(
  'password-needs-project-scope',
  'invalid',
  'Only a user of this project can be given a password. Leave the password out, or make the user project-scoped.',
);
export const lastAdmin = defineError(
  'last-super-admin',
  'invalid',
  'This is the last active super admin. Make another one first.',
);
