import { presentedSecret, type Secret } from '../kernel/secrets.js';

/** A client id and every reading of its secret. */
export interface BasicCredentials {
  readonly clientId: string;
  readonly secrets: readonly Secret[];
}

/**
 * Reads `Authorization: Basic` of a client: id and secret form-urlencoded, joined by a colon, in base64 (RFC 6749 section
 * 2.3.1). Many clients send them raw, so both readings are answered (F10); the id is what stands before the first colon.
 * @returns what was presented, or what is wrong with the header.
 */
export function readBasic(header: string): BasicCredentials | 'malformed' | 'empty-secret' {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header)?.[1];
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return 'malformed';
  const rawId = text.slice(0, colon);
  const rawSecret = text.slice(colon + 1);
  if (rawSecret === '') return 'empty-secret';
  const readings = new Set([formDecoded(rawSecret) ?? rawSecret, rawSecret]);
  return { clientId: formDecoded(rawId) ?? rawId, secrets: [...readings].map(presentedSecret) };
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
