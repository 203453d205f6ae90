import { defineError } from '../kernel/errors.js';

export const superAdminProjectStays = defineError(
  'super-admin-project-stays',
  'conflict',
  'The project of the super admins cannot be deactivated. Deactivate its members one by one instead.',
);
