import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { UsersService } from '../../src/identities/users.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { loadConfig } from '../../src/kernel/config.js';
import { BrowserCookies } from '../../src/kernel/cookies.js';
import { Db } from '../../src/kernel/db.js';
import { newSecret } from '../../src/kernel/secrets.js';
import { KeysService } from '../../src/keys/keys.service.js';
import { sessionIdleMs, sessionLifeMs } from '../../src/logins/sessions.service.js';
import { root } from '../architecture/sources.js';
import { testSealingKey } from '../helpers/app.js';
import { BrowserAgent, formsOf, formTo } from '../helpers/browser-agent.js';
import { Visitor } from '../helpers/visitor.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const hour = 3_600_000;
const account = async (browser: BrowserAgent) => (await browser.get('/me')).text();
const session = (browser: BrowserAgent) => browser.cookie('carekey-session')!;
const isSignedIn = async (visitor: Visitor) => {
  const [me, silent] = [await visitor.browser.get('/me'), await visitor.ask({ prompt: 'none' })];
  expect('code' in silent.answer).toBe(me.status === 200);
  return me.status === 200;
};
/** A second browser with the same cookies: what a thief of a cookie has. */
function copyOf({ browser }: Visitor): BrowserAgent {
  const copy = new BrowserAgent(world.app.baseUrl);
  for (const name of browser.cookieNames) copy.setCookie(name, browser.cookie(name)!);
  return copy;
}

describe('the page about sessions', () => {
  it('ASVS-7.1.1 ASVS-7.1.2 ASVS-7.1.3 NIST-17 says what the code does', () => {
    const page = readFileSync(join(root, 'docs/sessions.md'), 'utf8');
    expect(page).toContain(`| Session, however it is used | ${sessionLifeMs / hour} hours |`);
    expect(page).toContain(`| Session that lies unused | ${sessionIdleMs / hour} hour |`);
    expect(page).toMatch(/NIST SP 800-63B-4 asks for about 24 hours and one hour/);
    for (const title of ['## How long', '## Several at once', '## Apps and this server']) {
      expect(page).toContain(title);
    }
    expect(sessionLifeMs).toBeLessThanOrEqual(30 * 24 * hour);
  });
});

describe('the clocks of a session', () => {
  it('ASVS-7.3.1 an hour without use ends it, at /me and for every app; use renews it', async () => {
    const ada = await Visitor.of(world);
    world.app.clock.advance(sessionIdleMs - 60_000);
    expect(await isSignedIn(ada)).toBe(true);
    world.app.clock.advance(sessionIdleMs - 60_000);
    expect(await isSignedIn(ada)).toBe(true);
    world.app.clock.advance(sessionIdleMs + 1000);
    expect(await isSignedIn(ada)).toBe(false);
  });

  it('ASVS-7.3.2 NIST-24 twelve hours end it however it is used: the two clocks are two', async () => {
    const ada = await Visitor.of(world);
    for (let half = 0; half < 23; half++) {
      world.app.clock.advance(hour / 2);
      expect((await ada.browser.get('/me')).status).toBe(200);
    }
    world.app.clock.advance(hour / 2);
    expect(await isSignedIn(ada)).toBe(false);
  });

  it('NIST-24 signing in again loses nothing of the request that was under way', async () => {
    const ada = await Visitor.of(world);
    const page = await ada.ask({ prompt: 'consent', state: 'under way' });
    world.app.clock.advance(600_000);
    const ended = formsOf(await account(ada.browser)).find(({ action }) => action === '/signout')!;
    await ada.browser.submit(ended, { action: 'here' });
    const back = await ada.browser.get(page.url.href);
    expect(back.headers.get('location')).toMatch(/\/signin\?request=/);
    const consent = await ada.signIn({
      url: new URL(back.headers.get('location')!, world.app.baseUrl),
      answer: {},
    });
    expect((await ada.send(consent, { decision: 'allow' })).answer['state']).toBe('under way');
  });

  it('NIST-24 ASVS-7.4.1 the back button shows nothing after signing out: pages are never stored', async () => {
    const ada = await Visitor.of(world);
    const page = await ada.browser.get('/me');
    expect(page.headers.get('cache-control')).toContain('no-store');
    await ada.browser.submit(formTo(await page.text(), '/signout'), { action: 'here' });
    expect((await ada.browser.get('/me')).headers.get('location')).toMatch(/\/signin/);
  });
});

describe('the secret of a session', () => {
  it('ASVS-7.2.1 ASVS-7.2.2 ASVS-7.2.3 NIST-23 is 256 random bits that only the server can judge', async () => {
    const [ada, grace] = [await Visitor.of(world), await Visitor.of(world)];
    const secrets = [session(ada.browser), session(grace.browser)];
    for (const secret of secrets) expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(secrets[0]).not.toBe(secrets[1]);
    for (const guess of [newSecret(), secrets[0]!.slice(0, -1), ada.person.userId, 'x']) {
      const stranger = new BrowserAgent(world.app.baseUrl);
      stranger.setCookie('carekey-session', guess);
      expect((await stranger.get('/me')).status).toBe(303);
    }
  });

  it('NIST-23 the cookie is HttpOnly and Lax, on https Secure with __Host-, and is erased at sign-out', async () => {
    const ada = await Visitor.of(world);
    const out = await ada.browser.submit(formTo(await account(ada.browser), '/signout'), { action: 'here' });
    expect(out.headers.getSetCookie().join()).toMatch(/carekey-session=;.*Expires=Thu, 01 Jan 1970/i);
    const https = loadConfig({
      CAREKEY_BASE_URL: 'https://id.example.org/',
      DATABASE_URL: 'postgres://db.example.org/x',
      CAREKEY_SEALING_KEYS: testSealingKey,
    });
    const written: unknown[] = [];
    const reply = { setCookie: (...cookie: unknown[]) => written.push(cookie) };
    new BrowserCookies(https).setSession(reply as never, newSecret());
    expect(written).toEqual([
      [
        '__Host-carekey-session',
        expect.stringMatching(/^[\w-]{43}$/),
        { path: '/', httpOnly: true, sameSite: 'lax', secure: true },
      ],
    ]);
  });

  it('ASVS-7.2.4 signing in makes a new one and ends the one before', async () => {
    const ada = await Visitor.of(world);
    const [before, thief] = [session(ada.browser), copyOf(ada)];
    await ada.signIn(await ada.ask({ prompt: 'login' }));
    expect(session(ada.browser)).not.toBe(before);
    expect((await thief.get('/me')).status).toBe(303);
    expect(await isSignedIn(ada)).toBe(true);
  });
});

describe('the way in', () => {
  it.each([
    'x-forwarded-for',
    'forwarded',
    'x-real-ip',
    'x-original-url',
    'x-forwarded-user',
    'x-remote-user',
  ])('V35 the header %s skips nothing', async (name) => {
    const stranger = new Visitor(world, world.project.person);
    const page = await stranger.ask();
    for (const value of ['127.0.0.1', 'for=127.0.0.1', '/me', world.project.person.email]) {
      const headers = { [name]: value };
      expect((await stranger.browser.get('/me', headers)).headers.get('location')).toBe('/signin');
      const html = await (await stranger.browser.get(page.url.href, headers)).text();
      expect(html).toContain('type="password"');
    }
  });
});

describe('the end of sessions', () => {
  const apps = async () => {
    const ada = await Visitor.of(world, 'openid offline_access');
    return { ada, tokens: (await ada.tokens({ scope: 'openid offline_access' })).body };
  };
  const refreshes = async (token: string) =>
    (await world.agent.refresh(world.project.app, token)).status === 200;

  it('ASVS-7.4.1 signing out ends the session and what apps got from it', async () => {
    const { ada, tokens } = await apps();
    const thief = copyOf(ada);
    const page = await account(ada.browser);
    expect(page).toContain('Sign out');
    await ada.browser.submit(formTo(page, '/signout'), { action: 'here' });
    expect((await thief.get('/me')).status).toBe(303);
    expect((await world.agent.userinfo(tokens.access_token)).status).toBe(401);
    expect(await refreshes(tokens.refresh_token)).toBe(false);
  });

  it('ASVS-7.6.1 a session that runs out leaves an app with offline access its access, as the page says', async () => {
    const { ada, tokens } = await apps();
    world.app.clock.advance(sessionLifeMs + 1000);
    expect(await isSignedIn(ada)).toBe(false);
    expect(await refreshes(tokens.refresh_token)).toBe(true);
  });

  it('ASVS-7.6.2 no session and no token without the act of a person', async () => {
    const stranger = new Visitor(world, await world.addPerson(world.project.id));
    await stranger.browser.get('/signin');
    for (const prompt of ['none', undefined, 'consent', 'select_account']) {
      expect((await stranger.ask({ prompt })).answer).not.toHaveProperty('code');
    }
    expect(stranger.browser.cookieNames).not.toContain('carekey-session');
  });

  it('ASVS-7.4.2 V37 a deactivated person has no way in: session, code, token, refresh, password', async () => {
    const { ada, tokens } = await apps();
    const { answer } = await ada.ask();
    const db = world.app.get(Db);
    const { id: projectId } = world.project;
    await db.tx((tx) =>
      world.app.get(UsersService).deactivate(tx, systemActor('test'), projectId, ada.person.userId),
    );
    expect(await isSignedIn(ada)).toBe(false);
    const code = await world.agent.redeem(world.project.app, answer['code']!, ada.verifier);
    expect(code.body.error).toBe('invalid_grant');
    expect((await world.agent.userinfo(tokens.access_token)).status).toBe(401);
    expect(await refreshes(tokens.refresh_token)).toBe(false);
    const again = await ada.ask();
    expect((await ada.browser.get(again.url.href)).status).toBe(200);
    const form = formTo(await (await ada.browser.get(again.url.href)).text(), '/signin');
    const { email, password } = ada.person;
    expect((await ada.browser.submit(form, { email, password })).status).toBe(400);
  });

  it('ASVS-7.4.4 ASVS-7.5.2 the account page lists every session and has a way out of each and all', async () => {
    const ada = await Visitor.of(world);
    const other = new Visitor(world, ada.person);
    await other.tokens();
    const forms = formsOf(await account(ada.browser));
    expect(forms.filter(({ action }) => action === '/me/sessions/end')).toHaveLength(1);
    await ada.browser.submit(forms.find(({ action }) => action === '/me/sessions/end')!);
    expect(await isSignedIn(other)).toBe(false);
    expect(await isSignedIn(ada)).toBe(true);
  });

  it('signing out everywhere else leaves this browser and its apps', async () => {
    const { ada, tokens } = await apps();
    const other = new Visitor(world, ada.person);
    const elsewhere = (await other.tokens({ scope: 'openid offline_access' })).body;
    const done = await ada.browser.submit(formTo(await account(ada.browser), '/signout'), {
      action: 'elsewhere',
    });
    expect(done.headers.get('location')).toBe('/me?done=elsewhere');
    expect(await (await ada.browser.get('/me?done=elsewhere')).text()).toContain('everywhere but here');
    expect([await isSignedIn(ada), await isSignedIn(other)]).toEqual([true, false]);
    expect([await refreshes(tokens.refresh_token), await refreshes(elsewhere.refresh_token)]).toEqual([
      true,
      false,
    ]);
  });
});

describe('consent', () => {
  it('ASVS-10.7.1 BCP-40 is asked per person and app, and again for more', async () => {
    const ada = await Visitor.of(world, 'openid profile');
    expect((await ada.ask({ scope: 'openid profile' })).answer).toHaveProperty('code');
    const another = await world.addClient(world.project.id, {
      name: 'Another app',
      redirectUris: ['https://another.example/cb'],
      grantTypes: ['authorization_code'],
      authenticatedGrants: [],
    });
    expect((await ada.ask({ scope: 'openid profile' }, another)).url.pathname).toBe('/consent');
    expect((await ada.ask({ scope: 'openid email' })).url.pathname).toBe('/consent');
    expect((await ada.ask({ scope: 'openid', prompt: 'consent' })).url.pathname).toBe('/consent');
  });

  it('ASVS-10.7.2 says who asks, for what, and for how long', async () => {
    const ada = await Visitor.of(world);
    const page = await ada.ask({ scope: 'openid email offline_access' });
    const html = await (await ada.browser.get(page.url.href)).text();
    for (const words of [
      'North clinic app',
      'North clinic',
      ada.person.email,
      'See your e-mail address',
      'For how long',
    ]) {
      expect(html).toContain(words);
    }
  });

  it('ASVS-10.7.3 can be looked at and withdrawn, also when no login is left', async () => {
    const ada = await Visitor.of(world, 'openid email');
    await ada.tokens({ scope: 'openid email' });
    const live = await account(ada.browser);
    for (const words of ['North clinic app', 'See your e-mail address', 'Last used now'])
      expect(live).toContain(words);
    world.app.clock.advance(2 * hour);
    await ada
      .signIn({ url: new URL(`/signin?project=${world.project.id}`, world.app.baseUrl), answer: {} })
      .catch(() => {});
    const html = await account(ada.browser);
    expect(html).toContain('Not signed in now');
    await ada.browser.submit(formsOf(html).find(({ action }) => action === '/me/apps/end')!);
    expect(await account(ada.browser)).not.toContain('North clinic app');
    expect((await ada.ask({ scope: 'openid email', prompt: 'none' })).answer['error']).toBe(
      'consent_required',
    );
  });

  it('ASVS-10.3.1 a door takes tokens that were made for this server, no others', async () => {
    const ada = await Visitor.of(world);
    const { access_token: token } = (await ada.tokens()).body;
    const sign = (changes: object) =>
      world.app.get(KeysService).sign('ES256', 'at+jwt', { ...decodeJwt(token), ...changes });
    for (const aud of ['https://elsewhere.example/', [], world.project.app.id]) {
      expect((await world.agent.userinfo(await sign({ aud }))).status).toBe(401);
    }
    expect((await world.agent.userinfo(await sign({}))).status).toBe(200);
  });

  it('ASVS-10.3.2 ASVS-10.3.3 a door decides by subject and scope of the token', async () => {
    const ada = await Visitor.of(world, 'openid profile email');
    const { body } = await ada.tokens({ scope: 'openid email' });
    const { sub, iss } = decodeJwt(body.access_token);
    expect([sub, iss]).toEqual([ada.person.userId, world.app.baseUrl]);
    const userinfo = (await world.agent.userinfo(body.access_token)).body;
    expect(userinfo).toEqual({ sub, email: ada.person.email, email_verified: false });
  });
});
