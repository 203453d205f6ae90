import { generateKeyPairSync } from 'node:crypto';

/** A key pair with which a client proves itself, as JWKs. */
export function newClientKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const words = { alg: 'ES256', use: 'sig', kid: 'bench' };
  return {
    jwk: { ...privateKey.export({ format: 'jwk' }), ...words },
    publicJwk: { ...publicKey.export({ format: 'jwk' }), ...words },
  };
}
