import { OAuthError } from './oauth.errors.js';

/** Every scope that works: discovery lists exactly these. */
export const supportedScopes = ['openid', 'profile', 'email', 'fhirUser', 'offline_access'] as const;

/** The names of the scope for a refresh token: OIDC Core section 11, and what older apps of the SDK's platform say (F47). */
const offlineScopes: readonly string[] = ['offline_access', 'offline'];

const known = new Set<string>([...supportedScopes, ...offlineScopes]);

/**
 * Reads a `scope` parameter (RFC 6749 section 3.3), in the order asked, each once.
 * @throws OAuthError `invalid_scope` for one that is malformed or not supported.
 */
export function readScopes(text: string): string[] {
  const scopes = [...new Set(text.split(' ').filter(Boolean))];
  for (const scope of scopes) {
    if (!known.has(scope)) {
      const shown = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(scope) ? ` ${scope}` : '';
      throw new OAuthError('invalid_scope', `Scope${shown} is not supported`);
    }
  }
  return scopes;
}

/** Whether the scopes ask for a refresh token. */
export function isOffline(scopes: readonly string[]): boolean {
  return scopes.some((scope) => offlineScopes.includes(scope));
}

/** The scopes of an answer that brings no refresh token. */
export function withoutOffline(scopes: readonly string[]): string[] {
  return scopes.filter((scope) => !offlineScopes.includes(scope));
}
