import { defineError } from '../kernel/errors.js';

export const indexBehind = defineError(
  'search-index-behind',
  'unavailable',
  'Searches of this type are being prepared. Try again in a few seconds.',
);
export const patientMissing = defineError(
  'related-person-needs-patient',
  'invalid',
  'A RelatedPerson needs the patient that it relates to: name one of this project.',
);
