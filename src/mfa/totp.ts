import { Secret as OtpSecret, TOTP, URI } from 'otpauth';
import { encodeQR } from 'qr';
import { randomBytesOf } from '../kernel/secrets.js';

/** RFC 6238 with what every authenticator app has: SHA-1, six digits, 30 seconds. */
const period = 30;
const digits = 6;
/** Steps before and after the present one in which a code is still taken (wire-spec section 2.6). */
const window = 1;
/** RFC 4226 section 4 recommends 160 bits. */
const secretBytes = 20;

/** A new secret, base32. */
export function newTotpSecret(): string {
  return new OtpSecret({ buffer: Uint8Array.from(randomBytesOf(secretBytes)).buffer }).base32;
}

/** The step whose code this is, near `now` (milliseconds); `undefined` for no such code. Blanks are left out. */
export function stepOfCode(secret: string, code: string, now: number): number | undefined {
  const token = code.replace(/[\s-]/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const totp = new TOTP({ secret: OtpSecret.fromBase32(secret), period, digits });
  const delta = totp.validate({ token, timestamp: now, window });
  return delta === null ? undefined : Math.floor(now / 1000 / period) + delta;
}

/** The `otpauth:` address of a secret, and its QR code as a `data:` address. */
export function totpSetup(secret: string, issuer: string, account: string): { uri: string; qrCode: string } {
  // A colon parts issuer and account in the label.
  const label = account.replaceAll(':', ' ');
  const uri = new TOTP({
    issuer: issuer.replaceAll(':', ' '),
    label,
    secret: OtpSecret.fromBase32(secret),
    period,
    digits,
  }).toString();
  const svg = encodeQR(uri, 'svg', { border: 2 });
  return { uri, qrCode: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}` };
}

/** The secret in an `otpauth:` address, in groups of four, for typing. */
export function secretOf(uri: string): string {
  return (URI.parse(uri).secret.base32.match(/.{1,4}/g) ?? []).join(' ');
}
