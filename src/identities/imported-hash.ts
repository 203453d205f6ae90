import { pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { verify as verifyArgon2 } from '@node-rs/argon2';
import { verify as verifyBcrypt } from '@node-rs/bcrypt';

const pbkdf2Key = promisify(pbkdf2);
const scryptKey = promisify<Buffer, Buffer, number, object, Buffer>(scrypt);

/** What a hash may cost to verify at a sign-in: some second of one core and 128 MiB (an unknown address costs 0.03 s). */
const limits = {
  bcryptCost: 14,
  argon2: { memoryKiB: 131_072, passes: 10, lanes: 8, work: 524_288 },
  scrypt: { bytes: 128 * 1024 * 1024, lanes: 4 },
  pbkdf2Rounds: 1_000_000,
  saltBytes: { least: 1, most: 128 },
  keyBytes: { least: 16, most: 128 },
} as const;

/** A hash that another system made of a password, understood. */
export interface ImportedHash {
  readonly scheme: 'bcrypt' | 'argon2' | 'scrypt' | 'pbkdf2';
  /** Whether a password is the one. Takes what its parameters ask for: run it where hashing waits its turn. */
  verify(password: string): Promise<boolean>;
}

/**
 * Reads a hash in the PHC string format, or as passlib or Django write it: bcrypt (`$2a$`, `$2b$`, `$2y$`), argon2, scrypt,
 * PBKDF2 with SHA-1, SHA-256 or SHA-512. The password goes into it as UTF-8, as it was typed.
 * @returns what is wrong with it as the end of a sentence, when it is none of these or asks for more than a sign-in may take.
 */
export function readImportedHash(text: string): ImportedHash | string {
  if (text.length > 1_000) return 'is longer than any hash';
  for (const read of [readBcrypt, readArgon2, readScrypt, readPbkdf2]) {
    const found = read(text);
    if (found !== undefined) return found;
  }
  return 'is not a bcrypt, argon2, scrypt or PBKDF2 hash in the PHC format';
}

function readBcrypt(text: string): ImportedHash | string | undefined {
  const found = /^\$2([aby])\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text);
  if (!found) return text.startsWith('$2') ? 'is not a whole bcrypt hash' : undefined;
  const cost = Number(found[2]);
  if (cost < 4 || cost > limits.bcryptCost) return `has a bcrypt cost other than 4 to ${limits.bcryptCost}`;
  return { scheme: 'bcrypt', verify: (password) => verifyBcrypt(password, text) };
}

function readArgon2(text: string): ImportedHash | string | undefined {
  if (!text.startsWith('$argon2')) return undefined;
  const found =
    /^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(
      text,
    );
  if (!found) return 'is not a whole argon2 hash of version 19';
  const [memory, passes, lanes] = found.slice(1, 4).map(Number) as [number, number, number];
  const { argon2 } = limits;
  if (
    memory > argon2.memoryKiB ||
    passes > argon2.passes ||
    lanes > argon2.lanes ||
    memory * passes > argon2.work
  )
    return `asks for more than m=${argon2.memoryKiB}, t=${argon2.passes}, p=${argon2.lanes} or m times t over ${argon2.work}`;
  if (memory < 8 * lanes || passes < 1 || lanes < 1) return 'has argon2 parameters that cannot be';
  return (
    bytesProblem(base64(found[4]!), base64(found[5]!)) ?? {
      scheme: 'argon2',
      verify: (password) => verifyArgon2(text, password),
    }
  );
}

function readScrypt(text: string): ImportedHash | string | undefined {
  if (!text.startsWith('$scrypt$')) return undefined;
  const found =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*)$/.exec(text);
  if (!found) return 'is not a whole scrypt hash ($scrypt$ln=…,r=…,p=…$salt$key)';
  const [ln, r, p] = found.slice(1, 4).map(Number) as [number, number, number];
  const N = 2 ** ln;
  if (ln < 1 || r < 1 || p < 1) return 'has scrypt parameters that cannot be';
  if (128 * N * r > limits.scrypt.bytes || p > limits.scrypt.lanes)
    return `asks for more than 128 MiB or p=${limits.scrypt.lanes}`;
  return derived('scrypt', base64(found[4]!), base64(found[5]!), (password, salt, length) =>
    scryptKey(password, salt, length, { N, r, p, maxmem: 2 * limits.scrypt.bytes }),
  );
}

const digests: Readonly<Record<string, string>> = {
  '': 'sha1',
  sha1: 'sha1',
  sha256: 'sha256',
  sha512: 'sha512',
};

function readPbkdf2(text: string): ImportedHash | string | undefined {
  if (!/^\$?pbkdf2/.test(text)) return undefined;
  const phc =
    /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d{1,9})(?:,l=\d{1,3})?\$([A-Za-z0-9+/.]+=*)\$([A-Za-z0-9+/.]+=*)$/.exec(
      text,
    );
  const django = /^pbkdf2_(sha1|sha256|sha512)\$(\d{1,9})\$([^$]+)\$([A-Za-z0-9+/]+=*)$/.exec(text);
  const found = phc ?? django;
  if (!found) return 'is not a whole PBKDF2 hash ($pbkdf2-sha256$rounds$salt$key)';
  const rounds = Number(found[2]);
  if (rounds < 1 || rounds > limits.pbkdf2Rounds) return `has other than 1 to ${limits.pbkdf2Rounds} rounds`;
  const salt = django ? Buffer.from(found[3]!) : base64(found[3]!);
  return derived('pbkdf2', salt, base64(found[4]!), (password, from, length) =>
    pbkdf2Key(password, from, rounds, length, digests[found[1] ?? '']!),
  );
}

function derived(
  scheme: ImportedHash['scheme'],
  salt: Buffer,
  key: Buffer,
  derive: (password: Buffer, salt: Buffer, length: number) => Promise<Buffer>,
): ImportedHash | string {
  return (
    bytesProblem(salt, key) ?? {
      scheme,
      verify: async (password) =>
        timingSafeEqual(await derive(Buffer.from(password, 'utf8'), salt, key.length), key),
    }
  );
}

function bytesProblem(salt: Buffer, key: Buffer): string | undefined {
  const { saltBytes, keyBytes } = limits;
  if (salt.length < saltBytes.least || salt.length > saltBytes.most) return 'has a salt of impossible length';
  if (key.length < keyBytes.least || key.length > keyBytes.most)
    return `has a key of other than ${keyBytes.least} to ${keyBytes.most} bytes`;
  return undefined;
}

/** Also as passlib writes it, with `.` for `+`. */
const base64 = (text: string) => Buffer.from(text.replaceAll('.', '+'), 'base64');
