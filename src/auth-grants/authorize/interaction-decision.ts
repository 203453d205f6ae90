import type { Client } from '../../clients/clients.service.js';
import { normalizeEmail } from '../../identities/email-address.js';
import type { ProjectId } from '../../kernel/ids.js';
import type { KeptRequest } from '../../logins/authorization-requests.service.js';
import type { Session } from '../../logins/sessions.service.js';
import { needsPatient } from '../../smart/launch-context.js';
import { scopesOfClaims } from '../user-claims.js';

/**
 * Whether a session is recent enough for a request: `prompt=login` and `max_age` (OIDC Core section 3.1.2.1), counted
 * from the request: reading a page does not make a sign-in too old for it, and zero ends with the next sign-in.
 */
export function sessionIsFresh(session: Session, { parameters, createdAt }: KeptRequest): boolean {
  const { freshLogin, maxAge } = parameters;
  const oldest = freshLogin ? 0 : maxAge;
  return oldest === undefined || session.authTime.getTime() >= createdAt.getTime() - oldest * 1000;
}

/** Whether this person is the one that the request names, if it names one. */
export function isHinted(person: { userId: string }, { parameters }: KeptRequest): boolean {
  return parameters.hintedUser === undefined || parameters.hintedUser === person.userId;
}

/** Whether `login_hint` is this person's address, or there is none. */
export function fitsLoginHint(person: { email: string }, { parameters }: KeptRequest): boolean {
  const { loginHint } = parameters;
  return loginHint === undefined || normalizeEmail(loginHint) === person.email;
}

/** What a request asks the person for: scopes, and scopes whose claims it names one by one. */
export function askedOf({ parameters }: KeptRequest): string[] {
  const { scope, claims } = parameters;
  const named = scopesOfClaims([...(claims?.userinfo ?? []), ...(claims?.idToken ?? [])]);
  return [...new Set([...scope, ...named])];
}

/**
 * The one membership that needs no choosing: the only one there is. One that waits to be accepted settles by itself
 * only through a client of its own project (rulings 24).
 */
export function settledChoice<Choice extends { readonly projectId: ProjectId; readonly pending: boolean }>(
  choices: readonly Choice[],
  client: Pick<Client, 'projectId'>,
): Choice | undefined {
  const [only, ...others] = choices;
  if (!only || others.length > 0) return undefined;
  return only.pending && client.projectId !== only.projectId ? undefined : only;
}

/** Whether the request needs a patient in context, and the membership is no patient's (SMT-12). */
export function lacksPatient({ parameters }: KeptRequest, { profileType }: { readonly profileType: string }) {
  return needsPatient(parameters.scope) && profileType !== 'Patient';
}

/** Scopes that need the person's yes: everything that opens something, so not `openid` alone. */
export function scopesToAllow(scope: readonly string[]): string[] {
  return scope.filter((one) => one !== 'openid');
}

/**
 * Whether the person has to be asked. A first-party client is not asked about inside its own project; everybody else
 * once per person and client, and again for more than was allowed (F88). A membership that the person has not accepted
 * is never accepted without a word: an admin made it, and would learn who comes by (rulings 24).
 * @param choice the membership that would be granted; `undefined` while it is open.
 */
export function needsConsent(
  request: KeptRequest,
  client: Client,
  choice: { readonly projectId: string; readonly pending: boolean } | undefined,
  remembered: { readonly asked: boolean; readonly scope: readonly string[] },
): boolean {
  if (choice?.pending) return true;
  if (request.parameters.freshConsent || mayBeImpersonated(request.parameters.redirectUri, client))
    return true;
  if (client.firstParty && choice && client.projectId === choice.projectId) return false;
  return !remembered.asked || scopesToAllow(askedOf(request)).some((one) => !remembered.scope.includes(one));
}

/**
 * Whether another program on the person's device could be the one that asks: any app may claim a private-use scheme or
 * listen on a loopback port, so a public client there is never let through without the person (RFC 8252 section 8.6).
 * Addresses with http are loopback ones: no others can be registered.
 */
function mayBeImpersonated(redirectUri: string, client: Client): boolean {
  return !client.authenticatedGrants.includes('authorization_code') && !redirectUri.startsWith('https:');
}
