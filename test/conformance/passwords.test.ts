import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PasswordHasher } from '../../src/identities/password-hasher.js';
import { PasswordsService } from '../../src/identities/passwords.service.js';
import { UsersService } from '../../src/identities/users.service.js';
import { anonymousActor, systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { newSecret } from '../../src/kernel/secrets.js';
import { BrowserSignInService } from '../../src/logins/browser-sign-in.service.js';
import { SignInService } from '../../src/logins/sign-in.service.js';
import { ProjectsService } from '../../src/projects/projects.service.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
let passwords: PasswordsService;
beforeAll(async () => {
  world = await startWorld();
  passwords = world.app.get(PasswordsService);
});
afterAll(() => world.close());

const owner = { email: 'ada@example.org', givenName: 'Ada', familyName: 'Lovelace', project: null };
const judge = (password: string, project: typeof owner.project | object = null) =>
  passwords.prepare(password, { ...owner, project: project as never }).then(
    () => 'accepted',
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );

/** Signs in as the hosted page does; what it came to. */
const signIn = async (email: string, password: string, ip = '192.0.2.1') => {
  const actor = anonymousActor({ requestId: 'test', ip, userAgent: undefined });
  const input = { email, password, projectId: world.project.id, previous: undefined, browser: newSecret() };
  const result = await world.app.get(BrowserSignInService).withPassword(actor, input);
  return result.ok ? 'ok' : result.reason;
};

describe('passwords that may be chosen', () => {
  it('ASVS-6.1.2 the words that no password may consist of are written down', async () => {
    const guide = readFileSync('docs/guides/ways-to-sign-in.md', 'utf8');
    const section = guide.slice(guide.indexOf('## Words that are no password'));
    const db = world.app.get(Db);
    const project = await db.read((tx) => world.app.get(ProjectsService).get(tx, world.project.id));
    const words: [string, string][] = [
      ['the name of the product', 'carekey carekey 1'],
      ['the name of the project', 'north clinic 12345'],
      ['the given name', 'AdaAdaAda 1234567'],
      ['the family name', 'Lovelace!Lovelace'],
      ['the e-mail address', 'ada@example.org 77'],
    ];
    for (const [written, password] of words) {
      expect(section).toContain(`* ${written}`);
      expect(await judge(password, project)).toMatch(/name of this place/);
    }
    expect(section.match(/^\* /gm)).toHaveLength(words.length);
  });

  it.each([
    ['NIST-01 ASVS-6.2.1 fifteen characters', 'kq8vmx2plw9ztr4', /^accepted/],
    ['NIST-01 fourteen characters', 'kq8vmx2plw9ztr', /15/],
    ['NIST-02 ASVS-6.2.9 sixty-four characters', 'kq8vmx2plw9ztr4!'.repeat(4), /^accepted/],
    ['NIST-02 256 characters, spaces and other scripts', `${'ключ от двери '.repeat(18)}дом!`, /^accepted/],
    [
      'NIST-02 fifteen code points beyond the basic plane count as fifteen',
      '🔑🚪🏠🌳🦊🌊🪶🧭🎈🍋🎻🧶🛶🏔🐚',
      /^accepted/,
    ],
    ['NIST-04 ASVS-6.2.5 no digits, no capitals, no signs', 'velvet harbor lantern', /^accepted/],
    ['NIST-08 ASVS-6.2.4 a common password', 'passwordpassword', /password/i],
    ['NIST-08 one character over and over', 'aaaaaaaaaaaaaaaaaaaa', /password-refused/],
    ['NIST-08 ASVS-6.2.11 the product name with digits', 'carekeycarekey2026', /password-refused/],
    ['NIST-08 the own address', 'ada@example.org', /password-refused/],
    ['too long', 'x'.repeat(257), /256/],
    ['nothing', '', /password-refused/],
  ])('%s', async (_name, password, outcome) => {
    expect(await judge(password)).toMatch(outcome);
  });

  it('NIST-01 a project may lower the minimum to eight, not further', async () => {
    const db = world.app.get(Db);
    const projects = world.app.get(ProjectsService);
    const project = await db.read((tx) => projects.get(tx, world.project.id));
    const lower = (passwordMinimum: number) =>
      db.tx((tx) =>
        projects.edit(tx, systemActor('test'), project.id, project.version, {
          settings: { passwordMinimum },
        }),
      );
    await expect(lower(7)).rejects.toMatchObject({ code: 'invalid-input' });
    const lowered = await lower(8);
    expect(await judge('kq8vmx2p', lowered)).toBe('accepted');
    expect(await judge('kq8vmx2', lowered)).toMatch(/8/);
  });
});

describe('the sign-in page', () => {
  it('NIST-09 ASVS-6.2.6 ASVS-6.2.7 lets managers fill it, allows paste and shows the password on demand; NIST-07 asks for nothing else', async () => {
    const html = await (await fetch(`${world.app.baseUrl}signin`)).text();
    expect(html).toMatch(/autocomplete="username"/);
    expect(html).toMatch(/autocomplete="current-password"/);
    expect(html).not.toMatch(/onpaste|autocomplete="off"/);
    expect(html).toMatch(/value="show-password"/);
    expect(html).not.toMatch(/hint|question/i);
  });

  it('NIST-05 ASVS-6.2.10 a password that is years old still signs in', async () => {
    const { email, password } = await world.addPerson(world.project.id);
    world.app.clock.advance(10 * 365 * 86_400_000);
    expect(await signIn(email, password, '192.0.2.77')).toBe('ok');
  });
});

describe('passwords that are checked', () => {
  it('NIST-03 another Unicode form of the same password is the same password', async () => {
    const composed = 'Zürich café façade 77';
    const { email } = await world.addPerson(world.project.id, { password: composed.normalize('NFC') });
    expect(await signIn(email, composed.normalize('NFD'))).toBe('ok');
  });

  it('NIST-06 ASVS-6.2.8 every character counts', async () => {
    const password = `${'kq8vmx2plw9ztr4 '.repeat(8)}end`;
    const { email } = await world.addPerson(world.project.id, { password });
    expect(await signIn(email, password.slice(0, -1))).toBe('wrong');
    expect(await signIn(email, password.slice(0, 72))).toBe('wrong');
    expect(await signIn(email, password.toUpperCase())).toBe('wrong');
    expect(await signIn(email, password)).toBe('ok');
  });

  it('NIST-10 F127 is stored as argon2id over a keyed hash, with a salt of its own', async () => {
    const [a, b] = [
      await passwords.prepare('kq8vmx2plw9ztr4', owner),
      await passwords.prepare('kq8vmx2plw9ztr4', owner),
    ];
    expect(a.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(a.hash).not.toBe(b.hash);
    expect(a.pepperKey).toBe('t1');
  });

  it('F127 unknown, inactive and known names cost the same hash computations (rulings 35)', async () => {
    const hasher = world.app.get(PasswordHasher);
    const cost = async (email: string) => {
      const before = hasher.computed;
      await signIn(email, 'not the right password', '192.0.2.9');
      return hasher.computed - before;
    };
    const inactive = await world.addPerson(world.project.id);
    await world.app
      .get(Db)
      .tx((tx) =>
        world.app.get(UsersService).deactivate(tx, systemActor('test'), world.project.id, inactive.userId),
      );
    const names = [world.project.person.email, inactive.email, 'nobody@example.org', 'no address at all'];
    for (const name of names) expect(await cost(name)).toBe(1);
  });

  it('V09 BCP-45 parallel guesses from one address never exceed its budget of ten', async () => {
    const { email, password } = await world.addPerson(world.project.id);
    const results = await Promise.all(
      Array.from({ length: 30 }, () => signIn(email, 'wrong wrong wrong', '192.0.2.2')),
    );
    expect(results.filter((result) => result === 'wrong')).toHaveLength(10);
    expect(await signIn(email, password, '192.0.2.2')).toBe('too-many');
    expect(await signIn(email, password, '192.0.2.3')).toBe('ok');
    world.app.clock.advance(15 * 60_000 + 1);
    expect(await signIn(email, password, '192.0.2.2')).toBe('ok');
  });

  it('sends people away without using up their tries while no password can be checked soon', async () => {
    const { email, password } = await world.addPerson(world.project.id);
    const hasher = world.app.get(PasswordHasher);
    const attempt = (typed = password) =>
      signIn(email, typed, '192.0.2.60').catch(({ code }: { code: string }) => code);
    let isHere = true;
    const stranger = async () => {
      while (isHere) {
        await hasher.verify(hasher.dummy, 'somebody').catch(() => {});
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    // These find room, and none any more once their tries are counted; those that come later find none.
    const early = Array.from({ length: 10 }, () => attempt());
    const crowd = Array.from({ length: 400 }, stranger);
    const late = Array.from({ length: 20 }, () => attempt());
    const answers = await Promise.all([...early, ...late]);
    isHere = false;
    await Promise.all(crowd);
    expect(answers.filter((one) => one === 'passwords-busy').length).toBeGreaterThan(20);
    // One that slipped in is no failure: what nobody may get is an answer that a used-up budget gives.
    for (const one of answers) expect(['passwords-busy', 'ok']).toContain(one);
    for (let turn = 0; turn < 10; turn++) expect(await attempt('wrong wrong wrong')).toBe('wrong');
    expect(await attempt('wrong wrong wrong')).toBe('too-many');
  });

  it('V40 addresses of one IPv6 network count as one (rulings 34)', async () => {
    const { email, password } = await world.addPerson(world.project.id);
    for (let turn = 0; turn < 10; turn++)
      expect(await signIn(email, 'wrong wrong wrong', `2001:db8:1:2::${turn + 1}`)).toBe('wrong');
    expect(await signIn(email, password, '2001:db8:1:2:ffff::1')).toBe('too-many');
    expect(await signIn(email, password, '2001:db8:1:3::1')).toBe('ok');
  });

  it('F94 one address alone cannot use up the failures of an account', async () => {
    const { email, password } = await world.addPerson(world.project.id);
    for (let turn = 0; turn < 120; turn++) await signIn(email, 'wrong wrong wrong', '192.0.2.50');
    expect(await signIn(email, password, '192.0.2.51')).toBe('ok');
  });

  it('NIST-11 after a hundred failures in a row from anywhere the account is closed until an admin opens it', async () => {
    const { email, password, userId } = await world.addPerson(world.project.id);
    for (let address = 0; address < 10; address++) {
      for (let turn = 0; turn < 10; turn++)
        expect(await signIn(email, 'wrong wrong wrong', `198.51.100.${address}`)).toBe('wrong');
    }
    expect(await signIn(email, password, '203.0.113.1')).toBe('too-many');
    world.app.clock.advance(86_400_000);
    expect(await signIn(email, password, '203.0.113.2')).toBe('too-many');
    await world.app
      .get(Db)
      .tx((tx) =>
        world.app
          .get(SignInService)
          .unlock(tx, systemActor('test'), { id: userId, projectId: world.project.id }),
      );
    expect(await signIn(email, password, '203.0.113.3')).toBe('ok');
  });
});
