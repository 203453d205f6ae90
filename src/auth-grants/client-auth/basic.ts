import { presentedSecret } from '../../kernel/secrets.js';
import { OAuthError } from '../oauth.errors.js';
import type { ClientAuthMethod } from './client-auth.types.js';

/** The challenge of a 401 answer to a request that used the header (RFC 6749 section 5.2). */
export const basicChallenge = 'Basic realm="carekey", charset="UTF-8"';

/**
 * `client_secret_basic`: id and secret form-urlencoded, joined by a colon, in base64 (RFC 6749 section 2.3.1). Many
 * clients send them raw, so both readings are tried (F10); the id is what stands before the first colon.
 */
export const basic: ClientAuthMethod = {
  name: 'client_secret_basic',
  read({ authorization }) {
    if (authorization === undefined) return undefined;
    const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization)?.[1];
    const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 1) {
      throw new OAuthError('invalid_client', 'Invalid authorization header', { challenge: basicChallenge });
    }
    const rawId = text.slice(0, colon);
    const rawSecret = text.slice(colon + 1);
    if (rawSecret === '') {
      throw new OAuthError('invalid_client', 'The client secret is empty', { challenge: basicChallenge });
    }
    const readings = new Set([formDecoded(rawSecret) ?? rawSecret, rawSecret]);
    return { clientId: formDecoded(rawId) ?? rawId, secrets: [...readings].map(presentedSecret) };
  },
};

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
