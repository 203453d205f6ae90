import type { Client } from '../../clients/clients.service.js';
import type { KeptRequest } from '../../logins/authorization-requests.service.js';
import type { Session } from '../../logins/sessions.service.js';

/**
 * Whether a session is recent enough for a request: `prompt=login` and `max_age` (OIDC Core section 3.1.2.1). Who signed in
 * for this very request is not asked again, however short `max_age` is: zero would never end.
 */
export function sessionIsFresh(session: Session, request: KeptRequest, nowMs: number): boolean {
  const { freshLogin, maxAge } = request.parameters;
  if (session.authTime >= request.createdAt) return true;
  if (freshLogin) return false;
  return maxAge === undefined || nowMs - session.authTime.getTime() <= maxAge * 1000;
}

/** Scopes that need the person's yes: everything that opens something, so not `openid` alone. */
export function scopesToAllow(scope: readonly string[]): string[] {
  return scope.filter((one) => one !== 'openid');
}

/**
 * Whether the person has to be asked. A first-party client is not asked about inside its own project; everybody else
 * once per person and client, and again for more than was allowed (F88).
 */
export function needsConsent(
  request: KeptRequest,
  client: Client,
  memberProjectId: string,
  remembered: { readonly asked: boolean; readonly scope: readonly string[] },
): boolean {
  if (request.parameters.freshConsent || mayBeImpersonated(request.parameters.redirectUri, client))
    return true;
  if (client.firstParty && client.projectId === memberProjectId) return false;
  return (
    !remembered.asked ||
    scopesToAllow(request.parameters.scope).some((one) => !remembered.scope.includes(one))
  );
}

/**
 * Whether another program on the person's device could be the one that asks: any app may claim a private-use scheme or
 * listen on a loopback port, so a public client there is never let through without the person (RFC 8252 section 8.6).
 */
function mayBeImpersonated(redirectUri: string, client: Client): boolean {
  if (client.authenticatedGrants.includes('authorization_code')) return false;
  return !/^https?:/.test(redirectUri) || /^http:\/\/(?:127\.0\.0\.1|\[::1\])[:/]/.test(redirectUri);
}
