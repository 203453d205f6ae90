import { OAuthError } from './oauth.errors.js';

/** The parameters of an OAuth request: each at most once, none empty (RFC 6749 section 3.1). */
export type Parameters = ReadonlyMap<string, string>;

const maxLength = 8192;
const maxCount = 100;

/**
 * Reads a parsed query or form. Empty values count as absent, unknown names are kept.
 * @throws OAuthError `invalid_request` for repeated, oversized or too many parameters.
 */
export function readParameters(source: unknown): Parameters {
  const parameters = new Map<string, string>();
  if (typeof source !== 'object' || source === null) return parameters;
  const entries = Object.entries(source);
  if (entries.length > maxCount) throw new OAuthError('invalid_request', 'Too many parameters');
  for (const [name, value] of entries) {
    if (Array.isArray(value)) throw new OAuthError('invalid_request', `Parameter ${shown(name)} is repeated`);
    if (typeof value !== 'string' || value === '') continue;
    if (value.length > maxLength)
      throw new OAuthError('invalid_request', `Parameter ${shown(name)} is too long`);
    if (value.includes('\0'))
      throw new OAuthError('invalid_request', `Parameter ${shown(name)} has a null character`);
    parameters.set(name, value);
  }
  return parameters;
}

/**
 * Reads the form of a POST request: `application/x-www-form-urlencoded` only (RFC 6749 section 3.2).
 * @throws OAuthError `invalid_request`
 */
export function readForm(contentType: string | undefined, body: unknown): Parameters {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType !== 'application/x-www-form-urlencoded') {
    throw new OAuthError(
      'invalid_request',
      'Unsupported content type: send application/x-www-form-urlencoded',
    );
  }
  return readParameters(body);
}

/** A parameter's name as an error description may show it. */
function shown(name: string): string {
  return name.replace(/[^\w.-]/g, '').slice(0, 40);
}
