import { defineError } from '../kernel/errors.js';

export const addressNotAllowed = defineError(
  'address-not-allowed',
  'forbidden',
  'IP address not allowed. The access policy lets you in from other addresses only.',
);

export const onBehalfOfNotAllowed = defineError(
  'on-behalf-of-not-allowed',
  'forbidden',
  'You may not act on behalf of a member. It takes admin rights, or a client that may act for members.',
);
export const onBehalfOfInvalid = defineError(
  'on-behalf-of-invalid',
  'invalid',
  'X-Medplum-On-Behalf-Of names one member: ProjectMembership/{id}, or a profile like Practitioner/{id}.',
);
/** Unknown, deactivated, waiting to be accepted, of another project: the same words (rulings 24). */
export const onBehalfOfUnknown = defineError(
  'on-behalf-of-unknown',
  'forbidden',
  'Your project has no active member of this name.',
);
export const onBehalfOfRefused = defineError(
  'on-behalf-of-refused',
  'forbidden',
  'Nobody may do this on behalf of somebody else. Leave X-Medplum-On-Behalf-Of out.',
);
