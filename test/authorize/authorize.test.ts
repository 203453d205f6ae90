import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BrowserAgent, formTo } from '../helpers/browser-agent.js';
import { newPkce } from '../helpers/oauth-agent.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const pkce = () => ({ code_challenge: newPkce().challenge, code_challenge_method: 'S256' });
const browse = (
  parameters: Record<string, string | undefined> = {},
  browser = new BrowserAgent(world.app.baseUrl),
) => browser.get(world.agent.authorizeUrl(world.project.app, { ...pkce(), ...parameters }));
const backTo = (response: Response) =>
  new URL(response.headers.get('location') ?? 'none:', world.app.baseUrl);

describe('authorize: hints', () => {
  it('may be cut, but not within a character', async () => {
    for (const hint of ['login_hint', 'ui_locales']) {
      const response = await browse({ [hint]: `${'a'.repeat(253)}\u{1F600}`.repeat(2) });
      expect(response.status).toBe(303);
      expect(backTo(response).pathname).toBe('/signin');
    }
    expect((await browse({ ui_locales: `${'a'.repeat(199)}\u{1F600}` })).status).toBe(303);
  });
});

describe('authorize: refusals on a page, never a redirect (BCP-02)', () => {
  const lookAlikes = [
    'https://app.example/callback/',
    'https://app.example/callback?x=1',
    'https://app.example/callback#x',
    'https://app.example/Callback',
    'https://APP.example/callback',
    'https://app.example:443/callback',
    'https://app.example/./callback',
    'https://app.example/a/../callback',
    'https://app.example/%63allback',
    'https://app.example.evil.example/callback',
    'https://app.example@evil.example/callback',
    'https://evil.example/callback',
    'https://evil.example\\@app.example/callback',
    '//app.example/callback',
    'http://app.example/callback',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://app.example/callbac.',
    'https://app.example/.*',
  ];
  it.each(lookAlikes)(
    'V07 V27 V33 V34 V45 BCP-01 ASVS-10.4.1 OIDF-B30 W-032 W-033 W-035 redirect address %s',
    async (redirectUri) => {
      const response = await browse({ redirect_uri: redirectUri });
      expect([response.status, response.headers.get('location')]).toEqual([400, null]);
      expect(response.headers.get('content-type')).toMatch(/^text\/html/);
      expect(await response.text()).toContain('Invalid redirect URI');
    },
  );

  it.each([
    ['W-001 no client', { client_id: undefined }, 'Client not found'],
    ['W-001 an unknown client', { client_id: '01890000-0000-7000-8000-000000000000' }, 'Client not found'],
    ['a client id with a null character', { client_id: 'a\0b' }, 'not valid'],
    ['W-002 no redirect address', { redirect_uri: undefined }, 'Missing redirect URI'],
    ['V25 script in a parameter', { client_id: '<script>alert(1)</script>' }, 'Client not found'],
  ])('%s', async (_name, parameters, text) => {
    const response = await browse(parameters);
    const html = await response.text();
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    expect(html).toContain(text);
    expect(html).not.toContain('<script>alert');
  });

  it('BCP-37 repeated parameters', async () => {
    const response = await new BrowserAgent(world.app.baseUrl).get(
      `${world.agent.authorizeUrl(world.project.app, pkce())}&state=b`,
    );
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
  });
});

describe('authorize: refusals sent to the app, with iss and state (IS-01, IS-02, BCP-18)', () => {
  it.each([
    ['OIDF-B02 no response_type', { response_type: undefined }, 'invalid_request'],
    [
      'W-005 another response_type (BCP-09, ASVS-10.4.4, ASVS-10.6.1)',
      { response_type: 'token' },
      'unsupported_response_type',
    ],
    ['code id_token (ASVS-10.6.1)', { response_type: 'code id_token' }, 'unsupported_response_type'],
    ['another response_mode', { response_mode: 'fragment' }, 'invalid_request'],
    ['W-006 OIDF-B34 a request object', { request: 'x' }, 'request_not_supported'],
    ['OIDF-B33 a request_uri', { request_uri: 'https://app.example/r' }, 'request_uri_not_supported'],
    ['W-007 no scope', { scope: undefined }, 'invalid_request'],
    ['an unknown scope', { scope: 'openid sesame' }, 'invalid_scope'],
    ['a SMART scope that makes no sense', { scope: 'openid patient/*.sr' }, 'invalid_scope'],
    [
      'V32 BCP-03 ASVS-10.4.6 no challenge',
      { code_challenge: undefined, code_challenge_method: undefined },
      'invalid_request',
    ],
    ['W-008 a challenge without method', { code_challenge_method: undefined }, 'invalid_request'],
    ['F1 BCP-06 ASVS-10.4.6 SMT-01 the method plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a malformed challenge', { code_challenge: 'short' }, 'invalid_request'],
    ['W-009 aud of another host', { aud: 'https://other.example/fhir/R4' }, 'invalid_request'],
    ['W-011 a launch', { launch: 'x' }, 'invalid_request'],
    ['prompt none with login', { prompt: 'none login' }, 'invalid_request'],
    ['W-015 prompt none without a session', { prompt: 'none' }, 'login_required'],
    ['a max_age that is no number', { max_age: '-1' }, 'invalid_request'],
  ])('%s', async (_name, parameters, error) => {
    const response = await browse(parameters);
    const target = backTo(response);
    expect(response.status).toBe(303);
    expect(target.href).toMatch(/^https:\/\/app\.example\/callback\?/);
    expect(Object.fromEntries(target.searchParams)).toEqual({
      error,
      error_description: expect.stringMatching(/\w/),
      state: 'a-state',
      iss: world.app.baseUrl,
    });
  });

  it('BCP-30 echoes state unchanged, and none when none was sent', async () => {
    const state = `{"a":"é &=+%"}${'x'.repeat(2000)}`;
    expect(backTo(await browse({ response_type: 'token', state })).searchParams.get('state')).toBe(state);
    expect(backTo(await browse({ response_type: 'token', state: undefined })).searchParams.has('state')).toBe(
      false,
    );
  });

  it('keeps the query of a registered address', async () => {
    const client = await world.addClient(world.project.id, {
      name: 'With query',
      redirectUris: ['https://q.example/cb?tenant=1'],
      grantTypes: ['authorization_code'],
      authenticatedGrants: [],
    });
    const browser = new BrowserAgent(world.app.baseUrl);
    const response = await browser.get(world.agent.authorizeUrl(client, { response_type: 'token' }));
    expect(backTo(response).href).toMatch(/^https:\/\/q\.example\/cb\?tenant=1&error=/);
  });
});

describe('authorize: the walk', () => {
  it('W-012 W-013 OIDF-B22 a good request leads to the sign-in page by 303; unknown parameters are ignored', async () => {
    const response = await browse({
      aud: `${world.app.baseUrl}fhir/R4`,
      surprise: '1',
      display: 'popup',
      ui_locales: 'de',
    });
    expect(response.status).toBe(303);
    expect(backTo(response).pathname).toBe('/signin');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('OIDF-B31 F53 BCP-21 POST comes back as GET by 303', async () => {
    const url = new URL(world.agent.authorizeUrl(world.project.app, pkce()));
    const response = await new BrowserAgent(world.app.baseUrl).send('/oauth2/authorize', {
      method: 'POST',
      body: url.searchParams,
    });
    expect(response.status).toBe(303);
    expect(backTo(response).search).toBe(url.search);
  });

  it('a code comes back with state and iss (IS-01)', async () => {
    const back = await world.agent.signIn(world.project.app, world.project.person, pkce());
    expect(Object.fromEntries(back.searchParams)).toEqual({
      code: expect.stringMatching(/^[\w-]{43}$/),
      state: 'a-state',
      iss: world.app.baseUrl,
    });
  });

  it('a refusal of consent goes back as access_denied', async () => {
    const browser = new BrowserAgent(world.app.baseUrl);
    const person = await world.addPerson(world.project.id);
    let response = await browser.get(backTo(await browse({}, browser)).href);
    response = await browser.submit(formTo(await response.text(), '/signin'), { ...person } as never);
    response = await browser.get(backTo(response).href);
    response = await browser.get(backTo(response).href);
    response = await browser.submit(formTo(await response.text(), '/consent'), { decision: 'deny' });
    expect(backTo(response).searchParams.get('error')).toBe('access_denied');
  });

  it('a request goes on only in the browser that began it (ASVS-10.1.2)', async () => {
    const location = backTo(await browse());
    const stranger = await new BrowserAgent(world.app.baseUrl).get(location.href);
    expect(stranger.status).toBeGreaterThanOrEqual(400);
    expect(await stranger.text()).not.toContain('type="password"');
  });

  it('W-016 OIDF-B19 prompt none succeeds silently with session and consent, V88 asks nothing without them', async () => {
    const browser = new BrowserAgent(world.app.baseUrl);
    const person = await world.addPerson(world.project.id);
    await world.agent.codeFlow(world.project.app, person, { scope: 'openid' }, browser);
    const silent = await browse({ prompt: 'none', scope: 'openid' }, browser);
    expect(backTo(silent).searchParams.get('code')).toBeTruthy();
    const more = await browse({ prompt: 'none', scope: 'openid email' }, browser);
    expect(backTo(more).searchParams.get('error')).toBe('consent_required');
  });

  it('OIDF-B17 prompt login asks for the password again and renews auth_time', async () => {
    const browser = new BrowserAgent(world.app.baseUrl);
    const person = await world.addPerson(world.project.id);
    await world.agent.codeFlow(world.project.app, person, {}, browser);
    world.app.clock.advance(10_000);
    expect(backTo(await browse({ prompt: 'login' }, browser)).pathname).toBe('/signin');
    expect(backTo(await browse({ prompt: 'none', max_age: '5' }, browser)).searchParams.get('error')).toBe(
      'login_required',
    );
  });

  it('max_age 0 asks once for each request, not again and again', async () => {
    const browser = new BrowserAgent(world.app.baseUrl);
    const { app, person } = world.project;
    const asked = { max_age: '0', code_challenge: newPkce().challenge, code_challenge_method: 'S256' };
    for (let request = 0; request < 2; request++) {
      expect(backTo(await browse({ max_age: '0' }, browser)).pathname).toBe('/signin');
      const back = await world.agent.signIn(app, person, asked, browser);
      expect(back.searchParams.get('code')).toBeTruthy();
      world.app.clock.advance(1_000);
    }
  });

  it('a person of another project is not let in, and is told so', async () => {
    const browser = new BrowserAgent(world.app.baseUrl);
    const location = backTo(await browse({}, browser));
    const form = formTo(await (await browser.get(location.href)).text(), '/signin');
    const response = await browser.submit(form, { ...world.other.person } as never);
    expect(response.status).not.toBe(303);
    expect(browser.cookieNames).not.toContain('carekey-session');
  });

  it('a loopback redirect address may differ in its port only (V07, RFC 8252)', async () => {
    const client = await world.addClient(world.project.id, {
      name: 'Native',
      redirectUris: ['http://127.0.0.1/cb'],
      grantTypes: ['authorization_code'],
      authenticatedGrants: [],
    });
    const open = (redirectUri: string) =>
      new BrowserAgent(world.app.baseUrl).get(
        world.agent.authorizeUrl(client, { ...pkce(), redirect_uri: redirectUri }),
      );
    expect((await open('http://127.0.0.1:54321/cb')).status).toBe(303);
    for (const bad of [
      'http://localhost:54321/cb',
      'http://127.0.0.1:54321/cb2',
      'https://127.0.0.1/cb',
      'http://127.0.0.2/cb',
    ]) {
      expect((await open(bad)).status).toBe(400);
    }
  });

  it.each(['org.example.phone:/cb', 'http://127.0.0.1/cb', 'http://[::1]/cb', 'http://localhost:3000/cb'])(
    'BCP-28 a native app is never let through without the person, even when consent is remembered: %s',
    async (redirectUri) => {
      const client = await world.addClient(world.project.id, {
        name: 'Phone app',
        redirectUris: [redirectUri],
        grantTypes: ['authorization_code'],
        authenticatedGrants: [],
      });
      const browser = new BrowserAgent(world.app.baseUrl);
      const person = await world.addPerson(world.project.id);
      await world.agent.codeFlow(client, person, { scope: 'openid' }, browser);
      const again = (prompt?: string) =>
        browser.get(world.agent.authorizeUrl(client, { ...pkce(), scope: 'openid', prompt }));
      expect(backTo(await again()).pathname).toBe('/consent');
      expect(backTo(await again('none')).searchParams.get('error')).toBe('consent_required');
    },
  );
});
