import { decodeJwt, decodeProtectedHeader } from 'jose';
import { OAuthError } from '../oauth.errors.js';
import type { ClientAuthMethod } from './client-auth.types.js';

/** The one type of client assertion that is understood (RFC 7523 section 2.2). */
export const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Seconds that an assertion may live, and by which clocks may differ. */
const longestLife = 300;
const skew = 60;

const invalid = (what: string) => new OAuthError('invalid_client', `Invalid client assertion${what}`);

/** `private_key_jwt`: the client signs a short JWT with a key of its own (RFC 7523 sections 2.2 and 3, OIDC Core section 9). */
export const privateKeyJwt: ClientAuthMethod = {
  name: 'private_key_jwt',
  read({ parameters }) {
    const type = parameters.get('client_assertion_type');
    const assertion = parameters.get('client_assertion');
    if (type === undefined && assertion === undefined) return undefined;
    if (type === undefined) throw new OAuthError('invalid_request', 'Missing client_assertion_type');
    if (type !== jwtBearer) throw new OAuthError('invalid_client', 'Unsupported client assertion type');
    if (assertion === undefined) throw new OAuthError('invalid_request', 'Invalid client assertion');
    const { iss, sub } = claimsOf(assertion);
    if (typeof iss !== 'string' || iss === '' || iss !== sub) throw invalid(' issuer');
    const clientId = parameters.get('client_id');
    if (clientId !== undefined && clientId !== iss)
      throw new OAuthError('invalid_request', 'The client assertion names another client than client_id');
    return { clientId: iss, proof: { assertion } };
  },
};

/** What a verified assertion says about its own use: which one it is, and when its age refuses it. */
export interface AssertionFacts {
  readonly jti: string;
  readonly expiresAt: Date;
}

/**
 * Judges the claims of an assertion that `read` took (RFC 7523 section 3): made for this server alone, young, and not
 * living longer than five minutes. Its signature is another matter.
 * @param audiences issuer and token endpoint: the assertion names exactly one of them (rulings 6).
 * @param now seconds since the epoch.
 * @throws OAuthError `invalid_client`
 */
export function checkAssertion(
  assertion: string,
  { audiences, now }: { readonly audiences: readonly string[]; readonly now: number },
): AssertionFacts {
  const { aud, exp, iat, nbf, jti } = claimsOf(assertion);
  // An array would let one assertion serve several servers.
  if (typeof aud !== 'string' || !audiences.includes(aud)) throw invalid(' audience');
  if (!isTime(exp)) throw invalid(': exp is missing');
  if (exp <= now - skew) throw invalid(': it has expired');
  if (exp > now + longestLife + skew) throw invalid(`: exp is more than ${longestLife} seconds ahead`);
  for (const [name, time] of Object.entries({ iat, nbf })) {
    if (time === undefined) continue;
    if (!isTime(time)) throw invalid(`: ${name} is no time`);
    if (time > now + skew) throw invalid(`: ${name} lies in the future`);
  }
  if (isTime(iat) && exp - iat > longestLife) throw invalid(`: it lives longer than ${longestLife} seconds`);
  if (typeof jti !== 'string' || jti === '') throw invalid(': jti is missing');
  return { jti, expiresAt: new Date((exp + skew) * 1000) };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 1e12;
}

/** The claims, not verified. A JWT of another kind is not taken for an assertion (`typ`, RFC 8725 section 3.11). */
function claimsOf(assertion: string): Readonly<Record<string, unknown>> {
  try {
    const { typ } = decodeProtectedHeader(assertion);
    const kind = typ?.toLowerCase().replace(/^application\//, '');
    if (kind !== undefined && kind !== 'jwt' && kind !== 'client-authentication+jwt') throw invalid(' type');
    return decodeJwt(assertion);
  } catch (cause) {
    if (cause instanceof OAuthError) throw cause;
    throw new OAuthError('invalid_client', 'Invalid client assertion', { cause });
  }
}
