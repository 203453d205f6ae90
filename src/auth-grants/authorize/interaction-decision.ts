import type { Client } from '../../clients/clients.service.js';
import type { KeptRequest } from '../../logins/authorization-requests.service.js';
import type { Session } from '../../logins/sessions.service.js';

/** Whether a session is recent enough for a request: `prompt=login` and `max_age` (OIDC Core section 3.1.2.1). */
export function sessionIsFresh(session: Session, request: KeptRequest, nowMs: number): boolean {
  const { freshLogin, maxAge } = request.parameters;
  if (freshLogin && session.authTime < request.createdAt) return false;
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
  if (request.parameters.freshConsent) return true;
  if (client.firstParty && client.projectId === memberProjectId) return false;
  return (
    !remembered.asked ||
    scopesToAllow(request.parameters.scope).some((one) => !remembered.scope.includes(one))
  );
}
