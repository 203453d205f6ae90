import { defineError } from '../kernel/errors.js';

export const patientMissing = defineError(
  'related-person-needs-patient',
  'invalid',
  'A RelatedPerson needs the patient that it relates to: name one of this project.',
);
