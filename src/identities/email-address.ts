import { domainToASCII } from 'node:url';
import { z } from 'zod';

// Letters, digits and the specials of an RFC 5321 dot-string, plus letters of other scripts (RFC 6531). No quoting.
const localPart = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const domain = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;

/**
 * The one form in which an e-mail address is stored, compared and mailed to: NFC, trimmed, lower case, its domain in
 * ASCII (RFC 5890). Two spellings of one address thus never make two people, and mail never goes to a spelling that
 * only looks like the stored one.
 * @returns `undefined` when the text is no address.
 */
export function normalizeEmail(text: string): string | undefined {
  if (text.length > 320) return undefined;
  const address = text.normalize('NFC').trim().toLowerCase();
  const at = address.lastIndexOf('@');
  const local = address.slice(0, Math.max(at, 0));
  const host = domainToASCII(address.slice(at + 1));
  const whole = `${local}@${host}`;
  // Limits of RFC 5321 section 4.5.3.1, in octets.
  if (Buffer.byteLength(local) > 64 || Buffer.byteLength(whole) > 254) return undefined;
  return localPart.test(local) && domain.test(host) ? whole : undefined;
}

/** An e-mail address as input: normalised, or refused. */
export const emailInput = z.string('must be text').transform((text, context) => {
  const address = normalizeEmail(text);
  if (address !== undefined) return address;
  context.addIssue({ code: 'custom', message: 'must be an e-mail address like name@example.org' });
  return z.NEVER;
});
