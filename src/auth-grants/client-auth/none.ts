import type { ClientAuthMethod } from './client-auth.types.js';

/** `none`: a public client that only names itself (RFC 6749 section 3.2.1). */
export const none: ClientAuthMethod = {
  name: 'none',
  read({ parameters }) {
    const clientId = parameters.get('client_id');
    return clientId === undefined ? undefined : { clientId };
  },
};
