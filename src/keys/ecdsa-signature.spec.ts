import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { joseSignature } from './ecdsa-signature.js';

describe('joseSignature', () => {
  it('gives signatures that verify as JWS has them, short and long values included', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const lengths = new Set<number>();
    for (let at = 0; at < 2000; at++) {
      const data = Buffer.from(`message ${at}`);
      const der = sign('sha256', data, privateKey);
      lengths.add(der.length);
      const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
      expect(verify('sha256', data, key, joseSignature(der))).toBe(true);
    }
    // 72 bytes with both values padded; one value with a leading zero byte left out comes every 256th time.
    expect(Math.max(...lengths)).toBe(72);
    expect(Math.min(...lengths)).toBeLessThan(70);
  });
});
