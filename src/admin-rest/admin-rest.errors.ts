import { defineError } from '../kernel/errors.js';

export const fieldRequired = defineError('field-required', 'invalid', 'A required field is missing.');
