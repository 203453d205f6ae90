import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LinkPurpose } from '../../src/identities/link-purposes.js';
import { OneTimeLinksService } from '../../src/identities/one-time-links.service.js';
import { PasswordsService } from '../../src/identities/passwords.service.js';
import { UsersService } from '../../src/identities/users.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { BrowserAgent, formTo } from '../helpers/browser-agent.js';
import { LoginAgent, said } from '../helpers/login-agent.js';
import { type Mailbox, startMailbox } from '../helpers/mailbox.js';
import { startWorld, type World, type WorldPerson } from '../helpers/world.js';

let world: World;
let mailbox: Mailbox;
let logins: LoginAgent;
beforeAll(async () => {
  mailbox = await startMailbox();
  world = await startWorld({ env: mailbox.env });
  logins = new LoginAgent(world.agent);
});
afterAll(async () => {
  await world.close();
  await mailbox.close();
});

const password = 'amber kettle window 73';
const person = () => world.addPerson(world.project.id);
const ask = (email: string, more: object = {}, headers: Record<string, string> = {}) =>
  logins.post('auth/resetpassword', { email, ...more }, headers);
const askHere = (email: string, more: object = {}) => ask(email, { projectId: world.project.id, ...more });
const set = (link: { id: string; secret: string }, more: object = {}) =>
  logins.post('auth/setpassword', { id: link.id, secret: link.secret, password, ...more });
const verify = (link: { id: string; secret: string }) => logins.post('auth/verifyemail', link);
const opens = async (who: WorldPerson, typed: string) =>
  (await logins.login(world.project.app, { ...who, password: typed })).status === 200;
const userOf = ({ userId }: WorldPerson) =>
  world.app.get(Db).read(async (tx) => (await world.app.get(UsersService).findMany(tx, [userId]))[0]!);

/** A link of a person of the first project. */
const linkFor = ({ userId: id }: WorldPerson, purpose: LinkPurpose = 'reset-password') => {
  const projectId = world.project.id;
  const about = { projectId, provesAddress: true };
  return world.app
    .get(Db)
    .tx((tx) => world.app.get(OneTimeLinksService).open(tx, purpose, { id, projectId }, about));
};

/** The link of the next mail to an address, with its parts. */
async function mailed(email: string): Promise<{ id: string; secret: string; url: string }> {
  const { link: url = '' } = await mailbox.next(email);
  const [, id = '', secret = ''] = /setpassword\/([^/]+)\/([^/]+)$/.exec(url) ?? [];
  return { id, secret, url };
}

/** Waits until whatever was asked for before has been sent. */
async function everythingSent(): Promise<void> {
  const { email } = await person();
  await askHere(email);
  await mailed(email);
}
const mailsTo = (email: string) => mailbox.mails.filter(({ to }) => to === email);

describe('POST /auth/resetpassword', () => {
  it('W-425 W-429 W-431 W-432 W-433 with projectId it finds the user of the project, whose new password then works', async () => {
    const someone = await person();
    const { status, body } = await askHere(someone.email.toUpperCase());
    expect([status, body.issue[0].code]).toEqual([200, 'informational']);
    const link = await mailed(someone.email);
    expect((await userOf(someone)).emailVerified).toBe(false);
    expect((await set(link)).status).toBe(200);
    expect((await userOf(someone)).emailVerified).toBe(true);
    expect([await opens(someone, password), await opens(someone, someone.password)]).toEqual([true, false]);
    expect(said(await set(link))).toEqual([400, 'Already used']);
  });

  it('W-422 W-428 the same answer for everybody; nobody, and whoever is of another scope, gets no mail', async () => {
    const known = await person();
    const elsewhere = await world.addPerson(world.other.id);
    const ofServer = await world.addServerPerson(world.other.id);
    const unknown = `nobody-${randomUUID()}@example.org`;
    const answers = [
      await askHere(known.email),
      await askHere(unknown),
      await ask(unknown),
      await ask(known.email),
      await askHere(elsewhere.email),
      await askHere(ofServer.email),
    ];
    const [first, ...rest] = answers.map(({ status, body }) => JSON.stringify([status, body]));
    for (const answer of rest) expect(answer).toBe(first);
    await everythingSent();
    expect(mailsTo(known.email)).toHaveLength(1);
    for (const { email } of [elsewhere, ofServer, { email: unknown }]) expect(mailsTo(email)).toEqual([]);
    await ask(ofServer.email);
    await mailed(ofServer.email);
  });

  it('W-424 sendEmail false sends nothing', async () => {
    const { email } = await person();
    expect((await askHere(email, { sendEmail: false })).status).toBe(200);
    await everythingSent();
    expect(mailsTo(email)).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['W-420 no address', { email: '' }, 'email'],
    ['an address that is none', { email: 'ada' }, 'email'],
    ['two in one', { email: 'a@example.org\r\nBcc: b@example.org' }, 'email'],
    ['a list', { email: ['a@example.org'] }, 'email'],
    ['a project that is none', { email: 'a@example.org', projectId: 'x' }, 'projectId'],
    ['text for a flag', { email: 'a@example.org', sendEmail: 'no' }, 'sendEmail'],
  ])('refuses %s', async (_, body, field) => {
    const answer = await logins.post('auth/resetpassword', body);
    expect([answer.status, answer.body.issue[0].expression]).toEqual([400, [field]]);
  });

  it('W-439 V20 a newer link makes the older one unusable; no header moves it elsewhere', async () => {
    const { email } = await person();
    await askHere(email);
    const first = await mailed(email);
    const lying = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
      'x-original-url': '/evil',
    };
    await ask(email, { projectId: world.project.id }, lying);
    const second = await mailed(email);
    expect(second.url.startsWith(`${world.app.baseUrl}setpassword/`)).toBe(true);
    expect(said(await set(first))).toEqual([400, 'Already used']);
    expect((await set(second)).status).toBe(200);
  });

  it('three mails an hour to one address, and then quietly none', async () => {
    const { email } = await person();
    for (const _ of [1, 2, 3, 4, 5]) expect((await askHere(email)).status).toBe(200);
    await everythingSent();
    expect(mailsTo(email)).toHaveLength(3);
  });

  it('F103 the record and the queue hold no address that nobody has', async () => {
    const typed = `secret-${randomUUID()}@example.org`;
    await askHere(typed);
    const tables = ['audit_record', 'outbox', 'rate_budget'];
    for (const table of tables) {
      const found = await world.app
        .get(Db)
        .read((tx) => tx.manager.query(`SELECT 1 FROM ${table} AS t WHERE t::text LIKE $1`, [`%${typed}%`]));
      expect([table, found]).toEqual([table, []]);
    }
  });
});

describe('POST /auth/setpassword', () => {
  it('W-434 ends every session and login of before, and other links', async () => {
    const someone = await person();
    const browser = new BrowserAgent(world.app.baseUrl);
    const { body } = await world.agent.codeFlow(world.project.app, someone, {}, browser);
    const [one, other] = [await linkFor(someone), await linkFor(someone, 'invite')];
    expect((await set(one)).status).toBe(200);
    const userinfo = await world.agent.get('oauth2/userinfo', {
      authorization: `Bearer ${body.access_token}`,
    });
    expect(userinfo.status).toBe(401);
    expect((await browser.get('/me')).headers.get('location')).toBe('/signin');
    expect(said(await set(other))).toEqual([400, 'Already used']);
  });

  it('F59 rulings 23: the first proof of an address erases what anybody set before it', async () => {
    const { email, userId } = await world.addServerPerson(world.project.id);
    const planted = { email: `victim-${randomUUID()}@example.org`, givenName: 'Vic', familyName: 'Tim' };
    const actor = systemActor('test');
    const prepared = await world.app.get(PasswordsService).prepare('planted harbor lantern 42', {
      ...planted,
      project: null,
    });
    const victim = await world.app.get(Db).tx(async (tx) => {
      const user = await world.app.get(UsersService).create(tx, actor, { ...planted, projectId: null });
      await world.app.get(PasswordsService).set(tx, actor, user, prepared);
      return user;
    });
    const link = await world.app
      .get(Db)
      .tx((tx) =>
        world.app
          .get(OneTimeLinksService)
          .open(tx, 'verify-email', victim, { projectId: null, provesAddress: true }),
      );
    expect((await verify(link)).status).toBe(200);
    const has = (id: typeof userId) =>
      world.app.get(Db).read((tx) => world.app.get(PasswordsService).has(tx, id));
    expect([await has(victim.id), await has(userId)]).toEqual([false, true]);
    // A second proof erases nothing.
    await ask(email);
    await mailed(email);
    expect(await has(userId)).toBe(true);
  });

  it('W-438 V38 an expired link opens nothing, though nobody tidied up', async () => {
    const someone = await person();
    const link = await linkFor(someone);
    world.app.clock.advance(3_600_001);
    expect(said(await set(link))).toEqual([400, 'Expired']);
    expect(await opens(someone, someone.password)).toBe(true);
  });

  it.each<[string, (link: { id: string; secret: string }) => object, number, string, string | undefined]>([
    ['no id', () => ({ id: '' }), 400, 'Invalid request ID', 'id'],
    ['an id that is none', () => ({ id: 'x' }), 400, 'Invalid request ID', 'id'],
    ['an unknown id', () => ({ id: randomUUID() }), 404, 'Not found', undefined],
    ['no secret', () => ({ secret: '' }), 400, 'Missing secret', 'secret'],
    ['W-436 V01 a wrong secret', () => ({ secret: 'x'.repeat(43) }), 400, 'Incorrect secret', undefined],
    ['V01 the id as the secret', ({ id }) => ({ secret: id }), 400, 'Incorrect secret', undefined],
    [
      'no password',
      () => ({ password: '' }),
      400,
      'Invalid password, must be at least 8 characters',
      'password',
    ],
  ])('refuses %s, and the link stays good', async (_, wrong, status, sentence, field) => {
    const someone = await person();
    const link = await linkFor(someone);
    const [gotStatus, text, expression] = said(await set(link, wrong(link)));
    expect([gotStatus, text, expression]).toEqual([status, sentence, field]);
    expect((await set(link)).status).toBe(200);
  });

  it('V01 V39 the secret of one link opens no other, and a link of another purpose nothing', async () => {
    const [ada, bea] = [await person(), await person()];
    const [one, other] = [await linkFor(ada), await linkFor(bea)];
    expect(said(await set({ id: one.id, secret: other.secret }))).toEqual([400, 'Incorrect secret']);
    const proof = await linkFor(ada, 'verify-email');
    expect(said(await set(proof))).toEqual([400, 'Invalid request type']);
    expect(said(await verify(one))).toEqual([400, 'Invalid request type']);
    expect([(await verify(proof)).status, (await set(one)).status]).toEqual([200, 200]);
  });

  it('W-435 W-442 names the wrong type; W-441 verifyemail works once', async () => {
    const someone = await person();
    const link = await linkFor(someone, 'verify-email');
    expect(said(await set(link))).toEqual([400, 'Invalid request type']);
    expect(said(await verify({ ...link, secret: 'x'.repeat(43) }))).toEqual([400, 'Incorrect secret']);
    expect((await verify(link)).status).toBe(200);
    expect((await userOf(someone)).emailVerified).toBe(true);
    expect(said(await verify(link))).toEqual([400, 'Already used']);
  });

  it('W-440 W-436 a refused password does not use the link up', async () => {
    const someone = await person();
    const link = await linkFor(someone);
    for (const bad of ['short', 'passwordpassword', `${someone.email} 1234`]) {
      const answer = await set(link, { password: bad });
      expect([answer.status, answer.body.issue[0].expression]).toEqual([400, ['password']]);
    }
    expect((await set(link)).status).toBe(200);
  });

  it('of many at once, one', async () => {
    const link = await linkFor(await person());
    const answers = await Promise.all([1, 2, 3, 4].map(() => set(link)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
  });

  it('a person who was deactivated meanwhile sets nothing', async () => {
    const someone = await person();
    const link = await linkFor(someone);
    await world.app
      .get(Db)
      .tx((tx) =>
        world.app.get(UsersService).deactivate(tx, systemActor('test'), world.project.id, someone.userId),
      );
    expect(said(await set(link))).toEqual([400, 'Already used']);
  });
});

describe('the pages', () => {
  const page = async (browser: BrowserAgent, path: string) => (await browser.get(path)).text();

  it('from the sign-in page to a new password, by mail; looking at the link changes nothing', async () => {
    const someone = await person();
    const browser = new BrowserAgent(world.app.baseUrl);
    const start = await page(browser, `/signin?project=${world.project.id}`);
    const forgotten = `/resetpassword?project=${world.project.id}`;
    expect(start).toContain(`href="${forgotten}"`);
    const form = formTo(await page(browser, forgotten), '/resetpassword');
    const answer = async (email: string) => {
      const response = await browser.submit(form, { email });
      return [response.status, await response.text()];
    };
    const known = await answer(someone.email);
    expect(known).toEqual(await answer(`nobody-${randomUUID()}@example.org`));
    const { url } = await mailed(someone.email);
    const path = new URL(url).pathname;
    for (const _ of [1, 2]) await browser.get(path);
    const choose = formTo(await page(browser, path), path);
    const short = await browser.submit(choose, { password: 'short' });
    expect([short.status, await short.text()]).toEqual([
      400,
      expect.stringContaining('at least 15 characters'),
    ]);
    const done = await browser.submit(choose, { password });
    expect(done.headers.get('location')).toBe(`/signin?ready=1&project=${world.project.id}`);
    expect(await opens(someone, password)).toBe(true);
    expect((await browser.get(path)).status).toBe(410);
    expect((await browser.submit(choose, { password })).status).toBe(410);
  });

  it('from an app: the people of its project are meant, and the way back is kept', async () => {
    const someone = await person();
    const browser = new BrowserAgent(world.app.baseUrl);
    const url = world.agent.authorizeUrl(world.project.app, {
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    });
    const next = (await browser.get(url)).headers.get('location')!;
    const forgotten = /href="(\/resetpassword\?request=[\w-]+)"/.exec(await page(browser, next))![1]!;
    const html = await page(browser, forgotten);
    const { pathname, search } = new URL(next, world.app.baseUrl);
    expect(html).toContain(`href="${pathname}${search}"`);
    await browser.submit(formTo(html, '/resetpassword'), { email: someone.email });
    expect((await mailed(someone.email)).secret).toHaveLength(43);
  });

  it('F74 follows a link in a browser where somebody else is signed in: that session stays theirs', async () => {
    const [ada, bea] = [await person(), await person()];
    const browser = new BrowserAgent(world.app.baseUrl);
    await world.agent.codeFlow(world.project.app, bea, {}, browser);
    const path = new URL((await linkFor(ada)).url).pathname;
    const html = await page(browser, path);
    expect(html).toContain(ada.email);
    await browser.submit(formTo(html, path), { password });
    expect(await page(browser, '/me')).toContain(bea.email);
  });

  it.each([
    ['/setpassword/x/y', 410],
    [`/setpassword/${randomUUID()}/${'x'.repeat(43)}`, 410],
    ['/verifyemail/x/y', 200],
  ])('%s answers a page (%s)', async (path, status) => {
    expect((await new BrowserAgent(world.app.baseUrl).get(path)).status).toBe(status);
  });

  it('W-442 the page of a proof says whether it worked', async () => {
    const browser = new BrowserAgent(world.app.baseUrl);
    const path = new URL((await linkFor(await person(), 'verify-email')).url).pathname;
    const form = formTo(await page(browser, path), path);
    const [first, second] = [await browser.submit(form), await browser.submit(form)];
    expect([first.status, second.status]).toEqual([200, 410]);
    expect(await first.text()).toContain('Your address is confirmed');
  });
});
