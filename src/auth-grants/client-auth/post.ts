import { presentedSecret } from '../../kernel/secrets.js';
import { OAuthError } from '../oauth.errors.js';
import type { ClientAuthMethod } from './client-auth.types.js';

/** `client_secret_post`: id and secret in the form (RFC 6749 section 2.3.1). */
export const post: ClientAuthMethod = {
  name: 'client_secret_post',
  read({ parameters }) {
    const secret = parameters.get('client_secret');
    if (secret === undefined) return undefined;
    const clientId = parameters.get('client_id');
    if (clientId === undefined) throw new OAuthError('invalid_request', 'Missing client_id');
    return { clientId, proof: { secrets: [presentedSecret(secret)] } };
  },
};
