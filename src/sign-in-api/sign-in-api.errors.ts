import { defineError } from '../kernel/errors.js';

/** The sentences are those of the wire (wire-spec section 2.4): apps show and compare them. */
export const emailInvalid = defineError('email-required', 'invalid', 'Valid email address is required');
