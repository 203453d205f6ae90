import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { checkedJwkSet, readJwkSet, readPublicJwk } from './jwk-set.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const jwkOf = (pair: typeof rsa) => pair.publicKey.export({ format: 'jwk' }) as Record<string, unknown>;
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });

const padded = (n: string) =>
  Buffer.concat([Buffer.alloc(192), Buffer.from(n, 'base64url')]).toString('base64url');

describe('a public key of a client', () => {
  it.each([
    ['RSA', jwkOf(rsa), {}],
    ['RSA for one algorithm', { ...jwkOf(rsa), alg: 'PS256', use: 'sig', kid: 'k' }, {}],
    ['P-256', jwkOf(p256), {}],
    ['P-384', { ...jwkOf(p384), alg: 'ES384', key_ops: ['verify'] }, { key_ops: undefined }],
    [
      'one with members that mean nothing here',
      { ...jwkOf(p256), x5u: 'https://x', ext: true },
      { x5u: undefined, ext: undefined },
    ],
  ])('%s is taken', (_, jwk, without) => {
    const { ...expected } = { ...jwk, ...without };
    expect(readPublicJwk(jwk)).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  it.each([
    ['a private key', rsa.privateKey.export({ format: 'jwk' }), /private/],
    ['a private EC key', p256.privateKey.export({ format: 'jwk' }), /private/],
    ['a secret', { kty: 'oct', k: 'c2VjcmV0' }, /private/],
    ['a short RSA key', jwkOf(weak), /2048/],
    ['a short RSA key behind zeros', { ...jwkOf(weak), n: padded(jwkOf(weak)['n'] as string) }, /2048/],
    ['a huge RSA key', { ...jwkOf(rsa), n: Buffer.alloc(1040, 0xff).toString('base64url') }, /8192/],
    ['a huge exponent', { ...jwkOf(rsa), e: 'AQABAQABAQAB' }, /exponent/],
    ['another curve', { kty: 'EC', crv: 'secp256k1', x: 'AA', y: 'AA' }, /P-256/],
    ['a point that is not on the curve', { ...jwkOf(p256), y: jwkOf(p256)['x'] }, /valid/],
    ['another kind', { kty: 'OKP', crv: 'Ed25519', x: 'AA' }, /RSA key/],
    ['an algorithm that does not fit', { ...jwkOf(p256), alg: 'ES384' }, /ES256/],
    ['a symmetric algorithm', { ...jwkOf(rsa), alg: 'HS256' }, /RS256/],
    ['a key for encryption', { ...jwkOf(rsa), use: 'enc' }, /signatures/],
    ['a key that only signs', { ...jwkOf(rsa), key_ops: ['sign'] }, /signatures/],
    ['a kid that is no text', { ...jwkOf(rsa), kid: 7 }, /kid/],
    ['text', 'key', /object/],
    ['nothing', null, /object/],
  ])('%s is not taken', (_, jwk, words) => {
    expect(readPublicJwk(jwk)).toMatch(words);
  });
});

describe('a set of keys', () => {
  it.each([
    ['no set', [], /JWK Set/],
    ['an empty one', { keys: [] }, /1 to 20/],
    ['too many', { keys: Array.from({ length: 21 }, () => jwkOf(p256)) }, /1 to 20/],
    ['one with a bad key', { keys: [jwkOf(p256), { kty: 'oct' }] }, /key 2/],
    [
      'one that names a kid twice',
      {
        keys: [
          { ...jwkOf(p256), kid: 'a' },
          { ...jwkOf(p384), kid: 'a' },
        ],
      },
      /twice/,
    ],
  ])('%s is not kept with a client', (_, set, words) => {
    expect(checkedJwkSet(set)).toMatch(words);
  });

  it('from outside is reduced to what is fit for use', () => {
    const good = { ...jwkOf(p256), kid: 'good' };
    expect(readJwkSet({ keys: [null, { kty: 'oct', k: 'AA' }, jwkOf(weak), good] })).toEqual({
      keys: [good],
    });
    expect(readJwkSet({ keys: 'x' })).toBeUndefined();
    expect(readJwkSet(null)).toBeUndefined();
  });
});
