import { createPublicKey, type KeyObject } from 'node:crypto';

/** Algorithms that a client may sign with (RFC 7518 section 3.1): asymmetric ones only, each bound to its kind of key. */
export const clientSigningAlgs = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384'] as const;

/** A public key of a client (RFC 7517), reduced to the members that matter. */
export interface PublicJwk {
  readonly kty: 'RSA' | 'EC';
  readonly kid?: string;
  readonly alg?: string;
  readonly use?: 'sig';
  readonly n?: string;
  readonly e?: string;
  readonly crv?: 'P-256' | 'P-384';
  readonly x?: string;
  readonly y?: string;
}

export interface JwkSet {
  readonly keys: readonly PublicJwk[];
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const ecAlgs: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384' };
const rsaAlgs: readonly string[] = clientSigningAlgs.filter((alg) => !alg.startsWith('ES'));
const maxKeys = 20;

/**
 * Reads a public key that signatures of a client may be checked with: RSA of 2048 to 8192 bits, or EC on P-256 or P-384.
 * @returns the key without members that mean nothing here, or what is wrong with it, to follow the words "must".
 */
export function readPublicJwk(value: unknown): PublicJwk | string {
  if (typeof value !== 'object' || value === null) return 'be an object';
  const jwk = value as Readonly<Record<string, unknown>>;
  if (privateMembers.some((member) => jwk[member] !== undefined)) return 'be public: it has private members';
  const { kid, alg, use, key_ops: operations } = jwk;
  if (kid !== undefined && !(typeof kid === 'string' && kid.length >= 1 && kid.length <= 200)) {
    return 'have a kid of 1 to 200 characters, or none';
  }
  if (use !== undefined && use !== 'sig') return 'be for signatures (use "sig")';
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return 'be for signatures (key_ops "verify")';
  }
  const key = keyMaterial(jwk);
  if (typeof key === 'string') return key;
  const fitting = key.kty === 'EC' ? [ecAlgs[key.crv!]] : rsaAlgs;
  if (alg !== undefined && !fitting.includes(alg as string)) return `have an alg among ${fitting.join(', ')}`;
  return {
    ...key,
    ...(kid !== undefined && { kid: kid as string }),
    ...(alg !== undefined && { alg: alg as string }),
    ...(use !== undefined && { use: 'sig' }),
  };
}

/** The keys of a JWK Set from outside that are fit for use, at most 20; what is not is passed over (RFC 7517 section 5). */
export function readJwkSet(value: unknown): JwkSet | undefined {
  const keys = (value as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) return undefined;
  const usable = keys.slice(0, 100).map(readPublicJwk);
  return { keys: usable.filter((key) => typeof key !== 'string').slice(0, maxKeys) };
}

/**
 * Judges a JWK Set that is to be kept with a client: every key must be fit for use.
 * @returns the set, or what is wrong with it, to follow the words "must".
 */
export function checkedJwkSet(value: unknown): JwkSet | string {
  const keys = (value as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) return 'be a JWK Set: an object with "keys"';
  if (keys.length === 0 || keys.length > maxKeys) return `have 1 to ${maxKeys} keys`;
  const read: PublicJwk[] = [];
  for (const [at, one] of keys.entries()) {
    const key = readPublicJwk(one);
    if (typeof key === 'string') return `have usable keys; key ${at + 1} must ${key}`;
    if (key.kid !== undefined && read.some(({ kid }) => kid === key.kid)) return 'name no kid twice';
    read.push(key);
  }
  return { keys: read };
}

type KeyMaterial = Omit<PublicJwk, 'kid' | 'alg' | 'use'>;

function keyMaterial({ kty, n, e, crv, x, y }: Readonly<Record<string, unknown>>): KeyMaterial | string {
  if (kty === 'RSA' && isBase64url(n) && isBase64url(e)) {
    // A huge exponent or modulus would make each check of a signature slow.
    const bits = e.length <= 8 ? imported({ kty, n, e })?.asymmetricKeyDetails?.modulusLength : 0;
    if (bits === undefined) return 'be a valid key';
    // Of the number itself: zeros before it make no key longer.
    return bits >= 2048 && bits <= 8192 ? { kty, n, e } : 'have 2048 to 8192 bits and a usual exponent';
  }
  if (kty === 'EC' && (crv === 'P-256' || crv === 'P-384') && isBase64url(x) && isBase64url(y)) {
    return imported({ kty, crv, x, y }) ? { kty, crv, x, y } : 'be a valid key';
  }
  return 'be an RSA key, or an EC key on P-256 or P-384';
}

function imported(key: KeyMaterial): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...key }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function isBase64url(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,1400}$/.test(value);
}
