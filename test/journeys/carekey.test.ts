import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands.js';
import { OAuthAgent, type TestClient } from '../helpers/oauth-agent.js';
import { freePort } from '../helpers/ports.js';
import { Installation, type ServerProcess } from '../helpers/server-process.js';
import { until } from '../kernel/wait.js';

const person = { email: 'grace@example.org', password: 'copper meadow signal 77' };
const names = ['--given-name', 'Grace', '--family-name', 'Quill'];

describe('carekey', () => {
  let house: Installation;
  let server: ServerProcess;
  let agent: OAuthAgent;
  let client: TestClient;
  let env: Record<string, string>;
  const run = (words: string[], input = '') => house.carekey(words, env, input);

  beforeAll(async () => {
    house = Installation.make();
    env = { CAREKEY_DATA_DIR: house.newDataDir(), PORT: String(await freePort()) };
    server = await house.startReady(env);
    agent = new OAuthAgent(server.baseUrl);
    const { CLIENT_ID: id, CLIENT_SECRET: secret } = server.firstSteps();
    client = { id: id!, secret: secret!, redirectUri: 'http://127.0.0.1/callback' };
  }, 60_000);
  afterAll(() => house.remove());

  it('lists its commands, and each has help that names its options', async () => {
    const { code, output } = await run([]);
    expect(code).toBe(0);
    for (const { name, summary, load } of commands) {
      expect(output).toContain(name);
      const command = await load();
      expect({ name: command.name, summary: command.summary }).toEqual({ name, summary });
    }
    const help = await run(['admin', 'create', '--help']);
    expect(help).toMatchObject({ code: 0, errors: '' });
    expect(help.output).toMatch(/Usage: carekey admin create[\s\S]*--email <address>[\s\S]*--json/);
  });

  it.each([
    [['nonsense'], /There is no command "nonsense"/],
    [['keys'], /Known: keys list, keys rotate, keys revoke/],
    [['keys', 'revoke'], /<kid> is missing/],
    [['keys', 'list', 'more'], /"more" is one argument too many/],
    [['doctor', '--loud'], /--loud/],
    [['keys', 'rotate', '--alg', 'HS256'], /--alg is one of ES256, RS256/],
    [['admin', 'create', '--email', person.email], /--given-name and --family-name are needed/],
  ])('called as %j it shows its usage and ends with 2', async (words, said) => {
    const { code, output, errors } = await run(words as string[]);
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toMatch(said as RegExp);
  });

  it('makes no database in a folder where no server runs', async () => {
    const { code, errors } = await house.carekey(['keys', 'list'], {});
    expect(code).toBe(1);
    expect(errors).toMatch(/^There is no data directory at [^\n]*\n$/);
    expect(existsSync(join(house.folder, '.carekey'))).toBe(false);
  });

  it('takes the id of a key that begins with a dash', async () => {
    for (const words of [['-id'], ['--json', '-id'], ['--', '-id']]) {
      const { code, errors } = await run(['keys', 'revoke', ...words]);
      expect(code).toBe(1);
      expect(errors).not.toContain('Usage');
    }
    expect((await run(['keys', 'revoke', '-h'])).output).toContain('Usage: carekey keys revoke <kid>');
  });

  it('says a failure in one sentence, also as JSON', async () => {
    const { code, output, errors } = await run(['keys', 'revoke', 'unknown', '--json']);
    expect(code).toBe(1);
    expect(errors.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(output)).toEqual({ error: errors.trim() });
  });

  it('doctor finds a fresh server sound but for its missing admin', async () => {
    const { code, output } = await run(['doctor', '--json']);
    expect(code).toBe(0);
    const { ok, checks } = JSON.parse(output);
    expect(ok).toBe(true);
    expect(checks.filter(({ state }: { state: string }) => state !== 'ok')).toEqual([
      { name: 'super admin', state: 'warn', sentence: expect.stringContaining('carekey admin create') },
    ]);
    expect(checks.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining([
        'database',
        'durability',
        'migrations',
        'role wall',
        'sealing keys',
        'clock',
        'notices',
      ]),
    );
  });

  it.each([
    ['Redis does not answer', { REDIS_URL: 'redis://127.0.0.1:1' }, 'redis', /REDIS_URL does not answer/],
    [
      'the sealing keys are others',
      { CAREKEY_SEALING_KEYS: `k2:${'AQID'.repeat(10)}BBE=` },
      'sealing keys',
      /"k1"/,
    ],
    ['a setting is misspelt', { CAREKEY_PORT: '1' }, 'configuration', /CAREKEY_PORT is not a setting/],
    [
      'the database is away',
      { DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c', CAREKEY_SEALING_KEYS: `k2:${'AQID'.repeat(10)}BBE=` },
      'database',
      /nothing listens/,
    ],
  ])('doctor fails when %s', async (_, more, name, sentence) => {
    const { code, output } = await house.carekey(['doctor', '--json'], { ...env, ...more });
    expect(code).toBe(1);
    const { ok, checks } = JSON.parse(output);
    expect(ok).toBe(false);
    expect(checks).toContainEqual({ name, state: 'fail', sentence: expect.stringMatching(sentence) });
  });

  it('makes a super admin by a link, once', async () => {
    const { code, output } = await run(['admin', 'create', '--json']);
    expect(code).toBe(0);
    const { url } = JSON.parse(output);
    expect(url).toMatch(new RegExp(`^${server.baseUrl}setup/[\\w-]{43}$`));
    expect((await fetch(url)).status).toBe(200);
  });

  it('makes a super admin whose password comes by standard input, by the rules for passwords', async () => {
    const short = await run(['admin', 'create', '--email', person.email, ...names], 'short\n');
    expect(short).toMatchObject({ code: 1, output: '' });
    expect(short.errors).toMatch(/password is too short/);
    const made = await run(['admin', 'create', '--email', person.email, ...names], `${person.password}\n`);
    expect(made).toMatchObject({ code: 0, errors: '' });
    expect(made.output + made.errors).not.toContain(person.password);
    const twice = await run(['admin', 'create', '--email', person.email, ...names], `${person.password}\n`);
    expect(twice.code).toBe(1);
    expect(twice.errors.trim().split('\n')).toHaveLength(1);
    const doctor = JSON.parse((await run(['doctor', '--json'])).output);
    expect(doctor.checks).toContainEqual(expect.objectContaining({ name: 'super admin', state: 'ok' }));
  });

  it('rotates and revokes signing keys, and the running server follows', async () => {
    const published = async () => {
      const { body } = await agent.get('.well-known/jwks.json');
      return (body.keys as { kid: string }[]).map(({ kid }) => kid);
    };
    const before = await published();
    const rotated = JSON.parse((await run(['keys', 'rotate', '--alg', 'ES256', '--json'])).output);
    expect(rotated).toEqual([expect.objectContaining({ alg: 'ES256', state: 'pending' })]);
    const fresh = rotated[0].kid;
    await until(async () => (await published()).includes(fresh), { withinMs: 2_000 });
    expect(await published()).toEqual(expect.arrayContaining(before));
    expect((await run(['keys', 'list'])).output).toContain(fresh);
    expect(await run(['keys', 'revoke', fresh])).toMatchObject({ code: 0, errors: '' });
    await until(async () => !(await published()).includes(fresh), { withinMs: 2_000 });
    expect((await agent.clientCredentials(client)).status).toBe(200);
  });

  it('restored ends everything from before', async () => {
    const { body } = await agent.clientCredentials(client);
    expect((await agent.introspect(client, body.access_token)).body.active).toBe(true);
    await server.stop();
    const { code, output } = await run(['restored', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(output).logins).toBeGreaterThan(0);
    server = await house.startReady(env);
    expect((await agent.introspect(client, body.access_token)).body).toEqual({ active: false });
    expect((await agent.clientCredentials(client)).status).toBe(200);
    const records = await server.query(
      'carekey_owner',
      `SELECT FROM audit_record WHERE type = 'server.restore'`,
    );
    expect(records).toHaveLength(1);
  });

  it('leaves a stopped PostgreSQL stopped', async () => {
    await server.stop();
    expect(await run(['keys', 'list'])).toMatchObject({ code: 0, errors: '' });
    expect(server.postgres()).toBeUndefined();
  });
});
