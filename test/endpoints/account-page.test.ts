import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BrowserAgent, formsOf, formTo, type PageForm } from '../helpers/browser-agent.js';
import { newPkce } from '../helpers/oauth-agent.js';
import { startWorld, type World, type WorldPerson } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const pkce = () => ({ code_challenge: newPkce().challenge, code_challenge_method: 'S256' });
const userAgents = {
  firefox: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
  hostile: '<img src=x onerror=alert(1)>',
};

async function signedIn(person: WorldPerson, userAgent?: string): Promise<BrowserAgent> {
  const browser = new BrowserAgent(world.app.baseUrl);
  const page = await browser.get(`/signin?project=${world.project.id}`);
  const { action, fields } = formTo(await page.text(), '/signin');
  const body = new URLSearchParams({ ...fields, email: person.email, password: person.password });
  const headers = new Headers(userAgent ? { 'user-agent': userAgent } : undefined);
  const response = await browser.send(action, { method: 'POST', body, headers });
  expect([response.status, response.headers.get('location')]).toEqual([303, '/me']);
  return browser;
}

const page = async (browser: BrowserAgent, address = '/me') => (await browser.get(address)).text();
const formsTo = (html: string, path: string): PageForm[] =>
  formsOf(html).filter(({ action }) => action === path);

describe('/me', () => {
  it('shows the person, the memberships and each session with device, address and last use', async () => {
    const person = await world.addPerson(world.project.id);
    await signedIn(person, userAgents.firefox);
    const html = await page(await signedIn(person));
    expect(html).toContain(person.email);
    expect(html).toMatch(/Practitioner<\/bdi> at <bdi>/);
    expect(html).toContain('Firefox on Windows');
    expect(html).toMatch(/From <bdi>(127\.0\.0\.1|::1)<\/bdi>/);
    expect(html).toMatch(/Signed in now, last used now/);
    expect(html.match(/this device/g)).toHaveLength(1);
    expect(formsTo(html, '/me/sessions/end')).toHaveLength(1);
  });

  it('V25 a device name is never read from what a browser calls itself', async () => {
    const html = await page(await signedIn(await world.addPerson(world.project.id), userAgents.hostile));
    expect(html).toContain('A browser on an unknown system');
    expect(html).not.toContain('onerror');
  });

  it('sends whoever is not signed in to the sign-in page, also with a session that is over', async () => {
    const person = await world.addPerson(world.project.id);
    const browser = await signedIn(person);
    const copy = new BrowserAgent(world.app.baseUrl);
    copy.setCookie('carekey-session', browser.cookie('carekey-session')!);
    expect((await copy.get('/me')).status).toBe(200);
    await browser.submit(formTo(await page(browser), '/signout'), { action: 'here' });
    for (const one of [browser, copy, new BrowserAgent(world.app.baseUrl)]) {
      const response = await one.get('/me');
      expect([response.status, response.headers.get('location')]).toEqual([303, '/signin']);
    }
  });

  it('signs one other session out, and only that', async () => {
    const person = await world.addPerson(world.project.id);
    const here = await signedIn(person);
    const other = await signedIn(person);
    const third = await signedIn(person);
    const [form] = formsTo(await page(here), '/me/sessions/end');
    const response = await here.submit(form!);
    expect(response.headers.get('location')).toBe('/me?done=session');
    expect(await page(here, '/me?done=session')).toContain('That session is signed out.');
    const alive = await Promise.all([here, other, third].map(async (one) => (await one.get('/me')).status));
    expect(alive.sort()).toEqual([200, 200, 303]);
  });

  it("cannot sign out somebody else's session: same answer as for none", async () => {
    const [mine, theirs] = [await signedIn(world.project.person), await signedIn(world.project.admin)];
    await signedIn(world.project.admin);
    const [foreign] = formsTo(await page(theirs), '/me/sessions/end');
    await signedIn(world.project.person);
    const [own] = formsTo(await page(mine), '/me/sessions/end');
    for (const session of [
      foreign!.fields['session']!,
      '01890000-0000-7000-8000-000000000000',
      "x' OR 1=1",
      '',
    ]) {
      const response = await mine.submit(own!, { session });
      expect(response.headers.get('location')).toBe('/me');
    }
    expect((await theirs.get('/me')).status).toBe(200);
  });

  it('ASVS-10.4.9 disconnects an app: its refresh token is dead, the session is not', async () => {
    const person = await world.addPerson(world.project.id);
    const browser = new BrowserAgent(world.app.baseUrl);
    const { body } = await world.agent.codeFlow(world.project.app, person, {}, browser);
    const html = await page(browser);
    expect(html).toMatch(/<bdi>[^<]* app<\/bdi>/);
    const response = await browser.submit(formsTo(html, '/me/apps/end')[0]!);
    expect(response.headers.get('location')).toBe('/me?done=app');
    expect(await page(browser, '/me?done=app')).toContain('The app is disconnected');
    const refused = await world.agent.refresh(world.project.app, body.refresh_token);
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_grant']);
    expect((await world.agent.userinfo(body.access_token)).status).toBe(401);
    const silent = await world.agent.signIn(
      world.project.app,
      person,
      { ...pkce(), prompt: 'none' },
      browser,
    );
    expect(silent.searchParams.get('error')).toBe('consent_required');
  });

  it('signs out everywhere: every browser and every app', async () => {
    const person = await world.addPerson(world.project.id);
    const browser = new BrowserAgent(world.app.baseUrl);
    const { body } = await world.agent.codeFlow(world.project.app, person, {}, browser);
    const other = await signedIn(person);
    const response = await browser.submit(formTo(await page(browser), '/signout'), { action: 'everywhere' });
    const target = response.headers.get('location')!;
    expect(target).toBe(`/signed-out?everywhere=1&project=${world.project.id}`);
    const signedOut = await page(browser, target);
    expect(signedOut).toContain('Every session of yours is signed out');
    expect(signedOut).toContain(`href="/signin?project=${world.project.id}"`);
    expect(browser.cookieNames).toEqual(['carekey-browser']);
    expect((await other.get('/me')).status).toBe(303);
    expect((await world.agent.userinfo(body.access_token)).status).toBe(401);
  });

  it('a page of the signed-out kind says nothing that its address made up', async () => {
    const html = await page(new BrowserAgent(world.app.baseUrl), '/signed-out?project=javascript:alert(1)');
    expect(html).toContain('href="/signin"');
    expect(html).not.toContain('javascript:');
  });
});

describe('/setup/<secret>', () => {
  it('looks cost nothing, wrong input leaves it open, right input uses it up and makes a super admin', async () => {
    const browser = new BrowserAgent(world.app.baseUrl);
    const address = world.app.firstStart.setupUrl!;
    const path = new URL(address).pathname;
    for (let look = 0; look < 3; look++) expect((await browser.get(address)).status).toBe(200);
    const form = formTo(await page(browser, address), path);
    const admin = { givenName: 'Grace', familyName: 'Hale', email: 'grace@example.org', password: 'short' };
    for (const [change, words] of [
      [{}, /at least 15/],
      [{ password: 'password1234567' }, /password/i],
      [{ givenName: ' ', password: 'violet harbor lantern 42' }, /given name is missing/],
    ] as const) {
      const response = await browser.submit(form, { ...admin, ...change });
      const html = await response.text();
      expect([response.status, html]).toEqual([400, expect.stringMatching(words)]);
      expect(html).toContain('value="grace@example.org"');
      expect(html).not.toContain(`value="${'password' in change ? change.password : admin.password}"`);
    }
    const right = { ...admin, password: 'violet harbor lantern 42' };
    const done = await browser.submit(form, right);
    expect([done.status, done.headers.get('location')]).toEqual([303, '/signin?ready=1']);
    const signIn = await page(browser, '/signin?ready=1');
    expect(signIn).toContain('Your account is ready');
    expect((await browser.get(address)).status).toBe(410);
    expect((await browser.submit(form, right)).status).toBe(410);
    const response = await browser.submit(formTo(signIn, '/signin'), right);
    expect(response.headers.get('location')).toBe('/me');
    expect(await page(browser)).toContain('Server administration');
  });
});
