import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BrowserAgent, formTo } from '../helpers/browser-agent.js';
import { LoginAgent } from '../helpers/login-agent.js';
import { Visitor } from '../helpers/visitor.js';
import { startWorld, type World, type WorldPerson } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const newPassword = 'amber kettle window 73';
const path = '/me/password';

const page = async (browser: BrowserAgent) => (await browser.get(path)).text();

/** Fills the form in that the browser finds on the page. */
async function change(browser: BrowserAgent, values: Record<string, string | string[]>) {
  const response = await browser.submit(formTo(await page(browser), path), values);
  return { status: response.status, to: response.headers.get('location'), html: await response.text() };
}

const opens = async (person: WorldPerson, password: string) =>
  (await new LoginAgent(world.agent).login(world.project.app, { ...person, password })).status === 200;
const isSignedIn = async (browser: BrowserAgent) => (await browser.get('/me')).status === 200;
const works = async (token: string) => (await world.agent.userinfo(token)).status === 200;

/** Another browser with the same cookies. */
function copyOf(browser: BrowserAgent): BrowserAgent {
  const copy = new BrowserAgent(world.app.baseUrl);
  for (const name of browser.cookieNames) copy.setCookie(name, browser.cookie(name)!);
  return copy;
}

describe('/me/password', () => {
  it('ASVS-6.2.2 ASVS-6.2.3 ASVS-7.4.3 changes the password by the old one, and says so on the account page', async () => {
    const { browser, person } = await Visitor.of(world);
    expect(await (await browser.get('/me')).text()).toContain('href="/me/password"');
    const done = await change(browser, { oldPassword: person.password, newPassword });
    expect([done.status, done.to]).toEqual([303, '/me?done=password']);
    expect(await (await browser.get(done.to!)).text()).toContain('Your password is changed.');
    expect([await opens(person, newPassword), await opens(person, person.password)]).toEqual([true, false]);
  });

  it('ASVS-7.4.3 ASVS-7.2.4 ends every other session, every app, and copies of the cookie; this browser stays', async () => {
    const ada = await Visitor.of(world);
    const here = (await ada.tokens({ scope: 'openid offline_access' })).body;
    const other = new Visitor(world, ada.person);
    const there = (await other.tokens({ scope: 'openid offline_access' })).body;
    const thief = copyOf(ada.browser);
    await change(ada.browser, { oldPassword: ada.person.password, newPassword });
    expect(await isSignedIn(ada.browser)).toBe(true);
    expect([await isSignedIn(other.browser), await isSignedIn(thief)]).toEqual([false, false]);
    for (const tokens of [here, there]) {
      expect(await works(tokens.access_token)).toBe(false);
      expect((await world.agent.refresh(ada.client, tokens.refresh_token)).body.error).toBe('invalid_grant');
    }
    expect((await ada.ask({ prompt: 'none' })).answer).toHaveProperty('code');
  });

  const right = 'violet harbor lantern 42';
  it.each([
    ['ASVS-6.2.3 a wrong old password', { oldPassword: 'not it', newPassword }, 'not your current password'],
    ['ASVS-6.2.3 no old password', { newPassword }, 'Your current password is missing'],
    ['no new password', { oldPassword: right, newPassword: '' }, 'The new password is missing'],
    ['NIST-01 a short one', { oldPassword: right, newPassword: 'short' }, 'at least 15 characters'],
    ['NIST-08 a common one', { oldPassword: right, newPassword: 'passwordpassword' }, 'most common'],
    ['one that is too long', { oldPassword: right, newPassword: 'x'.repeat(1025) }, 'longer than anything'],
    ['300 characters', { oldPassword: right, newPassword: 'velvet '.repeat(43) }, 'at most 256'],
  ])(
    '%s: says so beside the field and on top, gives nothing back, changes nothing',
    async (_, values, words) => {
      const { browser, person } = await Visitor.of(world);
      const { status, html } = await change(browser, values);
      expect(status).toBe(400);
      expect(html.split(words)).toHaveLength(3);
      expect(html).toMatch(/<title>Error: /);
      for (const typed of Object.values(values).filter(Boolean))
        expect(html).not.toContain(`value="${typed}"`);
      expect(await opens(person, person.password)).toBe(true);
    },
  );

  it.each<[string, (browser: BrowserAgent) => Promise<Response>, number]>([
    ['no token', (browser) => post(browser, { csrf: undefined }), 403],
    [
      'the token of another form',
      async (browser) => post(browser, await tokenOf(browser, '/me', '/signout')),
      403,
    ],
    [
      'the token of another browser',
      async (browser) => post(browser, await tokenOf(await elsewhere(), path, path)),
      403,
    ],
    ['a page of another site', (browser) => post(browser, {}, { 'sec-fetch-site': 'cross-site' }), 403],
    ['an origin of another site', (browser) => post(browser, {}, { origin: 'https://evil.example' }), 403],
    ['a field twice', (browser) => post(browser, {}, {}, '&newPassword=x'), 400],
    ['JSON', (browser) => post(browser, {}, { 'content-type': 'application/json' }, undefined, '{}'), 400],
  ])('refuses %s, and changes nothing', async (_, send, status) => {
    const { browser, person } = await Visitor.of(world);
    expect((await send(browser)).status).toBe(status);
    expect(await opens(person, person.password)).toBe(true);
  });

  const elsewhere = async () => (await Visitor.of(world)).browser;
  const tokenOf = async (browser: BrowserAgent, at: string, action: string) => ({
    csrf: formTo(await (await browser.get(at)).text(), action).fields['csrf'],
  });
  async function post(
    browser: BrowserAgent,
    changes: Record<string, string | undefined>,
    headers: Record<string, string> = {},
    more = '',
    body?: string,
  ): Promise<Response> {
    const fields = {
      ...formTo(await page(browser), path).fields,
      oldPassword: right,
      newPassword,
      ...changes,
    };
    const given = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return browser.send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: body ?? new URLSearchParams(given).toString() + more,
    });
  }

  it('sends whoever is not signed in to the sign-in page, also with a session that ended meanwhile', async () => {
    const ada = await Visitor.of(world);
    const form = formTo(await page(ada.browser), path);
    const values = { oldPassword: ada.person.password, newPassword };
    await ada.browser.submit(formTo(await (await ada.browser.get('/me')).text(), '/signout'), {
      action: 'here',
    });
    for (const response of [await ada.browser.get(path), await ada.browser.submit(form, values)]) {
      expect([response.status, response.headers.get('location')]).toEqual([303, '/signin']);
    }
    expect(await opens(ada.person, ada.person.password)).toBe(true);
  });

  it('NIST-11 counts wrong old passwords with sign-ins, and says how long to wait', async () => {
    const { browser, person } = await Visitor.of(world);
    const form = formTo(await page(browser), path);
    const wrong = { oldPassword: 'not it', newPassword };
    const statuses: number[] = [];
    for (let at = 0; at < 11; at++) statuses.push((await browser.submit(form, wrong)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 400), 429]);
    const waiting = await browser.submit(form, { ...wrong, oldPassword: person.password });
    expect(Number(waiting.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await waiting.text()).toMatch(/Wait \d+ minutes, then try again/);
    expect(await opens(person, person.password)).toBe(false);
  });

  it('of two changes at once one is made, and one session stays', async () => {
    const { browser, person } = await Visitor.of(world);
    const form = formTo(await page(browser), path);
    const made = await Promise.all(
      ['amber kettle window 73', 'silver garden bottle 58'].map((password) =>
        browser.submit(form, { oldPassword: person.password, newPassword: password }),
      ),
    );
    expect(made.map(({ status }) => status).sort()).toEqual([303, 400]);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('without script the passwords are shown by a round trip that never brings them back', async () => {
    const { browser, person } = await Visitor.of(world);
    const typed = { oldPassword: person.password, newPassword };
    const { status, html } = await change(browser, { ...typed, action: 'show-password' });
    expect(status).toBe(200);
    for (const password of Object.values(typed)) expect(html).not.toContain(password);
    for (const name of Object.keys(typed))
      expect(html).toMatch(new RegExp(`name="${name}" type="text" value=""`));
    const again = await browser.submit(formTo(html, path), typed);
    expect(again.headers.get('location')).toBe('/me?done=password');
  });

  it('NIST-09 lets managers fill it: the account, the old and the new password are told apart', async () => {
    const { browser, person } = await Visitor.of(world);
    const html = await page(browser);
    expect(html).toMatch(new RegExp(`value="${person.email}" autocomplete="username"`));
    expect(html).toMatch(/name="oldPassword"[^>]*autocomplete="current-password"/);
    expect(html).toMatch(/name="newPassword"[^>]*autocomplete="new-password"/);
  });
});
