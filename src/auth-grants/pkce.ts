import { digest, sameBytes } from '../kernel/secrets.js';

/** Whether text can be an S256 challenge: base64url of 32 bytes (RFC 7636 section 4.2). */
export function isS256Challenge(challenge: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(challenge);
}

/**
 * The S256 challenge to keep for one that came in a JSON body. `plain` is turned into S256 at once: there the code goes
 * back in the same answer, so the challenge crosses no redirect (rulings 4, F1).
 * @returns `undefined` when the challenge has not the shape that its method asks for.
 */
export function challengeOfBody(challenge: string, method: 'S256' | 'plain'): string | undefined {
  if (method === 'S256') return isS256Challenge(challenge) ? challenge : undefined;
  return isVerifier(challenge) ? digest(challenge).toString('base64url') : undefined;
}

/** Whether a verifier has the shape of RFC 7636 section 4.1. */
export function isVerifier(verifier: string): boolean {
  return /^[A-Za-z0-9\-._~]{43,128}$/.test(verifier);
}

/** Whether a verifier hashes to a stored S256 challenge (RFC 7636 section 4.6). */
export function verifierFits(verifier: string, challenge: string): boolean {
  return isVerifier(verifier) && sameBytes(digest(verifier), Buffer.from(challenge, 'base64url'));
}
