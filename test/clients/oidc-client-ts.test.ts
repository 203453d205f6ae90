import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { User, UserManager } from 'oidc-client-ts';
import type { Page } from 'playwright-core';
import { root } from '../architecture/sources.js';
import { certificate } from '../helpers/certificate.js';
import { noChromium, openChromium } from '../helpers/chromium.js';
import { startWorld, type World, type WorldClient } from '../helpers/world.js';

const tls = certificate();
const absent = noChromium ?? (tls ? undefined : 'no openssl');
if (absent) process.stderr.write(`Skipped test/clients/oidc-client-ts.test.ts: ${absent}\n`);

/** What the page below puts into its window. */
declare const manager: UserManager;

const page = (settings: object) => `<!doctype html><title>App</title><pre id="out"></pre>
<script src="/library.js"></script><script>
const manager = new oidc.UserManager(${JSON.stringify(settings)});
const show = (value) => { out.textContent = JSON.stringify(value); };
if (location.pathname === '/callback') {
  manager.signinCallback().then(show, (error) => show({ error: error.error ?? String(error) }));
}
</script>`;

(absent ? describe.skip : describe)('oidc-client-ts in Chromium, from another origin', () => {
  let world: World;
  let app: Server;
  let origin: string;
  let client: WorldClient;
  let browser: Awaited<ReturnType<typeof openChromium>>;
  let tab: Page;

  beforeAll(async () => {
    world = await startWorld();
    const library = readFileSync(
      join(root, 'node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js'),
    );
    app = createServer({ ...tls }, (request, response) => {
      if (request.url === '/library.js') {
        response.writeHead(200, { 'content-type': 'text/javascript' }).end(library);
        return;
      }
      const settings = {
        authority: world.app.baseUrl,
        client_id: client.id,
        redirect_uri: `${origin}/callback`,
        scope: 'openid profile email offline_access',
        loadUserInfo: true,
        automaticSilentRenew: false,
      };
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(settings));
    });
    await new Promise<void>((resolve) => app.listen(0, 'localhost', resolve));
    // Any program may listen on a port, so an app with http on this machine is always asked about.
    origin = `https://localhost:${(app.address() as AddressInfo).port}`;
    client = await world.addClient(world.project.id, {
      name: 'Library app',
      redirectUris: [`${origin}/callback`],
      grantTypes: ['authorization_code', 'refresh_token'],
      authenticatedGrants: [],
    });
    browser = await openChromium({ anyCertificate: true });
    tab = await browser.context.newPage();
  });
  afterAll(async () => {
    await browser.close();
    await new Promise((resolve) => app.close(resolve));
    await world.close();
  });

  /** Starts a sign-in on the app's page. */
  const start = async (args: Parameters<UserManager['signinRedirect']>[0]) => {
    await tab.goto(origin);
    await tab.evaluate((given) => void manager.signinRedirect(given), args);
  };
  /** What the library made of the answer. */
  const outcome = async <Made>(): Promise<Made> => {
    await tab.waitForURL(`${origin}/callback?*`);
    await tab.waitForFunction(`document.querySelector('#out').textContent !== ''`);
    return JSON.parse((await tab.textContent('#out'))!);
  };
  let user: User;

  it('signs in: state, nonce, PKCE, id_token and userinfo agree', async () => {
    await start({ nonce: 'a-nonce', state: { back: '/there' }, max_age: 3600, ui_locales: 'en' });
    await tab.getByLabel('E-mail', { exact: false }).fill(world.project.person.email);
    await tab.getByLabel('Password', { exact: true }).fill(world.project.person.password);
    await tab.getByRole('button', { name: 'Sign in' }).click();
    await tab.getByRole('button', { name: 'Allow', exact: true }).click();
    user = await outcome<User>();
    expect(user).toMatchObject({
      token_type: 'Bearer',
      scope: 'openid profile email offline_access',
      profile: { sub: world.project.person.userId, email: world.project.person.email, given_name: 'Ada' },
    });
    expect(decodeJwt(user.id_token!)).toMatchObject({ nonce: 'a-nonce', sid: expect.any(String) });
  });

  it('renews in silence by refresh token: another access token, the same person and login', async () => {
    const renewed = await tab.evaluate(async () => {
      const made = await manager.signinSilent();
      return made && { access: made.access_token, id: made.id_token, refresh: made.refresh_token };
    });
    expect(renewed!.access).not.toBe(user.access_token);
    expect(renewed!.refresh).not.toBe(user.refresh_token);
    const [before, after] = [decodeJwt(user.id_token!), decodeJwt(renewed!.id!)];
    for (const claim of ['sub', 'aud', 'iss', 'sid', 'auth_time'])
      expect(after[claim]).toEqual(before[claim]);
  });

  it('signs in again without a click: prompt=none with its id_token as hint', async () => {
    await start({ prompt: 'none', extraQueryParams: { id_token_hint: user.id_token! } });
    expect((await outcome<User>()).profile.sub).toBe(world.project.person.userId);
  });

  it('hears of errors by name', async () => {
    await start({ scope: 'openid patient/*.rs' });
    expect(await outcome()).toEqual({ error: 'invalid_scope' });
    await start({ prompt: 'none', login_hint: 'someone@example.org' });
    expect(await outcome()).toEqual({ error: 'login_required' });
  });

  it('throws its tokens away, and they are dead', async () => {
    await start({ prompt: 'none' });
    const { access_token: token } = await outcome<User>();
    expect((await world.agent.userinfo(token)).status).toBe(200);
    await tab.evaluate(() => manager.revokeTokens());
    expect((await world.agent.userinfo(token)).status).toBe(401);
  });

  it('ASVS-10.2.1 ASVS-10.2.2 our own page for trying things refuses an answer that it did not ask for', async () => {
    const answer = new URLSearchParams({ code: 'x'.repeat(43), state: 'made-up', iss: world.app.baseUrl });
    await tab.goto(`${world.app.baseUrl}dev/app?${answer}`);
    await tab.getByText('does not belong to a request of this page').waitFor();
  });
});
