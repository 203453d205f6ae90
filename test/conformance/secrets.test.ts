import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import pg from 'pg';
import { loadConfig } from '../../src/kernel/config.js';
import { session } from '../../src/kernel/database-reach.js';
import { parseId } from '../../src/kernel/ids.js';
import { checkSealingKeys } from '../../src/kernel/sealing-check.store.js';
import { presentedSecret, Sealer } from '../../src/kernel/secrets.js';
import { testSealingKey } from '../helpers/app.js';
import { BrowserAgent } from '../helpers/browser-agent.js';
import { newPkce } from '../helpers/oauth-agent.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** Every row of every table as text: what somebody with a stolen dump would read. */
async function dump(): Promise<string> {
  const client = new pg.Client(world.app.database.ownerConnection);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    const texts: string[] = [];
    for (const { name } of rows) {
      const table = await client.query<{ row: string }>(
        `SELECT t::text AS row FROM ${client.escapeIdentifier(name)} t`,
      );
      texts.push(...table.rows.map(({ row }) => row));
    }
    return texts.join('\n');
  } finally {
    await client.end();
  }
}

describe('secrets at rest', () => {
  it('F118 F119 BCP-13 BCP-43 no credential stands in the database, in text or in bytes', async () => {
    const { app, server, person } = world.project;
    const browser = new BrowserAgent(world.app.baseUrl);
    const { verifier, challenge } = newPkce();
    const back = await world.agent.signIn(
      app,
      person,
      { code_challenge: challenge, code_challenge_method: 'S256' },
      browser,
    );
    const pending = back.searchParams.get('code')!;
    const tokens = (await world.agent.codeFlow(app, person, {}, browser)).body;
    const credentials = [
      pending,
      tokens.access_token,
      tokens.refresh_token,
      tokens.id_token,
      server.secret!,
      person.password,
      browser.cookie('carekey-session')!,
      browser.cookie('carekey-browser')!,
      verifier,
    ];
    const text = await dump();
    expect(text).toContain(person.email);
    for (const credential of credentials) {
      expect(credential.length).toBeGreaterThan(14);
      expect(text).not.toContain(credential);
      expect(text).not.toContain(Buffer.from(credential).toString('hex'));
      expect(text).not.toContain(Buffer.from(credential, 'base64url').toString('hex'));
    }
    // 256 bits each (BCP-43).
    expect(Buffer.from(pending, 'base64url')).toHaveLength(32);
    expect(Buffer.from(server.secret!, 'hex')).toHaveLength(32);
    expect(text).not.toMatch(/"d"\s*:\s*"/);
  });

  it('F120 a sealed value opens only in its own place, with its own key, unchanged', () => {
    const key = (id: string, fill: number) => ({ id, key: Buffer.alloc(32, fill) });
    const sealer = new Sealer([key('a', 1)]);
    const place = { table: 't', column: 'c', row: 'r', project: 'p' };
    const sealed = sealer.seal(place, 'secret');
    expect(sealer.open(place, sealed)).toBe('secret');
    expect(new Sealer([key('b', 2), key('a', 1)]).open(place, sealed)).toBe('secret');
    for (const other of [
      { ...place, row: 'x' },
      { ...place, column: 'x' },
      { ...place, table: 'x' },
      { ...place, project: null },
    ]) {
      expect(() => sealer.open(other, sealed)).toThrow();
    }
    expect(() => new Sealer([key('a', 3)]).open(place, sealed)).toThrow();
    expect(() => new Sealer([key('b', 1)]).open(place, sealed)).toThrow(/not configured/);
    // In the middle, where each letter is six bits of what was sealed.
    const changed = sealed.at(-8) === 'A' ? 'B' : 'A';
    expect(() => sealer.open(place, `${sealed.slice(0, -8)}${changed}${sealed.slice(-7)}`)).toThrow();
  });

  it('F120 a node with other sealing keys refuses to start, in one sentence', async () => {
    const { connection } = world.app.database;
    const keys = (text: string) =>
      loadConfig({ DATABASE_URL: 'postgres://x', CAREKEY_SEALING_KEYS: text }).sealingKeys;
    const now = world.app.clock.date();
    const check = (text: string) =>
      session(connection, (client) => checkSealingKeys(client, keys(text), now));
    await check(testSealingKey);
    const other = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64');
    await expect(check(`t1:${other}`)).rejects.toThrow(/another key of the name "t1"/);
    await expect(check(`t2:${other}`)).rejects.toThrow(/sealed with the key "t1", which is not among/);
    await check(`t2:${other},${testSealingKey}`);
  });

  it('the credentials of the first start are in a file for its owner only', async () => {
    const file = join(world.app.dataDir, 'first-steps.env');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toMatch(/^CLIENT_SECRET=[0-9a-f]{64}$/m);
  });
});

describe('F62 F128 an id is never a credential', () => {
  it('the two kinds do not mix: ids are no secrets and open nothing', async () => {
    const { app, person, server } = world.project;
    const tokens = (await world.agent.codeFlow(app, person)).body;
    const loginId = decodeJwt(tokens.access_token)['login_id'] as string;
    expect(parseId(loginId)).toBe(loginId);
    expect((await world.agent.userinfo(loginId)).status).toBe(401);
    expect((await world.agent.refresh(app, loginId)).body.error).toBe('invalid_grant');
    expect((await world.agent.redeem(app, loginId, newPkce().verifier)).body.error).toBe('invalid_grant');
    expect((await world.agent.introspect(server, loginId)).body).toEqual({ active: false });
    const browser = new BrowserAgent(world.app.baseUrl);
    browser.setCookie('carekey-session', loginId);
    expect((await browser.get('/me')).headers.get('location')).toMatch(/signin$/);
    // @ts-expect-error A secret is not accepted where an id is wanted.
    const _wrong: ReturnType<typeof parseId> = presentedSecret(loginId);
    expect(_wrong).toBe(loginId);
  });
});
