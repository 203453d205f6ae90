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

export const resourceInvalid = defineError(
  'resource-invalid',
  'invalid',
  'The resource is not valid. See the issues.',
);
export const resourceGone = defineError('resource-gone', 'gone', 'This was deleted.');
export const versionMismatch = defineError(
  'version-mismatch',
  'precondition-failed',
  'Somebody changed this in the meantime. Read it again, then repeat your change.',
);
const several = defineError(
  'multiple-matches',
  'precondition-failed',
  'More than one matches the condition. Make it name one.',
);
/** A condition that was to find one finds several. */
export const multipleMatches = () =>
  several({
    issues: [
      { code: 'multiple-matches', sentence: 'More than one matches the condition.', field: 'If-None-Exist' },
    ],
  });
export const conditionNotAllowed = defineError(
  'condition-not-allowed',
  'forbidden',
  'Your access policy opens no search. In If-None-Exist name an identifier as identifier=system|value; what you made yourself is found by it.',
);
export const hiddenWouldBeLost = defineError(
  'hidden-would-be-lost',
  'forbidden',
  'What you leave out holds something that your access policy hides from you. Leave it as it is.',
);
export const profileInUse = defineError(
  'profile-in-use',
  'conflict',
  'This is the profile of a member. Remove the membership first.',
);
