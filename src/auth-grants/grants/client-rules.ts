import type { Client } from '../../clients/clients.service.js';

/**
 * Whether a client must authenticate to use a grant. It is a property of client and grant, not a consequence of having
 * a secret: one client may be used from a browser with its id alone and by a server with its secret (rulings 6).
 */
export function needsAuthentication(client: Client, grantType: string): boolean {
  return client.authenticatedGrants.includes(grantType);
}
