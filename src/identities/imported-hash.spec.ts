import { describe, expect, it } from '@jest/globals';
import { hashSync } from '@node-rs/argon2';
import { readImportedHash } from './imported-hash.js';

const unpadded = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
const hex = (text: string) => Buffer.from(text, 'hex');

// RFC 7914 section 11 and 12, RFC 6070.
const pbkdf2Sha256 = hex(
  '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783',
);
const pbkdf2Sha1 = hex('4b007901b765489abead49d926f721d065a429c1');
const scryptKey = hex(
  '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
);

describe('readImportedHash', () => {
  it.each<[scheme: string, password: string, hash: string]>([
    ['bcrypt', 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['bcrypt', 'U*U', '$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['argon2', 'Grüße', hashSync('Grüße', { memoryCost: 1024, timeCost: 3, parallelism: 2 })],
    ['argon2', 'x', hashSync('x', { memoryCost: 64, timeCost: 1, algorithm: 1 })],
    [
      'scrypt',
      'pleaseletmein',
      `$scrypt$ln=14,r=8,p=1$${unpadded(Buffer.from('SodiumChloride'))}$${unpadded(scryptKey)}`,
    ],
    ['pbkdf2', 'passwd', `$pbkdf2-sha256$1$${unpadded(Buffer.from('salt'))}$${unpadded(pbkdf2Sha256)}`],
    ['pbkdf2', 'passwd', `$pbkdf2-sha256$i=1,l=64$c2FsdA$${unpadded(pbkdf2Sha256)}`],
    ['pbkdf2', 'passwd', `pbkdf2_sha256$1$salt$${pbkdf2Sha256.toString('base64')}`],
    ['pbkdf2', 'password', `$pbkdf2$4096$c2FsdA$${unpadded(pbkdf2Sha1).replaceAll('+', '.')}`],
    ['pbkdf2', 'password', `pbkdf2_sha1$4096$salt$${pbkdf2Sha1.toString('base64')}`],
  ])('%s: the password and no other', async (scheme, password, hash) => {
    const read = readImportedHash(hash);
    if (typeof read === 'string') throw new Error(read);
    expect(read.scheme).toBe(scheme);
    expect(await read.verify(password)).toBe(true);
    expect(await read.verify(`${password}.`)).toBe(false);
    expect(await read.verify('')).toBe(false);
  });

  const salt = 'c2FsdHNhbHQ';
  const key = 'A'.repeat(43);
  it.each<[what: string, hash: string, problem: RegExp]>([
    ['nothing', '', /not a bcrypt, argon2/],
    ['a bare digest', '5f4dcc3b5aa765d61d8327deb882cf99', /not a bcrypt, argon2/],
    ['a bcrypt hash cut off', '$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0Xou', /not a whole bcrypt/],
    ['bcrypt that takes minutes', `$2b$20$${'a'.repeat(53)}`, /cost other than 4 to 14/],
    ['bcrypt with no rounds', `$2b$03$${'a'.repeat(53)}`, /cost other than/],
    ['argon2 of a gigabyte', `$argon2id$v=19$m=1048576,t=1,p=1$${salt}$${key}`, /more than m=131072/],
    ['argon2 of many passes', `$argon2id$v=19$m=131072,t=10,p=1$${salt}$${key}`, /m times t/],
    ['argon2 of no memory', `$argon2id$v=19$m=1,t=1,p=1$${salt}$${key}`, /cannot be/],
    ['argon2 of the old version', `$argon2id$m=1024,t=1,p=1$${salt}$${key}`, /version 19/],
    ['argon2 with a key of nothing', `$argon2id$v=19$m=1024,t=1,p=1$${salt}$AA`, /key of other than/],
    ['scrypt of a gigabyte', `$scrypt$ln=20,r=8,p=1$${salt}$${key}`, /128 MiB/],
    ['scrypt in many lanes', `$scrypt$ln=10,r=8,p=99$${salt}$${key}`, /p=4/],
    ['scrypt of nothing', `$scrypt$ln=0,r=8,p=1$${salt}$${key}`, /cannot be/],
    [
      'PBKDF2 that takes minutes',
      `$pbkdf2-sha512$999999999$${salt}$${key}`,
      /other than 1 to 1000000 rounds/,
    ],
    ['PBKDF2 with no rounds', `$pbkdf2-sha256$0$${salt}$${key}`, /other than 1 to/],
    ['PBKDF2 with MD5', `$pbkdf2-md5$1000$${salt}$${key}`, /not a whole PBKDF2/],
    ['PBKDF2 with a short key', `$pbkdf2-sha256$1000$${salt}$AAAA`, /key of other than/],
    ['a megabyte', `$2b$10$${'a'.repeat(1_000_000)}`, /longer than any hash/],
  ])('refuses %s', (_, hash, problem) => {
    expect(readImportedHash(hash)).toMatch(problem);
  });
});
