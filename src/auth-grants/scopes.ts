import type { Client } from '../clients/clients.service.js';
import { smartScopesSupported } from '../smart/capabilities.js';
import { scopeNotAllowed } from '../smart/client-scopes.js';
import { launchPatient } from '../smart/launch-context.js';
import { isSmartScope, readSmartScope } from '../smart/smart-scope.js';
import { OAuthError } from './oauth.errors.js';

const openidScopes = ['openid', 'profile', 'email', 'fhirUser', 'offline_access'] as const;

/** Every scope that works: discovery lists exactly these. Those for FHIR resources stand for their grammar. */
export const supportedScopes = [...openidScopes, ...smartScopesSupported] as const;

/** The names of the scope for a refresh token: OIDC Core section 11, and what older apps of the SDK's platform say (F47). */
const offlineScopes: readonly string[] = ['offline_access', 'offline'];

const known = new Set<string>([...openidScopes, ...offlineScopes, launchPatient]);

const maxScopes = 100;

/**
 * Reads a `scope` parameter (RFC 6749 section 3.3), in the order and the words asked, each once: version 1 of SMART that was
 * asked for is answered in version 1.
 * @throws OAuthError `invalid_scope` for one that is malformed or not supported.
 */
export function readScopes(text: string): string[] {
  const scopes = [...new Set(text.split(' ').filter(Boolean))];
  if (scopes.length > maxScopes) throw new OAuthError('invalid_scope', `More than ${maxScopes} scopes`);
  for (const scope of scopes) {
    const wrong = isSmartScope(scope) ? readSmartScope(scope) : undefined;
    if (typeof wrong === 'string') throw invalid(scope, `must ${wrong}`);
    if (wrong === undefined && !known.has(scope)) throw invalid(scope, 'is not supported');
  }
  return scopes;
}

/**
 * The same for a request that a person decides about.
 * @throws OAuthError `invalid_scope` also for what the client may not ask for.
 */
export function readScopesOfPerson(text: string, client: Client): string[] {
  const scopes = readScopes(text);
  const ofServers = scopes.find((scope) => scope.startsWith('system/'));
  if (ofServers !== undefined) throw invalid(ofServers, 'is for servers that act for themselves');
  const refused = scopeNotAllowed(scopes, client.allowedScopes);
  if (refused !== undefined) throw invalid(refused, 'is not allowed to this client');
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

/** A refusal that names the scope, where it can be shown (RFC 6749 section 5.2: no quotes, no backslash). */
export function invalid(scope: string, what: string): OAuthError {
  const shown = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(scope) ? ` ${scope}` : '';
  return new OAuthError('invalid_scope', `Scope${shown} ${what.replace(/["\\]/g, "'")}`);
}
