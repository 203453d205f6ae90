import { type AppError, defineError } from '../kernel/errors.js';

const refused = defineError('not-supported', 'invalid', 'This is not supported here.');

/** What FHIR allows and this server does not do. @param field what the caller named. */
export function notSupported(sentence: string, field: string): AppError {
  const named = field.replace(/[^\w:.-]/g, '').slice(0, 60);
  return refused({ sentence, field: named, issues: [{ code: 'not-supported', sentence, field: named }] });
}

/** A search about something that the caller's policy hides. */
export const searchHidden = defineError(
  'search-hidden',
  'forbidden',
  'Your access policy hides what this search asks about. Leave the parameter out.',
);
