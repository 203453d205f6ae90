import type { DirectSignInInput } from '../auth-grants/direct-sign-in/direct-request.js';
import { normalizeEmail } from '../identities/email-address.js';
import { invalidField } from '../kernel/errors.js';
import { type ProjectId, parseId } from '../kernel/ids.js';
import type { JsonBody } from '../kernel/json-body.js';
import { emailInvalid, passwordMissing } from './sign-in-api.errors.js';

/** The address that signs in. @throws AppError `email-required` */
export function readEmail(body: JsonBody): string {
  const email = normalizeEmail(body.text('email') ?? '');
  if (email === undefined) throw emailInvalid({ field: 'email' });
  return email;
}

/** The project that is named, if any. @throws AppError `invalid-input` */
export function readProject(body: JsonBody): ProjectId | null {
  const text = body.text('projectId');
  const id = parseId<'Project'>(text);
  if (text !== undefined && !id) throw invalidField('projectId', 'must be an id');
  return id ?? null;
}

/** The members of a login request. @throws AppError `email-required`, `password-required`, `invalid-input` */
export function readLogin(body: JsonBody): DirectSignInInput {
  const email = readEmail(body);
  const password = body.text('password');
  if (password === undefined) throw passwordMissing({ field: 'password' });
  return {
    email,
    password,
    clientId: body.text('clientId'),
    projectId: body.text('projectId'),
    resourceType: body.text('resourceType'),
    scope: body.text('scope'),
    nonce: body.text('nonce'),
    launch: body.text('launch'),
    codeChallenge: body.text('codeChallenge'),
    codeChallengeMethod: body.text('codeChallengeMethod'),
    remember: body.flag('remember'),
  };
}
