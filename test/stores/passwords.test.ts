import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PasswordHasher } from '../../src/identities/password-hasher.js';
import { PasswordsService } from '../../src/identities/passwords.service.js';
import { UserPassword } from '../../src/identities/user-password.entity.js';
import { UsersService } from '../../src/identities/users.service.js';
import type { ProjectId, UserId } from '../../src/kernel/ids.js';
import { projectSettings } from '../../src/projects/project-settings.js';
import { testSealingKey } from '../helpers/app.js';
import {
  actor,
  addPerson,
  type DomainNode,
  goodPassword,
  refusal,
  startDomain,
  twoProjects,
} from './domain-node.js';

let node: DomainNode;
let passwords: PasswordsService;
let north: ProjectId;
let count = 0;

beforeAll(async () => {
  node = await startDomain();
  passwords = node.get(PasswordsService);
  north = (await twoProjects(node)).north.id;
});
afterAll(() => node.close());

const owner = { email: 'ada@example.org', givenName: 'Ada', familyName: 'Quill', project: null };
const newUser = async () => (await addPerson(node, north, `p${++count}@example.org`)).user;
const stored = (userId: UserId) => node.tx((tx) => tx.manager.findOneByOrFail(UserPassword, { userId }));

describe('passwords', () => {
  it('are kept as argon2id over a peppered text, never as they are (NIST-10)', async () => {
    const user = await newUser();
    const row = await stored(user.id);
    expect(row.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(row.pepperKey).toBe('t1');
    expect(JSON.stringify(row)).not.toContain(goodPassword);
    const other = await newUser();
    expect((await stored(other.id)).hash).not.toBe(row.hash);
    expect((await node.recorded(`User/${user.id}`)).map(({ type }) => type)).toEqual([
      'user.created',
      'password.set',
    ]);
  });

  it.each([
    ['right', goodPassword, true],
    ['wrong', `${goodPassword}!`, false],
    ['in capitals', goodPassword.toUpperCase(), false],
    ['with a space after it', `${goodPassword} `, false],
    ['cut off', goodPassword.slice(0, -1), false],
    ['empty', '', false],
    ['very long', 'a'.repeat(100_000), false],
  ])('verify: %s', async (_, password, expected) => {
    expect(await isRight(await newUser(), password)).toBe(expected);
  });

  it('are the same in both spellings of a letter (NIST-03)', async () => {
    const user = await newUser();
    const prepared = await passwords.prepare('cafe\u0301 otters hum at dusk', owner);
    await node.tx((tx) => passwords.set(tx, actor, user, prepared));
    expect(await isRight(user, 'caf\u00e9 otters hum at dusk')).toBe(true);
    expect(await isRight(user, goodPassword)).toBe(false);
  });

  it('need the length that the project says, 15 for server-scoped users (rulings 36)', async () => {
    const eight = {
      ...owner,
      project: { name: 'North', settings: projectSettings.parse({ passwordMinimum: 8 }) },
    };
    await expect(passwords.prepare('mTz4-Qwp', eight)).resolves.toBeDefined();
    await expect(passwords.prepare('mTz4-Qwp', owner)).rejects.toMatchObject({
      code: 'password-refused',
      kind: 'invalid',
      field: 'password',
      message: expect.stringContaining('at least 15 characters'),
    });
  });

  it('must not lean on the project’s own name, and say why they are refused (NIST-08)', async () => {
    const project = { name: 'Riverbend Clinic', settings: projectSettings.parse({ passwordMinimum: 8 }) };
    await expect(passwords.prepare('riverbend clinic 1', { ...owner, project })).rejects.toMatchObject({
      message: expect.stringContaining('the name of this place'),
    });
  });

  it('cost the same for an unknown person, one without a password and a wrong one (F127, rulings 35)', async () => {
    const hasher = node.get(PasswordHasher);
    const without = await node.tx((tx) =>
      node.get(UsersService).create(tx, actor, { ...names(), projectId: north }),
    );
    const work = async (user: { id: UserId } | undefined) => {
      const before = hasher.computed;
      expect(await isRight(user, 'not the password at all')).toBe(false);
      return hasher.computed - before;
    };
    expect(await work(await newUser())).toBe(1);
    expect(await work(without)).toBe(1);
    expect(await work(undefined)).toBe(1);
    expect(hasher.isCurrent(hasher.dummy)).toBe(true);
  });

  it('can be erased, once', async () => {
    const user = await newUser();
    await node.tx((tx) => passwords.erase(tx, actor, user));
    await node.tx((tx) => passwords.erase(tx, actor, user));
    expect(await node.tx((tx) => passwords.has(tx, user.id))).toBe(false);
    expect(await isRight(user, goodPassword)).toBe(false);
    expect((await node.recorded(`User/${user.id}`)).map(({ type }) => type)).toEqual([
      'user.created',
      'password.set',
      'password.erased',
    ]);
  });

  it('move to today’s pepper when the person next signs in, and wait while theirs is missing', async () => {
    const user = await newUser();
    const newKey = `t2:${Buffer.from(Array.from({ length: 32 }, (_, index) => index * 3)).toString('base64')}`;
    const alone = await startDomain({ database: node.database, sealingKeys: newKey });
    try {
      expect(await isRight(user, goodPassword, alone.get(PasswordsService))).toBe(false);
    } finally {
      await alone.close();
    }
    const both = await startDomain({ database: node.database, sealingKeys: `${newKey},${testSealingKey}` });
    try {
      const rotated = both.get(PasswordsService);
      expect(await isRight(user, 'not the password at all', rotated)).toBe(false);
      expect((await stored(user.id)).pepperKey).toBe('t1');
      expect(await isRight(user, goodPassword, rotated)).toBe(true);
      const row = await stored(user.id);
      expect(row.pepperKey).toBe('t2');
      expect(await isRight(user, goodPassword, rotated)).toBe(true);
      expect((await stored(user.id)).hash).toBe(row.hash);
      expect(await node.tx((tx) => passwords.countByPepper(tx))).toContainEqual({
        pepperKey: 't2',
        count: 1,
      });
    } finally {
      await both.close();
    }
  });

  it('get today’s parameters when the person next signs in', async () => {
    const user = await newUser();
    const weak = (await stored(user.id)).hash;
    // A hash of the same password with one pass less, as an older version would have left it.
    const { hash } = await import('@node-rs/argon2');
    const { Sealer } = await import('../../src/kernel/secrets.js');
    const peppered = node.get(Sealer).keyedHash('password-pepper', goodPassword).toString('base64');
    const old = await hash(peppered, { memoryCost: 19_456, timeCost: 1, parallelism: 1 });
    await node.tx((tx) => tx.manager.update(UserPassword, { userId: user.id }, { hash: old }));
    expect(await isRight(user, goodPassword)).toBe(true);
    const renewed = (await stored(user.id)).hash;
    expect(renewed).toContain('t=2');
    expect([weak, old]).not.toContain(renewed);
  });

  it('wait their turn for at most two seconds of work, then are told when to come back (rulings 32)', async () => {
    const hasher = node.get(PasswordHasher);
    expect(hasher.maxInFlight).toBeGreaterThanOrEqual(1);
    expect(hasher.maxInFlight).toBeLessThanOrEqual(2);
    const user = await newUser();
    const tries = await Promise.allSettled(
      Array.from({ length: 400 }, () => passwords.match(user, 'not the password at all')),
    );
    const refused = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(400);
    for (const reason of refused) expect(reason).toEqual(refusal('passwords-busy'));
    expect(refused[0]).toMatchObject({ kind: 'unavailable' });
    // Not all at the same moment.
    expect(new Set(refused.map(({ retryAfter }) => retryAfter))).toEqual(new Set([2, 3, 4, 5, 6, 7, 8]));
    expect(await isRight(user, goodPassword)).toBe(true);
  });
});

async function isRight(user: { id: UserId } | undefined, password: string, by = passwords): Promise<boolean> {
  return (await by.match(user, password)) !== undefined;
}

function names() {
  return { email: `p${++count}@example.org`, givenName: 'Ada', familyName: 'Quill' };
}
