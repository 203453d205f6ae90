import { digest, sameBytes } from '../kernel/secrets.js';

/** Whether text can be an S256 challenge: base64url of 32 bytes (RFC 7636 section 4.2). */
export function isS256Challenge(challenge: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(challenge);
}

/** Whether a verifier has the shape of RFC 7636 section 4.1. */
export function isVerifier(verifier: string): boolean {
  return /^[A-Za-z0-9\-._~]{43,128}$/.test(verifier);
}

/** Whether a verifier hashes to a stored S256 challenge (RFC 7636 section 4.6). */
export function verifierFits(verifier: string, challenge: string): boolean {
  return isVerifier(verifier) && sameBytes(digest(verifier), Buffer.from(challenge, 'base64url'));
}
