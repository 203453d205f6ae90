import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hashSync } from '@node-rs/bcrypt';
import pg from 'pg';
import { PasswordHasher } from '../../src/identities/password-hasher.js';
import { PasswordsService } from '../../src/identities/passwords.service.js';
import type { User } from '../../src/identities/user.entity.js';
import { UsersService } from '../../src/identities/users.service.js';
import { actor, type DomainNode, startDomain } from './domain-node.js';

const password = 'copper meadow signal 77';
const hash = hashSync(password, 5);
let node: DomainNode;
let client: pg.Client;
let people = 0;

beforeAll(async () => {
  node = await startDomain();
  client = new pg.Client(node.database.ownerConnection);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await node.close();
});

async function imported(): Promise<User> {
  people += 1;
  const names = { email: `p${people}@example.org`, givenName: 'Ada', familyName: 'Quill', projectId: null };
  return node.tx(async (tx) => {
    const user = await node.get(UsersService).create(tx, actor, names);
    await node.get(PasswordsService).import(tx, actor, user, hash);
    return user;
  });
}
const kept = async ({ id }: User): Promise<string> =>
  (await client.query('SELECT hash FROM user_password WHERE user_id = $1', [id])).rows[0].hash;
/** How many hashes a check took. */
async function computed(check: () => Promise<unknown>): Promise<number> {
  const before = node.get(PasswordHasher).computed;
  await check();
  return node.get(PasswordHasher).computed - before;
}

describe('imported passwords', () => {
  it('are sealed at rest, in their row only', async () => {
    const [ada, grace] = [await imported(), await imported()];
    expect(await kept(ada)).toMatch(/^sealed:v1\./);
    expect(await kept(ada)).not.toContain(hash.slice(7));
    await client.query('UPDATE user_password SET hash = $1 WHERE user_id = $2', [await kept(ada), grace.id]);
    await expect(node.get(PasswordsService).match(grace, password)).rejects.toThrow();
  });

  it('become ours when they are used, and until then a wrong one costs what it costs for anybody', async () => {
    const passwords = node.get(PasswordsService);
    const ada = await imported();
    expect(await computed(() => passwords.match(ada, 'wrong'))).toBe(1);
    expect(await computed(() => passwords.match(undefined, 'wrong'))).toBe(1);
    expect(await kept(ada)).toMatch(/^sealed:/);
    expect(await passwords.match(ada, password)).toBeInstanceOf(Date);
    expect(await kept(ada)).toMatch(/^\$argon2id\$v=19\$m=19456/);
    expect(await passwords.match(ada, password)).toBeInstanceOf(Date);
    expect(await passwords.match(ada, 'wrong')).toBeUndefined();
  });

  it('leave a record that says where they came from', async () => {
    const { id } = await imported();
    expect(await node.recorded(`User/${id}`)).toContainEqual(
      expect.objectContaining({ type: 'password.set', detail: { imported: true } }),
    );
  });
});
