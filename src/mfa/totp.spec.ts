import { describe, expect, it } from '@jest/globals';
import { newTotpSecret, secretOf, stepOfCode, totpSetup } from './totp.js';

// RFC 6238 appendix B: the ASCII secret 12345678901234567890, of whose eight digits six are left.
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

describe('totp', () => {
  it.each([
    [59, '287082', 1],
    [1_111_111_109, '081804', 37_037_036],
    [20_000_000_000, '353130', 666_666_666],
  ])('at %i seconds the code is %s, of step %i', (seconds, code, step) => {
    expect(stepOfCode(secret, code, seconds * 1000)).toBe(step);
    expect(stepOfCode(secret, `${code.slice(0, 3)} ${code.slice(3)}`, seconds * 1000)).toBe(step);
    expect(stepOfCode(secret, code, (seconds + 30) * 1000)).toBe(step);
    expect(stepOfCode(secret, code, (seconds + 61) * 1000)).toBeUndefined();
    expect(stepOfCode(secret, code, (seconds - 60) * 1000)).toBeUndefined();
  });

  it.each(['', '28708', '2870822', '28708a', 'x'.repeat(5000), '٢٨٧٠٨٢'])('%j is no code', (code) => {
    expect(stepOfCode(secret, code, 59_000)).toBeUndefined();
  });

  it('ASVS-6.5.3 F126 a secret has 160 bits, is never the same, and stands in the address', () => {
    const one = newTotpSecret();
    expect(one).toMatch(/^[A-Z2-7]{32}$/);
    expect(newTotpSecret()).not.toBe(one);
    const { uri, qrCode } = totpSetup(one, 'North: clinic', 'a:b@example.org');
    expect(uri).toContain(`secret=${one}`);
    expect(new URL(uri).searchParams.get('issuer')).toBe('North  clinic');
    expect(secretOf(uri).replaceAll(' ', '')).toBe(one);
    expect(Buffer.from(qrCode.split(',')[1]!, 'base64').toString()).toMatch(/^<svg|^<\?xml/);
  });
});
