import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

declare const secretBrand: unique symbol;

/** A credential in the clear: 256 random bits as base64url. It opens; an `Id` never does. */
export type Secret = string & { readonly [secretBrand]: true };

/** A new 256-bit credential, base64url, 43 characters. */
export function newSecret(): Secret {
  return randomBytes(32).toString('base64url') as Secret;
}

/** A new 256-bit client secret, 64 hex characters (wire-spec section 1.4). */
export function newClientSecret(): Secret {
  return randomBytes(32).toString('hex') as Secret;
}

/** Marks text from outside as something to be checked as a credential. */
export function presentedSecret(text: string): Secret {
  return text as Secret;
}

/** What is stored of a 256-bit credential: SHA-256, 32 bytes. Right only for random secrets, never for passwords. */
export function hashSecret(secret: Secret): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** The digest of anything that is not a credential (cache keys, input fingerprints). */
export function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/** Equality in constant time; `false` for different lengths. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Random bytes for salts, nonces and keys. */
export function randomBytesOf(length: number): Buffer {
  return randomBytes(length);
}

/** Where a sealed value lives. It is bound to this place: moved to another row it does not open. */
export interface SealedPlace {
  readonly table: string;
  readonly column: string;
  readonly row: string;
  readonly project: string | null;
}

/** A sealing key: `id` is written into what it seals, `key` is 32 bytes. */
export interface SealingKey {
  readonly id: string;
  readonly key: Buffer;
}

/** What a sub-key is for, named by its user: one purpose, one key. */
type Purpose = string;

/**
 * Seals values at rest with AES-256-GCM and makes keyed hashes, each purpose under a sub-key of its own
 * (HKDF, RFC 5869). The first key seals and hashes; every key opens. Losing all keys loses what they sealed.
 */
export class Sealer {
  private readonly subKeys = new Map<string, Buffer>();

  /** @param keys at least one; the first one seals. */
  constructor(private readonly keys: readonly SealingKey[]) {
    if (keys.length === 0) throw new Error('Sealer needs a key');
  }

  /** The id of the key that seals now. */
  get currentKeyId(): string {
    return this.keys[0]!.id;
  }

  /** The ids of every key that opens. */
  get keyIds(): string[] {
    return this.keys.map((key) => key.id);
  }

  /** Seals text for one place: `v1.<key id>.<nonce>.<ciphertext and tag>`, all base64url. */
  seal(place: SealedPlace, plaintext: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.subKey(this.currentKeyId, 'seal'), nonce);
    cipher.setAAD(additionalData(place));
    const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `v1.${this.currentKeyId}.${nonce.toString('base64url')}.${body.toString('base64url')}`;
  }

  /**
   * Opens what `seal` made for the same place.
   * @throws Error when the key is unknown, the place differs or a byte was changed.
   */
  open(place: SealedPlace, sealed: string): string {
    const [version, keyId, nonce, body] = sealed.split('.');
    if (version !== 'v1' || keyId === undefined || nonce === undefined || body === undefined) {
      throw new Error('Not a sealed value');
    }
    const bytes = Buffer.from(body, 'base64url');
    const decipher = createDecipheriv(
      'aes-256-gcm',
      this.subKey(keyId, 'seal'),
      Buffer.from(nonce, 'base64url'),
    );
    decipher.setAAD(additionalData(place));
    decipher.setAuthTag(bytes.subarray(bytes.length - 16));
    return decipher.update(bytes.subarray(0, bytes.length - 16), undefined, 'utf8') + decipher.final('utf8');
  }

  /**
   * HMAC-SHA-256 under the sub-key of one purpose: for values too short or too guessable for a bare hash.
   * @param keyId the key to use; the current one when left out.
   */
  keyedHash(purpose: Purpose, value: string, keyId = this.currentKeyId): Buffer {
    return createHmac('sha256', this.subKey(keyId, purpose)).update(value).digest();
  }

  private subKey(keyId: string, purpose: Purpose): Buffer {
    const cacheKey = `${keyId} ${purpose}`;
    const cached = this.subKeys.get(cacheKey);
    if (cached) return cached;
    const root = this.keys.find((key) => key.id === keyId);
    if (!root) throw new Error(`Sealing key "${keyId}" is not configured`);
    const made = Buffer.from(hkdfSync('sha256', root.key, '', `carekey ${purpose}`, 32));
    this.subKeys.set(cacheKey, made);
    return made;
  }
}

function additionalData(place: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([place.table, place.column, place.row, place.project]));
}
