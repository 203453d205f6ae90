import { readBasic } from '../../authentication/basic-credentials.js';
import { basicChallenge } from '../../kernel/challenges.js';
import { OAuthError } from '../oauth.errors.js';
import type { ClientAuthMethod } from './client-auth.types.js';

/** `client_secret_basic`: id and secret in the header (RFC 6749 section 2.3.1). Another scheme is a wrong credential. */
export const basic: ClientAuthMethod = {
  name: 'client_secret_basic',
  read({ authorization }) {
    if (authorization === undefined) return undefined;
    const credentials = readBasic(authorization);
    if (credentials === 'malformed')
      throw new OAuthError('invalid_client', 'Invalid authorization header', { challenge: basicChallenge });
    if (credentials === 'empty-secret')
      throw new OAuthError('invalid_client', 'The client secret is empty', { challenge: basicChallenge });
    const { clientId, secrets } = credentials;
    return { clientId, proof: { secrets } };
  },
};
