import { pbkdf2Sync, scryptSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hashSync as argon2 } from '@node-rs/argon2';
import { hashSync as bcrypt } from '@node-rs/bcrypt';
import { root } from '../architecture/sources.js';
import { codeBlocks } from '../helpers/page-code.js';
import { freePort } from '../helpers/ports.js';
import { Installation, type ServerProcess } from '../helpers/server-process.js';
import { until } from '../kernel/wait.js';

const password = 'copper meadow signal 77';
const salt = Buffer.from('0123456789abcdef');
const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
const hashes = {
  bcrypt: bcrypt(password, 6),
  argon2: argon2(password, { memoryCost: 4096, timeCost: 1, parallelism: 1 }),
  scrypt: `$scrypt$ln=12,r=8,p=1$${text(salt)}$${text(scryptSync(password, salt, 32, { N: 4096 }))}`,
  pbkdf2: `$pbkdf2-sha512$1000$${text(salt)}$${text(pbkdf2Sync(password, salt, 1000, 64, 'sha512'))}`,
};
const person = (email: string, more: object = {}) => ({
  email,
  givenName: 'Ada',
  familyName: 'Quill',
  profileType: 'Practitioner',
  ...more,
});

describe('carekey users import', () => {
  let house: Installation;
  let server: ServerProcess;
  let project: string;
  let env: Record<string, string>;
  let files = 0;

  beforeAll(async () => {
    house = Installation.make();
    env = { CAREKEY_DATA_DIR: house.newDataDir(), PORT: String(await freePort()) };
    server = await house.startReady(env);
    const { CLIENT_ID: id, CLIENT_SECRET: secret } = server.firstSteps();
    const response = await fetch(`${server.baseUrl}oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id!, client_secret: secret! }),
    });
    project = (await response.json()).project.reference.split('/')[1];
  }, 90_000);
  afterAll(() => house.remove());

  function file(lines: readonly unknown[]): string {
    files += 1;
    const path = join(house.folder, `people-${files}.jsonl`);
    writeFileSync(
      path,
      lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    );
    return path;
  }
  const words = (path: string, ...more: string[]) => ['users', 'import', path, '--project', project, ...more];
  const run = async (path: string, ...more: string[]) => {
    const { code, output } = await house.carekey(words(path, '--json', ...more), env);
    return { code, ...JSON.parse(output) };
  };
  const signIn = async (email: string, tried = password) => {
    const response = await fetch(`${server.baseUrl}auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        email,
        password: tried,
        projectId: project,
        codeChallenge: 'c'.repeat(43),
        codeChallengeMethod: 'S256',
      }),
    });
    return { status: response.status, ...(await response.json()) };
  };

  it('tries every line first, and keeps nothing of it', async () => {
    const path = file([
      person('dry@example.org', { passwordHash: hashes.bcrypt }),
      '',
      person('dry2@example.org'),
    ]);
    const tried = await house.carekey(words(path, '--dry-run'), env);
    expect(tried).toMatchObject({ code: 0, errors: '' });
    expect(tried.output).toBe(
      '2 people would be imported, 0 were here already, 0 lines would be refused. Nothing was kept: this was a dry run.\n',
    );
    expect(await run(path)).toMatchObject({ code: 0, imported: 2, present: 0, refused: 0 });
  });

  it.each(Object.keys(hashes) as (keyof typeof hashes)[])(
    'whoever comes with a %s hash signs in with the old password, again and again',
    async (scheme) => {
      const email = `${scheme}@example.org`;
      const membership = { externalId: `old-${scheme}`, label: 'Ward 3' };
      expect(await run(file([person(email, { passwordHash: hashes[scheme], membership })]))).toMatchObject({
        code: 0,
        imported: 1,
      });
      expect(await signIn(email, `${password}!`)).toMatchObject({ status: 400 });
      for (const _ of [1, 2])
        expect(await signIn(email)).toMatchObject({ status: 200, code: expect.stringMatching(/^\S{20,}$/) });
    },
  );

  it('the file of the guide goes in as it stands', async () => {
    const guide = readFileSync(join(root, 'docs/guides/import-users.md'), 'utf8');
    const [lines] = codeBlocks(guide, 'json');
    expect(await run(file([lines!]))).toMatchObject({ code: 0, imported: 2 });
    expect(await signIn('grace@example.org')).toMatchObject({ status: 200 });
  });

  it('goes through ten thousand lines, takes the good ones and says of each other one what is wrong', async () => {
    const many = Array.from({ length: 10_000 }, (_, at): unknown => {
      const email = `p${at}@example.org`;
      if (at % 100 === 0) return person(email, { passwordHash: hashes.argon2 });
      if (at % 5 === 0) return `{"email": "${email}"`;
      if (at % 5 === 1) return person('no address');
      if (at % 5 === 2) return person(email, { passwordHash: '5f4dcc3b5aa765d61d8327deb882cf99' });
      if (at % 5 === 3) return person(email, { password });
      return person(email, { profileType: 'Robot' });
    });
    many.push(
      person('P0@Example.org'),
      person('twin@example.org', { membership: { externalId: 'old-bcrypt' } }),
    );
    const report = join(house.folder, 'refused.jsonl');
    const done = await run(file(many), '--report', report);
    expect(done).toMatchObject({ code: 1, imported: 100, present: 1, refused: 9_901 });
    expect(done.refusals).toHaveLength(20);
    const lines = readFileSync(report, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(9_901);
    const [first, second, third, fourth, fifth, ...rest] = lines.map((line) => JSON.parse(line));
    expect([first, second, third, fourth, fifth]).toEqual([
      { line: 2, reason: expect.stringMatching(/"email" is not valid: must be an e-mail address/) },
      { line: 3, reason: expect.stringMatching(/"passwordHash" is not valid: it is not a bcrypt, argon2/) },
      { line: 4, reason: expect.stringMatching(/password/) },
      { line: 5, reason: expect.stringMatching(/"profileType" is not valid: must be one of/) },
      { line: 6, reason: expect.stringMatching(/not JSON/) },
    ]);
    expect(rest.at(-1)).toEqual({ line: 10_002, reason: expect.stringMatching(/external/) });
    expect(readFileSync(report, 'utf8')).not.toContain(hashes.argon2);
    expect(await signIn('p4200@example.org')).toMatchObject({ status: 200 });
    expect(await signIn('p4201@example.org')).toMatchObject({ status: 400 });
    expect(await house.carekey(words(file([]), '--report', report), env)).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/There is a file at .* already/),
    });
  }, 180_000);

  it('killed half-way, it goes on where it stopped when it is run again', async () => {
    const path = file(Array.from({ length: 1_500 }, (_, at) => person(`k${at}@example.org`)));
    const killed = house.command(words(path), env);
    const kept = async () =>
      (
        await server.query<{ count: number }>(
          'postgres',
          `SELECT count(*)::int FROM user_account WHERE email LIKE 'k%'`,
        )
      )[0]!.count;
    await until(async () => (await kept()) > 50, { withinMs: 60_000 });
    await killed.stop('SIGKILL');
    const before = await kept();
    expect(before).toBeLessThan(1_500);
    const again = await run(path);
    expect(again).toMatchObject({ code: 0, refused: 0 });
    expect(again.imported + again.present).toBe(1_500);
    expect(again.present).toBeGreaterThanOrEqual(before);
    expect(await kept()).toBe(1_500);
  }, 180_000);

  it.each<[string, string[], number, RegExp]>([
    ['without a project', ['users', 'import', 'x.jsonl'], 2, /--project is the id of a project/],
    [
      'with a file that is not there',
      ['users', 'import', 'x.jsonl', '--project', '$'],
      1,
      /There is no file at/,
    ],
    [
      'with a project that is not there',
      ['users', 'import', 'package.json', '--project', '00000000-0000-7000-8000-000000000000'],
      1,
      /does not exist/,
    ],
  ])('called %s it says so', async (_, called, code, said) => {
    const all = called.map((word) => (word === '$' ? project : word));
    const result = await house.carekey(all, env);
    expect(result.code).toBe(code);
    expect(result.errors).toMatch(said);
    expect(existsSync(join(house.folder, 'x.jsonl'))).toBe(false);
  });
});
