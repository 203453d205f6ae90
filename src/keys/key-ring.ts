import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { Sealer } from '../kernel/secrets.js';
import { joseSignature } from './ecdsa-signature.js';
import type { SigningAlg, SigningKey } from './signing-key.entity.js';

interface RingKey {
  readonly row: SigningKey;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject | undefined;
  /** `typ` -> encoded header; few, because only our own code names types. */
  readonly headers: Map<string, string>;
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
  private published: { readonly set: JwkSet; readonly until: number } | undefined;

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
        headers: new Map(),
      });
    }
  }

  /** Signs a JWT (RFC 7519) with the active key of `alg`; `undefined` when there is none. */
  sign(alg: SigningAlg, typ: string, claims: object, now: number): string | undefined {
    const key = this.signing(alg, now);
    if (!key?.privateKey) return undefined;
    const input = `${headerOf(key, typ)}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    const made = sign('sha256', Buffer.from(input), key.privateKey);
    const signature = alg === 'ES256' ? joseSignature(made) : made;
    return `${input}.${signature.toString('base64url')}`;
  }

  /** The key that verifies tokens with this `kid`, unless it is erased or revoked. */
  verification(kid: string, now: number): VerificationKey | undefined {
    const key = this.byKid.get(kid);
    return key && isPublished(key.row, now) ? { alg: key.row.alg, key: key.publicKey } : undefined;
  }

  /** Every published public key; the same object for as long as nothing changes. */
  jwks(now: number): JwkSet {
    if (!this.published || this.published.until <= now) {
      const rows = [...this.byKid.values()].map(({ row }) => row).filter((row) => isPublished(row, now));
      const set = { keys: rows.map((row) => ({ ...row.publicJwk, kid: row.kid, alg: row.alg, use: 'sig' })) };
      this.published = { set, until: Math.min(...rows.map((row) => row.erasesAt?.getTime() ?? Infinity)) };
    }
    return this.published.set;
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

function headerOf({ row, headers }: RingKey, typ: string): string {
  let header = headers.get(typ);
  if (header === undefined) {
    header = Buffer.from(JSON.stringify({ alg: row.alg, typ, kid: row.kid })).toString('base64url');
    headers.set(typ, header);
  }
  return header;
}

function isPublished(row: SigningKey, now: number): boolean {
  return !row.erasesAt || row.erasesAt.getTime() > now;
}
