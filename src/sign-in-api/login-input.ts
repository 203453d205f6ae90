import { normalizeEmail } from '../identities/email-address.js';
import type { JsonBody } from '../kernel/json-body.js';
import { emailInvalid } from './sign-in-api.errors.js';

/** The address that signs in. @throws AppError `email-required` */
export function readEmail(body: JsonBody): string {
  const email = normalizeEmail(body.text('email') ?? '');
  if (email === undefined) throw emailInvalid({ field: 'email' });
  return email;
}
