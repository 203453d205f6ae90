import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { Sealer } from '../kernel/secrets.js';
import { joseSignature } from './ecdsa-signature.js';
import type { SigningAlg, SigningKey } from './signing-key.entity.js';

interface RingKey {
  readonly row: SigningKey;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject | undefined;
}

/** What a token may be verified with. */
export interface VerificationKey {
  readonly alg: SigningAlg;
  readonly key: KeyObject;
}

/** A JWK Set (RFC 7517 section 5) of public keys. */
export interface JwkSet {
  readonly keys: readonly Record<string, string>[];
}

/** Where a sealed private key lives. */
export const privateKeyPlace = (kid: string) => ({
  table: 'signing_key',
  column: 'sealed_private_jwk',
  row: kid,
  project: null,
});

/** A snapshot of all signing keys with their parsed key objects. Times are milliseconds since the epoch. */
export class KeyRing {
  private readonly byKid = new Map<string, RingKey>();

  constructor(rows: readonly SigningKey[], sealer: Sealer) {
    for (const row of rows) {
      if (row.revokedAt) continue;
      const sealed = row.sealedPrivateJwk;
      this.byKid.set(row.kid, {
        row,
        publicKey: createPublicKey({ key: row.publicJwk, format: 'jwk' }),
        privateKey: sealed
          ? createPrivateKey({
              key: JSON.parse(sealer.open(privateKeyPlace(row.kid), sealed)),
              format: 'jwk',
            })
          : undefined,
      });
    }
  }

  /** Signs a JWT (RFC 7519) with the active key of `alg`; `undefined` when there is none. */
  sign(alg: SigningAlg, typ: string, claims: object, now: number): string | undefined {
    const key = this.signing(alg, now);
    if (!key?.privateKey) return undefined;
    const header = Buffer.from(JSON.stringify({ alg, typ, kid: key.row.kid })).toString('base64url');
    const input = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    const made = sign('sha256', Buffer.from(input), key.privateKey);
    const signature = alg === 'ES256' ? joseSignature(made) : made;
    return `${input}.${signature.toString('base64url')}`;
  }

  /** The key that verifies tokens with this `kid`, unless it is erased or revoked. */
  verification(kid: string, now: number): VerificationKey | undefined {
    const key = this.byKid.get(kid);
    return key && isPublished(key.row, now) ? { alg: key.row.alg, key: key.publicKey } : undefined;
  }

  /** Every published public key. */
  jwks(now: number): JwkSet {
    const keys = [...this.byKid.values()].filter(({ row }) => isPublished(row, now));
    return { keys: keys.map(({ row }) => ({ ...row.publicJwk, kid: row.kid, alg: row.alg, use: 'sig' })) };
  }

  /**
   * The newest key whose time has come. A node whose clock lags behind that of an emergency may find none: it signs
   * with the next one, which is published like every other.
   */
  private signing(alg: SigningAlg, now: number): RingKey | undefined {
    let newest: RingKey | undefined;
    let next: RingKey | undefined;
    for (const key of this.byKid.values()) {
      const { row } = key;
      if (row.alg !== alg || !key.privateKey) continue;
      if (row.retiresAt && row.retiresAt.getTime() <= now) continue;
      if (row.activatesAt.getTime() > now) {
        if (!next || row.activatesAt < next.row.activatesAt) next = key;
      } else if (!newest || row.activatesAt > newest.row.activatesAt) newest = key;
    }
    return newest ?? next;
  }
}

function isPublished(row: SigningKey, now: number): boolean {
  return !row.erasesAt || row.erasesAt.getTime() > now;
}
