import { defineError } from '../kernel/errors.js';

// The sentences without an end are those of the wire (wire-spec section 2.6): apps show and compare them.

export const alreadyEnrolled = defineError('factor-already-enrolled', 'invalid', 'Already enrolled');
export const enrolmentMissing = defineError('factor-enrolment-missing', 'invalid', 'Secret not found');
export const enrolmentCodeWrong = defineError('factor-enrolment-code', 'invalid', 'Invalid token');
export const factorRequired = defineError(
  'factor-required',
  'invalid',
  'Cannot remove the last MFA factor because MFA is required',
);
