import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { noChromium, openChromium } from '../helpers/chromium.js';
import { type LogoutReceiver, outboundToLoopback, startLogoutReceiver } from '../helpers/logout-receiver.js';
import { startWorld, type World, type WorldClient, type WorldPerson } from '../helpers/world.js';
import { until } from '../kernel/wait.js';

if (noChromium) process.stderr.write(`Skipped test/clients/sign-out-browser.test.ts: ${noChromium}\n`);

const library = createRequire(import.meta.url).resolve('oidc-client-ts');
const bundle = () => readFileSync(library.replace(/dist\/.*$/, 'dist/browser/oidc-client-ts.min.js'));

/** A page of another origin that does everything with oidc-client-ts. */
const page = (authority: string, clientId: string) => `<!doctype html><title>App</title><pre id="out"></pre>
<button id="in">in</button><button id="away">away</button><script src="/oidc.js"></script><script>
const manager = new oidc.UserManager({ authority: ${JSON.stringify(authority)}, client_id: ${JSON.stringify(clientId)},
  redirect_uri: location.origin + '/callback', post_logout_redirect_uri: location.origin + '/out', scope: 'openid profile',
  userStore: new oidc.WebStorageStateStore({ store: localStorage }) });
const show = (value) => { out.textContent = JSON.stringify(value); };
document.querySelector('#in').onclick = () => manager.signinRedirect();
document.querySelector('#away').onclick = () => manager.signoutRedirect({ state: { from: 'the app' } });
if (location.pathname === '/callback') manager.signinCallback().then((user) => show(user.profile), (error) => show(String(error)));
if (location.pathname === '/out') manager.signoutCallback().then((answer) => show(answer ? answer.userState : 'nothing'), (error) => show(String(error)));
</script>`;

(noChromium ? describe.skip : describe)('signing out in Chromium', () => {
  let world: World;
  let receiver: LogoutReceiver;
  let server: Server;
  let origin: string;
  let client: WorldClient;

  beforeAll(async () => {
    receiver = await startLogoutReceiver();
    world = await startWorld({ env: outboundToLoopback });
    server = createServer((request, response) => {
      const script = request.url === '/oidc.js';
      response.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html' });
      response.end(script ? bundle() : page(world.app.baseUrl, client.id));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    client = await world.addClient(world.project.id, {
      name: 'App of another origin',
      redirectUris: [`${origin}/callback`],
      postLogoutRedirectUris: [`${origin}/out`],
      backchannelLogoutUri: receiver.uri,
      grantTypes: ['authorization_code'],
      authenticatedGrants: [],
    });
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await world.close();
    await receiver.close();
  });

  const fill = async (tab: Page, person: WorldPerson) => {
    await tab.getByLabel('E-mail address').fill(person.email);
    await tab.getByLabel('Password', { exact: true }).fill(person.password);
    await tab.getByRole('button', { name: 'Sign in' }).click();
  };
  const signInHere = async (tab: Page, person: WorldPerson) => {
    await tab.goto(`${world.app.baseUrl}signin?project=${world.project.id}`);
    await fill(tab, person);
    await tab.waitForURL('**/me');
  };
  const shown = async (tab: Page) => {
    await tab.waitForFunction(`document.querySelector('#out').textContent !== ''`);
    return JSON.parse((await tab.textContent('#out'))!);
  };

  it('OIDF-L02 oidc-client-ts signs in and out by redirect, gets its state back, and the app is told', async () => {
    const person = await world.addPerson(world.project.id);
    const { context, close } = await openChromium();
    try {
      const tab = await context.newPage();
      await tab.goto(origin);
      await tab.click('#in');
      await fill(tab, person);
      await tab.getByRole('button', { name: 'Allow', exact: true }).click();
      await tab.waitForURL(`${origin}/callback?*`);
      const profile = await shown(tab);
      expect(profile).toMatchObject({ sub: person.userId, sid: expect.any(String) });
      await tab.click('#away');
      await tab.waitForURL(`${origin}/out?*`);
      expect(await shown(tab)).toEqual({ from: 'the app' });
      expect((await context.cookies()).map(({ name }) => name)).not.toContain('carekey-session');
      await until(() => receiver.about(profile.sid).length === 1);
      await tab.goto(`${world.app.baseUrl}me`);
      await tab.waitForURL('**/signin');
    } finally {
      await close();
    }
  });

  describe.each([
    ['with script', true],
    ['without script', false],
  ])('%s', (name, javaScript) => {
    it('ASVS-7.4.4 the person is asked on a page of ours, stays, then leaves for the app, and the back button shows nothing', async () => {
      const person = await world.addPerson(world.project.id);
      const { context, close } = await openChromium({ javaScript, width: javaScript ? 1000 : 320 });
      const complaints: string[] = [];
      context.on('console', (message) => {
        if (/Content Security Policy|Refused/.test(message.text())) complaints.push(message.text());
      });
      try {
        const tab = await context.newPage();
        await signInHere(tab, person);
        const ask = `${world.app.baseUrl}oauth2/logout?${new URLSearchParams({
          client_id: client.id,
          post_logout_redirect_uri: `${origin}/out`,
          state: 'kept',
        })}`;
        await tab.goto(ask);
        await tab.getByRole('heading', { name: 'Sign out?' }).waitFor();
        await tab.getByText('App of another origin asks to sign you out.').waitFor();
        await tab.getByText(person.email).waitFor();
        if (javaScript) {
          const { violations } = await new AxeBuilder({ page: tab }).analyze();
          expect(violations.map(({ id }) => id)).toEqual([]);
        }
        const screenshots = process.env['TEST_SCREENSHOTS'];
        if (screenshots)
          await tab.screenshot({ path: `${screenshots}/sign-out-${name.replace(' ', '-')}.png` });
        await tab.getByRole('button', { name: 'Stay signed in' }).click();
        await tab.waitForURL('**/me');
        await tab.goto(ask);
        await tab.getByRole('button', { name: 'Sign out' }).click();
        await tab.waitForURL(`${origin}/out?state=kept`);
        expect((await context.cookies()).map((cookie) => cookie.name)).not.toContain('carekey-session');
        expect(complaints).toEqual([]);
      } finally {
        await close();
      }
    });

    it('NIST-24 after signing out, the back button shows nothing of the account', async () => {
      const person = await world.addPerson(world.project.id);
      const { context, close } = await openChromium({ javaScript });
      try {
        const tab = await context.newPage();
        await signInHere(tab, person);
        await tab.getByText(person.email).waitFor();
        await tab.getByRole('button', { name: 'Sign out', exact: true }).click();
        await tab.waitForURL('**/signed-out*');
        await tab.goBack();
        await tab.waitForURL('**/signin*');
        expect(await tab.content()).not.toContain(person.email);
      } finally {
        await close();
      }
    });
  });
});
