import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { ClientsService } from '../../src/clients/clients.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { KeysService } from '../../src/keys/keys.service.js';
import { BrowserAgent, formTo } from '../helpers/browser-agent.js';
import { startWorld, type World, type WorldClient, type WorldPerson } from '../helpers/world.js';

const back = 'https://app.example/signed-out';
const idsOfActor = systemActor('test');

let world: World;
/** Takes part in signing out: has an address to come back to. */
let app: WorldClient;
let neighbour: WorldClient;

beforeAll(async () => {
  world = await startWorld();
  app = await addApp('App with <b>a name</b>', [
    back,
    'https://app.example/out?from=carekey',
    'http://127.0.0.1/out',
  ]);
  neighbour = await addApp('Neighbour', ['https://neighbour.example/out']);
});
afterAll(async () => {
  await world.close();
});

function addApp(name: string, postLogoutRedirectUris: string[]): Promise<WorldClient> {
  return world.addClient(world.project.id, {
    name,
    redirectUris: ['https://app.example/callback'],
    postLogoutRedirectUris,
    grantTypes: ['authorization_code', 'refresh_token'],
    authenticatedGrants: [],
  });
}

interface SignedIn {
  readonly browser: BrowserAgent;
  readonly person: WorldPerson;
  // biome-ignore lint/suspicious/noExplicitAny: a token response
  readonly tokens: any;
}

async function signedIn(client = app, scope?: string): Promise<SignedIn> {
  const browser = new BrowserAgent(world.app.baseUrl);
  const person = await world.addPerson(world.project.id);
  const answer = await world.agent.codeFlow(client, person, scope ? { scope } : {}, browser);
  return { browser, person, tokens: answer.body };
}

const query = (parameters: Record<string, string | undefined>) =>
  new URLSearchParams(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

/** Follows our own redirects; the last answer, or the address of the app. */
async function follow(
  browser: BrowserAgent,
  first: Response,
): Promise<{ page?: string; status: number; left?: string }> {
  let response = first;
  for (let step = 0; step < 5; step++) {
    const location = response.headers.get('location');
    if (!location) return { status: response.status, page: await response.text() };
    expect(response.status).toBe(303);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const target = new URL(location, world.app.baseUrl);
    if (!target.href.startsWith(world.app.baseUrl)) return { status: response.status, left: target.href };
    response = await browser.get(target.href);
  }
  throw new Error('Redirected without end');
}

async function logout(browser: BrowserAgent, parameters: Record<string, string | undefined>) {
  return follow(browser, await browser.get(`oauth2/logout?${query(parameters)}`));
}

const alive = async ({ browser }: Pick<SignedIn, 'browser'>) => (await browser.get('me')).status === 200;
const accessWorks = async (token: string) => (await world.agent.userinfo(token)).status === 200;

describe('/oauth2/logout with a Bearer token', () => {
  const bearer = (token: string, init: RequestInit = {}) =>
    world.agent.request('oauth2/logout', {
      method: 'POST',
      ...init,
      headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
    });

  it.each([
    [
      'the SDK: application/fhir+json and {}',
      { headers: { 'content-type': 'application/fhir+json' }, body: '{}' },
    ],
    ['application/fhir+json and no body', { headers: { 'content-type': 'application/fhir+json' } }],
    ['application/json and {}', { headers: { 'content-type': 'application/json' }, body: '{}' }],
    ['no body at all', {}],
    ['a form', { body: new URLSearchParams({ post_logout_redirect_uri: back }) }],
    ['GET', { method: 'GET' }],
    ['cookies of somebody else', { headers: { cookie: 'carekey-session=x' } }],
    ['on-behalf-of', { headers: { 'x-medplum-on-behalf-of': 'ProjectMembership/1' } }],
  ])('F40, W-221 ends the login once: %s', async (_, init: RequestInit) => {
    const { tokens } = await signedIn();
    const first = await bearer(tokens.access_token, init);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ resourceType: 'OperationOutcome', id: 'ok' });
    expect(first.headers.get('cache-control')).toBe('no-store');
    expect((await world.agent.userinfo(tokens.access_token)).status).toBe(401);
    const second = await bearer(tokens.access_token, init);
    expect(second.status).toBe(401);
    expect(second.headers.get('www-authenticate')).toContain('invalid_token');
    expect((await world.agent.refresh(app, tokens.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('F52 ends the browser session that the login came from, with every app of it, and no other session', async () => {
    const first = await signedIn();
    const same = await world.agent.codeFlow(neighbour, first.person, {}, first.browser);
    const elsewhere = new BrowserAgent(world.app.baseUrl);
    const other = await world.agent.codeFlow(app, first.person, {}, elsewhere);
    expect((await bearer(first.tokens.access_token)).status).toBe(200);
    expect(await alive(first)).toBe(false);
    expect(await accessWorks(same.body.access_token)).toBe(false);
    expect(await alive({ browser: elsewhere })).toBe(true);
    expect(await accessWorks(other.body.access_token)).toBe(true);
  });

  it('F52 ends the login of a session that has ended already, and the token of a client without a person', async () => {
    const { browser, person, tokens } = await signedIn();
    await world.agent.signIn(
      app,
      person,
      { prompt: 'login', code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' },
      browser,
    );
    expect((await bearer(tokens.access_token)).status).toBe(200);
    expect(await accessWorks(tokens.access_token)).toBe(false);
    const own = (await world.agent.clientCredentials(world.project.server)).body.access_token;
    expect((await bearer(own)).status).toBe(200);
    expect((await bearer(own)).status).toBe(401);
  });

  it.each([
    ['JSON', { headers: { 'content-type': 'application/json' }, body: '{}' }],
    ['FHIR JSON', { headers: { 'content-type': 'application/fhir+json' }, body: '{}' }],
    ['text', { headers: { 'content-type': 'text/plain' }, body: 'x' }],
    ['nothing', {}],
  ])('F52 a POST of %s without a token is 401, whatever the cookie', async (_, init: RequestInit) => {
    const someone = await signedIn();
    const answer = await someone.browser.send('oauth2/logout', { method: 'POST', ...init });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer (?!.*error=)/);
    expect(await alive(someone)).toBe(true);
  });

  it.each(['Bearer', 'Bearer ', 'Bearer nonsense', 'Bearer a.b.c', 'bearer x y'])(
    '%j is 401 and redirects nowhere',
    async (authorization) => {
      const answer = await world.agent.get(
        `oauth2/logout?${query({ client_id: app.id, post_logout_redirect_uri: back })}`,
        {
          authorization,
        },
      );
      expect([answer.status, answer.headers.get('location')]).toEqual([401, null]);
    },
  );

  it('rulings 13 reads no cookie: a request of another origin with the cookie learns and changes nothing', async () => {
    const someone = await signedIn();
    const answer = await someone.browser.get(
      `oauth2/logout?${query({ id_token_hint: someone.tokens.id_token })}`,
      {
        origin: 'https://app.example',
      },
    );
    expect(answer.status).toBe(303);
    expect(answer.headers.get('set-cookie')).toBeNull();
    const page = await someone.browser.get(
      answer.headers.get('location')!.replace(/request=.*/, 'request=x'),
      {
        origin: 'https://app.example',
      },
    );
    expect(page.headers.get('access-control-allow-origin')).toBeNull();
    expect(await alive(someone)).toBe(true);
  });
});

describe('RP-initiated logout', () => {
  let someone: SignedIn;
  beforeEach(async () => {
    someone = await signedIn();
  });

  it('OIDF-L01, OIDF-K01 discovery names the endpoint, and says that apps are told', async () => {
    const { body } = await world.agent.get('.well-known/openid-configuration');
    expect(body).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    });
    expect(body.end_session_endpoint).toBe(`${world.app.baseUrl}oauth2/logout`);
  });

  it.each([
    [
      'GET',
      (browser: BrowserAgent, parameters: Record<string, string>) =>
        browser.get(`oauth2/logout?${query(parameters)}`),
    ],
    [
      'POST',
      (browser: BrowserAgent, parameters: Record<string, string>) =>
        browser.send('oauth2/logout', { method: 'POST', body: query(parameters) }),
    ],
  ])(
    'OIDF-L02, NIST-23 hint, address and state by %s: the session is gone, its cookie erased, the state comes back',
    async (_, send) => {
      const { browser, tokens } = someone;
      expect(browser.cookieNames).toContain('carekey-session');
      const cookie = browser.cookie('carekey-session')!;
      const parameters = { id_token_hint: tokens.id_token, post_logout_redirect_uri: back, state: 'a b&c=ü' };
      const { left } = await follow(browser, await send(browser, parameters));
      expect(left).toBe(`${back}?${new URLSearchParams({ state: 'a b&c=ü' })}`);
      expect(browser.cookieNames).not.toContain('carekey-session');
      browser.setCookie('carekey-session', cookie);
      expect(await alive(someone)).toBe(false);
      expect(await accessWorks(tokens.access_token)).toBe(false);
    },
  );

  it.each([
    ['another address', 'https://evil.example/'],
    ['OIDF-L11 a query added', `${back}?added=1`],
    ['another case', 'https://APP.example/signed-out'],
    ['a slash more', `${back}/`],
    ['the redirect address', 'https://app.example/callback'],
    ['another app of the project', 'https://neighbour.example/out'],
    ['script', 'javascript:alert(1)'],
    ['no address', 'signed-out'],
  ])('OIDF-L03 not registered (%s): a page, no redirect, still signed in', async (_, address) => {
    for (const named of [{ id_token_hint: someone.tokens.id_token }, { client_id: app.id }]) {
      const answer = await someone.browser.get(
        `oauth2/logout?${query({ ...named, post_logout_redirect_uri: address })}`,
      );
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
      expect(await answer.text()).toContain('not registered');
    }
    expect(await alive(someone)).toBe(true);
  });

  it('a registered query is kept, and a loopback address may name another port, as at authorize', async () => {
    const { tokens, browser } = someone;
    const query = await logout(browser, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: 'https://app.example/out?from=carekey',
      state: 's',
    });
    expect(query.left).toBe('https://app.example/out?from=carekey&state=s');
    const again = await signedIn();
    const native = {
      id_token_hint: again.tokens.id_token,
      post_logout_redirect_uri: 'http://127.0.0.1:4711/out',
    };
    expect((await logout(again.browser, native)).left).toBe('http://127.0.0.1:4711/out');
  });

  const forged = async (header: object, claims: object = {}) => {
    const { privateKey } = await generateKeyPair('RS256');
    return new SignJWT({ ...decodeJwt(someone.tokens.id_token), ...claims })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...header })
      .sign(privateKey);
  };
  const ourKid = async () =>
    (await world.app.get(KeysService).jwks()).keys.find(({ alg }) => alg === 'RS256')!['kid']!;

  it.each<[string, () => string | Promise<string>]>([
    [
      'OIDF-L04 one letter changed',
      () => someone.tokens.id_token.replace(/.(?=.{20}$)/, (c: string) => (c === 'A' ? 'B' : 'A')),
    ],
    ['OIDF-L10 no token', () => 'nonsense'],
    ['OIDF-L10 three parts of nothing', () => 'a.b.c'],
    ['OIDF-L10 our kid, another key', async () => forged({ kid: await ourKid() })],
    ['OIDF-L10 without a kid', async () => forged({})],
    [
      'OIDF-L10 without a signature',
      () =>
        `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${someone.tokens.id_token.split('.')[1]}.`,
    ],
    [
      'OIDF-L10 signed with our public key as a secret',
      async () => {
        const jwk = (await world.app.get(KeysService).jwks()).keys.find(({ alg }) => alg === 'RS256')!;
        return new SignJWT(decodeJwt(someone.tokens.id_token))
          .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: jwk['kid']! })
          .sign(Buffer.from(JSON.stringify(jwk)));
      },
    ],
    ['an access token', () => someone.tokens.access_token],
  ])('a hint that is not one is refused, the person stays signed in: %s', async (_, hint) => {
    const parameters = { id_token_hint: await hint(), post_logout_redirect_uri: back };
    const answer = await someone.browser.get(`oauth2/logout?${query(parameters)}`);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(await alive(someone)).toBe(true);
  });

  it('a hint whose key nobody knows any more is no hint: the person is asked, and nobody is sent anywhere', async () => {
    const { kid } = await exportJWK((await generateKeyPair('RS256')).publicKey).then(() => ({
      kid: 'long-gone',
    }));
    const asked = await logout(someone.browser, {
      id_token_hint: await forged({ kid }),
      post_logout_redirect_uri: back,
    });
    expect(asked.page).toContain('Sign out?');
    const done = await confirm(someone.browser, asked.page!);
    expect(done.left).toBeUndefined();
    expect(done.page).toContain('You are signed out');
  });

  it('F52 an expired id_token is a hint still, and opens nothing else', async () => {
    const patient = await signedIn(app, 'openid profile offline_access');
    world.app.clock.advance(2 * 3_600_000);
    const { left } = await logout(patient.browser, {
      id_token_hint: patient.tokens.id_token,
      post_logout_redirect_uri: back,
    });
    expect(left).toBe(back);
    // The session had been idle too long, but its cookie was there: what came of it has ended too.
    expect((await world.agent.refresh(app, patient.tokens.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('an app without refresh tokens is known as long as the session', async () => {
    const patient = await signedIn(app, 'openid');
    for (let halfHour = 0; halfHour < 6; halfHour++) {
      world.app.clock.advance(1_800_000);
      expect(await alive(patient)).toBe(true);
    }
    expect(
      (
        await logout(patient.browser, {
          id_token_hint: patient.tokens.id_token,
          post_logout_redirect_uri: back,
        })
      ).left,
    ).toBe(back);
  });

  const confirm = async (browser: BrowserAgent, page: string, decision = 'yes') =>
    follow(browser, await browser.submit(formTo(page, '/logout'), { decision }));

  it.each<[string, () => Record<string, string> | Promise<Record<string, string>>, string | undefined]>([
    [
      'OIDF-L05 an address and a client, but no hint',
      () => ({ client_id: app.id, post_logout_redirect_uri: back, state: 's' }),
      `${back}?state=s`,
    ],
    ['OIDF-L05 an address alone', () => ({ post_logout_redirect_uri: back, state: 's' }), undefined],
    [
      'OIDF-L05 a foreign address alone',
      () => ({ post_logout_redirect_uri: 'https://evil.example/' }),
      undefined,
    ],
    ['OIDF-L06 nothing', () => ({}), undefined],
    ['OIDF-L09 state alone', () => ({ state: 's' }), undefined],
    ['a logout_hint', () => ({ logout_hint: someone.person.email, ui_locales: 'de en' }), undefined],
    [
      'empty parameters',
      () => ({ id_token_hint: '', client_id: '', post_logout_redirect_uri: '' }),
      undefined,
    ],
    [
      "F52 another person's hint",
      async () => ({ id_token_hint: (await signedIn()).tokens.id_token, post_logout_redirect_uri: back }),
      back,
    ],
    [
      "F52 the same person's hint of another session",
      async () => ({
        id_token_hint: (await world.agent.codeFlow(app, someone.person)).body.id_token,
        post_logout_redirect_uri: back,
      }),
      back,
    ],
  ])('ASVS-10.6.2, ASVS-7.4.4 the person is asked, and decides: %s', async (_, parameters, leads) => {
    const asked = await logout(someone.browser, await parameters());
    expect(asked.status).toBe(200);
    expect(asked.page).toContain('Sign out?');
    expect(asked.page).toContain(someone.person.email);
    expect(await alive(someone)).toBe(true);
    const stays = await confirm(someone.browser, asked.page!, 'no');
    expect(stays.page).toContain('Your account');
    expect(await accessWorks(someone.tokens.access_token)).toBe(true);
    const done = await confirm(someone.browser, asked.page!);
    expect(done.left).toBe(leads);
    expect(await alive(someone)).toBe(false);
    expect(await accessWorks(someone.tokens.access_token)).toBe(false);
  });

  it('OIDF-L07 without an address it ends here', async () => {
    const { page } = await logout(someone.browser, { id_token_hint: someone.tokens.id_token });
    expect(page).toContain('You are signed out');
    expect(await alive(someone)).toBe(false);
  });

  it('OIDF-L08 without a state there is none in the address', async () => {
    const { left } = await logout(someone.browser, {
      id_token_hint: someone.tokens.id_token,
      post_logout_redirect_uri: back,
    });
    expect(left).toBe(back);
  });

  it('without a session: with a hint straight back to the app, without one a page', async () => {
    const stranger = new BrowserAgent(world.app.baseUrl);
    const hinted = { id_token_hint: someone.tokens.id_token, post_logout_redirect_uri: back, state: 's' };
    expect((await logout(stranger, hinted)).left).toBe(`${back}?state=s`);
    const named = await logout(stranger, { client_id: app.id, post_logout_redirect_uri: back });
    expect(named.left).toBeUndefined();
    expect(named.page).toContain('You are signed out');
    expect(await accessWorks(someone.tokens.access_token)).toBe(true);
  });

  it.each<[string, () => string]>([
    ['an unknown client', () => 'client_id=01890000-0000-7000-8000-000000000000'],
    ['a client id that is none', () => `client_id=${encodeURIComponent("' OR 1=1 --")}`],
    ['two clients', () => `client_id=${neighbour.id}&id_token_hint=${someone.tokens.id_token}`],
    ['a repeated parameter', () => 'state=a&state=b'],
    ['an oversized hint', () => `id_token_hint=${'a'.repeat(9000)}`],
    [
      'an oversized state',
      () =>
        `client_id=${app.id}&post_logout_redirect_uri=${encodeURIComponent(back)}&state=${'a'.repeat(3000)}`,
    ],
    ['a null character', () => 'state=%00'],
  ])('bad input gets a page and changes nothing: %s', async (_, text) => {
    const answer = await someone.browser.get(`oauth2/logout?${text()}`);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await alive(someone)).toBe(true);
  });

  it('a client that was switched off gets nobody back, and its person can sign out still', async () => {
    const gone = await addApp('Gone', ['https://gone.example/out']);
    const patient = await signedIn(gone);
    const parameters = {
      id_token_hint: patient.tokens.id_token,
      post_logout_redirect_uri: 'https://gone.example/out',
    };
    const asked = await logout(patient.browser, {
      client_id: gone.id,
      post_logout_redirect_uri: 'https://gone.example/out',
    });
    await world.app
      .get(Db)
      .tx((tx) => world.app.get(ClientsService).deactivate(tx, idsOfActor, world.project.id, gone.id));
    // An address that was good when the page was made is looked at again.
    const late = await confirm(patient.browser, asked.page!);
    expect(late.page).toContain('You are signed out');
    const again = await signedIn();
    expect((await logout(again.browser, parameters)).page).toContain('Sign out?');
  });

  it('BCP-24 a foreign page cannot sign a person out: its form has no token, and the browser says where it came from', async () => {
    const asked = await logout(someone.browser, {});
    const form = formTo(asked.page!, '/logout');
    const { csrf: _, ...withoutToken } = form.fields;
    const foreign: { fields: Record<string, string>; headers: Record<string, string> }[] = [
      { fields: withoutToken, headers: {} },
      { fields: { ...form.fields, csrf: (await tokenOfAnotherBrowser()) ?? '' }, headers: {} },
      { fields: form.fields, headers: { 'sec-fetch-site': 'cross-site' } },
      { fields: form.fields, headers: { origin: 'https://evil.example' } },
    ];
    for (const { fields, headers } of foreign) {
      const body = new URLSearchParams({ ...fields, decision: 'yes' });
      const answer = await someone.browser.send('/logout', { method: 'POST', body, headers });
      expect(answer.status).toBe(403);
      expect(await alive(someone)).toBe(true);
    }
  });

  async function tokenOfAnotherBrowser(): Promise<string | undefined> {
    const other = await signedIn();
    const { page } = await logout(other.browser, {});
    return formTo(page!, '/logout').fields['csrf'];
  }

  it.each(['', 'x', 'v1.t1.AAAA.AAAA', `v1.t1.${'A'.repeat(16)}.${'A'.repeat(200)}`])(
    'a request that we did not seal is refused: %j',
    async (request) => {
      const answer = await someone.browser.get(`logout?${query({ request })}`);
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
      expect(await alive(someone)).toBe(true);
    },
  );

  it('V25 what an app calls itself is text on the page', async () => {
    const asked = await logout(someone.browser, { client_id: app.id, state: '"><script>alert(1)</script>' });
    expect(asked.page).toContain('App with &lt;b&gt;a name&lt;/b&gt;');
    expect(asked.page).not.toContain('<script>alert');
  });
});
