import type { OAuthErrorCode } from '../oauth.errors.js';

/**
 * The address that carries an authorization response: the registered one with the answer in its query, its own query
 * kept (RFC 6749 section 4.1.2), with `iss` (RFC 9207) and the untouched `state`.
 */
export function authorizationResponse(
  redirectUri: string,
  issuer: string,
  state: string | undefined,
  answer: { readonly code: string } | { readonly error: OAuthErrorCode; readonly error_description: string },
): string {
  const query = new URLSearchParams({ ...answer, ...(state !== undefined && { state }), iss: issuer });
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`;
}

/** What `form-action` must allow so that a form may end at this redirect address: an origin, or a private scheme. */
export function formActionOf(redirectUri: string): string {
  const url = new URL(redirectUri);
  return url.origin === 'null' ? url.protocol : url.origin;
}
