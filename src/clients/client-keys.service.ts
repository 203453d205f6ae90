import { Injectable } from '@nestjs/common';
import {
  type CryptoKey,
  compactVerify,
  createLocalJWKSet,
  decodeProtectedHeader,
  errors,
  type JSONWebKeySet,
} from 'jose';
import type { Client } from './clients.store.js';
import { clientSigningAlgs, type JwkSet } from './jwk-set.js';
import { RemoteKeysService } from './remote-keys.service.js';

type Finding = 'signed' | 'not-signed' | 'no-key';
type KeyOf = ReturnType<typeof createLocalJWKSet>;

const algorithms = [...clientSigningAlgs];

/** Verifies what clients sign, with the public keys that were registered for them. */
@Injectable()
export class ClientKeysService {
  /** Imported keys, for as long as their set is in use. */
  private readonly imported = new WeakMap<JwkSet, KeyOf>();

  constructor(private readonly remote: RemoteKeysService) {}

  /**
   * Whether a JWS (RFC 7515, compact) carries a signature of the client. `alg` must be on the list and fit the key; keys
   * named in the JWS itself are never used. Keys that the client publishes are asked for again once when none fits.
   * Not inside a transaction.
   */
  async hasSigned({ jwks, jwksUri }: Pick<Client, 'jwks' | 'jwksUri'>, jws: string): Promise<boolean> {
    if (jwks) return (await this.check(jwks, jws)) === 'signed';
    if (!jwksUri) return false;
    const known = await this.remote.find(jwksUri);
    const finding = known ? await this.check(known, jws) : 'no-key';
    if (finding !== 'no-key') return finding === 'signed';
    const newer = await this.remote.findNewer(jwksUri, known);
    return newer !== undefined && (await this.check(newer, jws)) === 'signed';
  }

  private async check(keys: JwkSet, jws: string): Promise<Finding> {
    try {
      await compactVerify(jws, this.keyOf(keys), { algorithms });
      return 'signed';
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return 'no-key';
      if (error instanceof errors.JWKSMultipleMatchingKeys) return anySigned(error, jws);
      // A signature that names no key may be of a newer one.
      if (error instanceof errors.JWSSignatureVerificationFailed && !decodeProtectedHeader(jws).kid)
        return 'no-key';
      if (error instanceof errors.JOSEError) return 'not-signed';
      throw error;
    }
  }

  private keyOf(keys: JwkSet): KeyOf {
    const known = this.imported.get(keys);
    if (known) return known;
    const made = createLocalJWKSet(keys as JSONWebKeySet);
    this.imported.set(keys, made);
    return made;
  }
}

/** A JWS that names no key may have been signed by any that fits: each is tried. */
async function anySigned(candidates: AsyncIterable<CryptoKey>, jws: string): Promise<Finding> {
  for await (const key of candidates) {
    const isSigned = await compactVerify(jws, key, { algorithms }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof errors.JOSEError) return false;
        throw error;
      },
    );
    if (isSigned) return 'signed';
  }
  return 'no-key';
}
