import type { ClientId } from '../kernel/ids.js';
import type { ClientChanges, ClientInput } from './client-input.js';

/** The first-party public client of logins that name no client (rulings 7, F8); the same on every server. */
export const builtInClientId = '0190c0de-0000-7000-8000-5167e1a00001' as ClientId;

/** What it is made of. It has no redirect address: codes for it leave in JSON bodies only. */
export const builtInClientInput: ClientInput = {
  name: 'Sign-in without an app',
  description: 'Belongs to the server. Stands for programs that sign people in and name no client.',
  firstParty: true,
  grantTypes: ['authorization_code', 'refresh_token'],
  authenticatedGrants: [],
  directSignIn: 'everyone',
};

const changeable: readonly string[] = [
  'name',
  'description',
  'allowedOrigins',
  'defaultScope',
  'accessTokenLifetime',
  'refreshTokenLifetime',
  'idTokenSignedResponseAlg',
  'welcomeString',
  'logoUrl',
] satisfies (keyof ClientChanges)[];

/** Whether these changes leave the built-in client what it is. */
export function keepsBuiltIn(changes: ClientChanges): boolean {
  return Object.entries(changes).every(([name, value]) => value === undefined || changeable.includes(name));
}
