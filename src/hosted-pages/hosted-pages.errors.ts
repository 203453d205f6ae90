import { defineError } from '../kernel/errors.js';

export const malformedForm = defineError(
  'form-malformed',
  'invalid',
  'The page was sent in a form that this server does not accept. Load the page again, then try once more.',
);
export const staleForm = defineError(
  'form-stale',
  'forbidden',
  'The form did not come from this server, or from another browser. Start again from the app.',
);
