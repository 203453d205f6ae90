import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BrowserAgent, formTo, type PageForm } from '../helpers/browser-agent.js';
import { newPkce } from '../helpers/oauth-agent.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const newBrowser = () => new BrowserAgent(world.app.baseUrl);
const credentials = () => {
  const { email, password } = world.project.person;
  return { email, password };
};
const accountUrl = () => `/signin?project=${world.project.id}`;

async function signedIn(): Promise<BrowserAgent> {
  const browser = newBrowser();
  const page = await browser.get(accountUrl());
  await browser.submit(formTo(await page.text(), '/signin'), credentials());
  return browser;
}

/** A kept request of a browser, and the page on which it stands. */
async function began(browser: BrowserAgent): Promise<string> {
  const challenge = { code_challenge: newPkce().challenge, code_challenge_method: 'S256' };
  const response = await browser.get(world.agent.authorizeUrl(world.project.app, challenge));
  return response.headers.get('location')!;
}

const formOf = async (browser: BrowserAgent, address: string, path: string) =>
  formTo(await (await browser.get(address)).text(), path);

describe('BCP-22 BCP-23 headers of pages', () => {
  it.each([
    ['/', 200],
    ['/signin', 200],
    ['/signin?request=nonsense', 410],
    ['/signin?request=a&request=b', 400],
    [`/choose-profile?request=${'a'.repeat(43)}`, 410],
    [`/select-account?request=${'a'.repeat(43)}`, 410],
    [`/consent?request=${'a'.repeat(43)}`, 410],
    ['/signed-out', 200],
    ['/setup/nonsense', 410],
    ['/dev/app', 200],
    ['/dev/mailbox', 200],
    ['/oauth2/authorize', 400],
    ['/no-such-page', 404],
  ])('%s answers %i', async (path, status) => {
    const response = await newBrowser().get(path, { accept: 'text/html,*/*;q=0.8' });
    expect(response.status).toBe(status);
    const { headers } = response;
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = headers.get('content-security-policy')!;
    expect(policy).toMatch(/^default-src 'none'; style-src 'self'; img-src 'self' data:/);
    expect(policy).toMatch(/form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('permissions-policy')).toContain('camera=()');
    const html = await response.text();
    expect(html).toMatch(/^<!doctype html>\n<html lang="en" dir="ltr">/);
    expect(html.match(/<h1>/g)).toHaveLength(1);
    expect(html).not.toMatch(/<script(?! src="\/assets\/)|\son[a-z]+=|style=|(?:src|href)="(?:https?:)?\/\//);
  });

  it('programs that ask for no page get problem details', async () => {
    const response = await newBrowser().get('/no-such-page', { accept: '*/*' });
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('what pages load never changes under its name, and is kept', async () => {
    const html = await (await newBrowser().get('/signin')).text();
    const paths = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
    expect(new Set(paths).size).toBe(3);
    for (const path of paths) {
      const { status, headers } = await newBrowser().get(path);
      expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
      const again = await newBrowser().get(path, { 'if-none-match': headers.get('etag')! });
      expect([again.status, await again.text()]).toEqual([304, '']);
    }
    expect((await newBrowser().get('/assets/carekey-000000000000.css')).status).toBe(404);
    expect((await newBrowser().get('/assets/..%2fsign-in.page.js')).status).toBe(404);
  });
});

describe('BCP-24 forms that are not ours: login CSRF', () => {
  const doors = [
    '/signin',
    '/select-account',
    '/choose-profile',
    '/consent',
    '/me/sessions/end',
    '/me/apps/end',
    '/signout',
    '/logout',
  ];
  const post = (browser: BrowserAgent, path: string, body: URLSearchParams | string, headers = {}) =>
    browser.send(path, { method: 'POST', body, headers });
  const tokenOf = async (browser: BrowserAgent) => (await formOf(browser, '/me', '/signout')).fields['csrf']!;

  it.each(doors)('%s refuses a missing, foreign, misused and malformed token', async (path) => {
    const browser = await signedIn();
    const own = await tokenOf(browser);
    const foreign = await tokenOf(await signedIn());
    const misused = (await formOf(newBrowser(), '/signin', '/signin')).fields['csrf']!;
    const flipped = `${own.startsWith('A') ? 'B' : 'A'}${own.slice(1)}`;
    for (const csrf of [undefined, '', foreign, misused, flipped, 'x', own.slice(0, -2)]) {
      const response = await post(browser, path, new URLSearchParams(csrf === undefined ? {} : { csrf }));
      expect([csrf, response.status]).toEqual([csrf, 403]);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(await response.text()).toContain('This page is out of date');
    }
    expect((await browser.get('/me')).status).toBe(200);
  });

  it.each([
    ['cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['same-site', { 'sec-fetch-site': 'same-site' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['another port', { origin: 'http://localhost:1' }],
  ])('%s: refused even with a right token, and nobody is signed out', async (_name, headers) => {
    const browser = await signedIn();
    const form = await formOf(browser, '/me', '/signout');
    const response = await post(browser, '/signout', new URLSearchParams(form.fields), headers);
    expect(response.status).toBe(403);
    expect((await browser.get('/me')).status).toBe(200);
  });

  it.each([
    ['from a page without a referrer', { origin: 'null', 'sec-fetch-site': 'same-origin' }],
    ['typed by the person', { 'sec-fetch-site': 'none' }],
    ['an old browser', {}],
  ])('%s: accepted with its token', async (_name, headers) => {
    const browser = await signedIn();
    const form = await formOf(browser, '/me', '/signout');
    expect((await post(browser, '/signout', new URLSearchParams(form.fields), headers)).status).toBe(303);
    expect((await browser.get('/me')).headers.get('location')).toBe('/signin');
  });

  it('a token without its cookie opens nothing', async () => {
    const form = await formOf(newBrowser(), '/signin', '/signin');
    const response = await newBrowser().submit(form, credentials());
    expect([response.status, response.headers.getSetCookie()]).toEqual([403, []]);
  });

  it.each([
    ['JSON', (form: PageForm) => ({ body: JSON.stringify(form.fields), type: 'application/json' })],
    [
      'plain text',
      (form: PageForm) => ({ body: String(new URLSearchParams(form.fields)), type: 'text/plain' }),
    ],
    ['a field twice', (form: PageForm) => ({ body: `${new URLSearchParams(form.fields)}&email=a&email=b` })],
    ['a null character', (form: PageForm) => ({ body: `${new URLSearchParams(form.fields)}&email=a%00b` })],
    [
      'a huge field',
      (form: PageForm) => ({ body: `${new URLSearchParams(form.fields)}&email=${'a'.repeat(9000)}` }),
    ],
    [
      'hundreds of fields',
      (form: PageForm) => ({
        body: `${new URLSearchParams(form.fields)}&${Array.from({ length: 200 }, (_, n) => `f${n}=1`).join('&')}`,
      }),
    ],
  ])('%s: 400', async (_name, make) => {
    const browser = newBrowser();
    const { body, type = 'application/x-www-form-urlencoded' } = make(
      await formOf(browser, accountUrl(), '/signin'),
    ) as { body: string; type?: string };
    const response = await post(browser, '/signin', body, { 'content-type': type });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('This did not work');
  });
});

describe('sign in', () => {
  it('keeps what was typed but the password, and says the same for every wrong pair', async () => {
    const attempt = async (email: string, password: string) => {
      const browser = newBrowser();
      const form = await formOf(browser, await began(browser), '/signin');
      const response = await browser.submit(form, { email, password });
      return {
        status: response.status,
        html: (await response.text()).replaceAll(email, 'E').replace(/(?:value="|request=)[\w-]{43}"/g, ''),
      };
    };
    const known = await attempt(credentials().email, 'a wrong password 1');
    const unknown = await attempt('nobody@example.org', 'a wrong password 1');
    expect(known).toEqual(unknown);
    expect(known.status).toBe(400);
    expect(known.html).toContain('value="E"');
    expect(known.html).not.toContain('a wrong password');
    expect(known.html).toMatch(/<title>Error: /);
    expect(known.html).toMatch(/aria-invalid="true" aria-describedby="password-problem"/);
  });

  it.each([
    ['nothing', {}, ['The e-mail address is missing', 'The password is missing']],
    ['no address', { email: 'ada', password: 'x' }, ['not a complete e-mail address']],
    [
      'an address too long',
      { email: `${'a'.repeat(400)}@example.org`, password: 'x' },
      ['longer than anything'],
    ],
    ['a password too long', { email: 'a@example.org', password: 'x'.repeat(2000) }, ['longer than anything']],
  ])('%s: says beside the field and on top what is missing', async (_name, values, sentences) => {
    const browser = newBrowser();
    const response = await browser.submit(await formOf(browser, '/signin', '/signin'), values);
    const html = await response.text();
    expect(response.status).toBe(400);
    for (const sentence of sentences) expect(html.split(sentence)).toHaveLength(3);
  });

  it('without script the password is shown by a round trip that never brings it back', async () => {
    const browser = newBrowser();
    const form = await formOf(browser, await began(browser), '/signin');
    const response = await browser.submit(form, { ...credentials(), action: 'show-password' });
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(html).toContain(`value="${credentials().email}"`);
    expect(html).not.toContain(credentials().password);
    expect(html).toMatch(/name="password" type="text" value=""/);
    const again = await browser.submit(formTo(html, '/signin'), credentials());
    expect(again.headers.get('location')).toMatch(/^\/signin\?request=/);
  });

  it('F53 a new session each time; the one before is over; nothing is set before the password was right', async () => {
    const browser = newBrowser();
    const form = await formOf(browser, accountUrl(), '/signin');
    await browser.submit(form, { ...credentials(), password: 'wrong' });
    expect(browser.cookieNames).toEqual(['carekey-browser']);
    const planted = 'a'.repeat(43);
    browser.setCookie('carekey-session', planted);
    const response = await browser.submit(form, credentials());
    expect(response.status).toBe(303);
    const [line] = response.headers.getSetCookie();
    expect(line).toMatch(/^carekey-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    const first = browser.cookie('carekey-session')!;
    expect(first).not.toBe(planted);
    await browser.submit(form, credentials());
    const second = browser.cookie('carekey-session')!;
    expect(second).not.toBe(first);
    browser.setCookie('carekey-session', first);
    expect((await browser.get('/me')).status).toBe(303);
  });

  it('NIST-11 too many tries of one account: 429 with the time to wait, and the page as it was', async () => {
    const person = await world.addPerson(world.project.id);
    const browser = newBrowser();
    const form = await formOf(browser, accountUrl(), '/signin');
    let response = await browser.submit(form, { email: person.email, password: 'wrong' });
    for (let tries = 1; tries < 15 && response.status === 400; tries++) {
      response = await browser.submit(form, { email: person.email, password: 'wrong' });
    }
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    const html = await response.text();
    expect(html).toMatch(/Wait \d+ minutes, then try again/);
    expect(html).toContain(`value="${person.email}"`);
  });

  it('cancel goes back to the app with access_denied', async () => {
    const browser = newBrowser();
    const form = await formOf(browser, await began(browser), '/signin');
    const response = await browser.submit(form, { action: 'cancel' });
    expect(new URL(response.headers.get('location')!).searchParams.get('error')).toBe('access_denied');
  });
});

describe('on https', () => {
  let secure: World;
  beforeAll(async () => {
    secure = await startWorld({ env: { CAREKEY_BASE_URL: 'https://id.example.org/' } });
  });
  afterAll(() => secure.close());

  interface Answer {
    readonly status: number;
    readonly headers: Record<string, string | string[] | undefined>;
    readonly cookies: readonly string[];
    readonly text: string;
  }
  /** What a proxy that ends TLS sends on; `fetch` would not let the Host be another. */
  const send = (path: string, more: { cookie?: string; type?: string; body?: string } = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const { cookie, type, body } = more;
      const headers = {
        host: 'id.example.org',
        ...(cookie && { cookie }),
        ...(body && { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
      };
      const method = body === undefined ? 'GET' : 'POST';
      httpRequest(new URL(path, secure.app.listensOn), { method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          const { statusCode, headers } = response;
          resolve({ status: statusCode!, headers, cookies: headers['set-cookie'] ?? [], text });
        });
      })
        .on('error', reject)
        .end(body);
    });
  const form = { type: 'application/x-www-form-urlencoded' };
  const sessionCookie = /^__Host-carekey-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/;

  it('F53 the cookie carries __Host- and Secure, and the name of http is not read', async () => {
    const { headers, cookies } = await send('/signin', { cookie: `carekey-browser=${'a'.repeat(43)}` });
    expect(cookies).toEqual([
      expect.stringMatching(/^__Host-carekey-browser=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ]);
    expect((await send('/signin', { cookie: `__Host-carekey-browser=${'a'.repeat(43)}` })).cookies).toEqual(
      [],
    );
    expect(headers['strict-transport-security']).toMatch(/^max-age=\d{8}/);
  });

  it('F53 NIST-23 so does the session of the page, from sign-in to sign-out', async () => {
    const { id, person } = secure.project;
    const page = await send(`/signin?project=${id}`);
    const browser = page.cookies[0]!.split(';')[0]!;
    const fields = { ...formTo(page.text, '/signin').fields, email: person.email, password: person.password };
    const signedIn = await send('/signin', {
      ...form,
      cookie: browser,
      body: new URLSearchParams(fields).toString(),
    });
    expect([signedIn.status, signedIn.headers['location']]).toEqual([303, '/me']);
    expect(signedIn.cookies).toEqual([expect.stringMatching(sessionCookie)]);
    const session = signedIn.cookies[0]!.split(';')[0]!;
    expect((await send('/me', { cookie: session.replace('__Host-', '') })).status).toBe(303);
    const me = await send('/me', { cookie: `${browser}; ${session}` });
    expect([me.status, me.cookies]).toEqual([200, []]);
    const { csrf } = formTo(me.text, '/signout').fields;
    const out = await send('/signout', {
      ...form,
      cookie: `${browser}; ${session}`,
      body: new URLSearchParams({ csrf: csrf!, action: 'here' }).toString(),
    });
    expect(out.cookies).toEqual([expect.stringMatching(/^__Host-carekey-session=;.*Secure/)]);
    expect((await send('/me', { cookie: session })).status).toBe(303);
  });

  it('F53 F54 so does the session of the JSON sign-in', async () => {
    const { app, person } = secure.project;
    const { email, password } = person;
    const { status, cookies } = await send('/auth/login', {
      type: 'application/json',
      body: JSON.stringify({ email, password, clientId: app.id }),
    });
    expect([status, cookies]).toEqual([200, [expect.stringMatching(sessionCookie)]]);
    expect((await send('/me', { cookie: cookies[0]!.split(';')[0]! })).status).toBe(200);
  });

  it('rulings 26 55 there is no app to try', async () => {
    expect((await send('/dev/app')).status).toBe(404);
  });
});
