import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FirstStart } from '../../src/first-start.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { BrowserAgent, formTo } from '../helpers/browser-agent.js';
import { OAuthAgent } from '../helpers/oauth-agent.js';

const admin = {
  givenName: 'Grace',
  familyName: 'Hopper',
  email: 'grace@example.org',
  password: 'harbor lantern violet 7',
};

describe('first start without an admin in the environment (rulings 55)', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const open = async (url: string) => {
    const browser = new BrowserAgent(app.baseUrl);
    return { browser, page: await browser.get(url) };
  };

  it('ASVS-6.3.2 prints a link, never a default password, that shows a form by GET and changes nothing, however often', async () => {
    for (let turn = 0; turn < 3; turn++) {
      const { page } = await open(app.firstStart.setupUrl!);
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('type="password"');
    }
    expect(app.firstStart.createdAdmin).toBeUndefined();
  });

  it.each([
    ['a weak password', { password: 'short' }],
    ['a password made of the own name', { password: 'grace hopper grace hopper' }],
    ['no name', { givenName: '' }],
    ['no address', { email: 'nobody' }],
  ])('refuses %s, keeps what was typed, and the link stays good', async (_name, change) => {
    const { browser, page } = await open(app.firstStart.setupUrl!);
    const form = formTo(await page.text(), new URL(app.firstStart.setupUrl!).pathname);
    const answer = await browser.submit(form, { ...admin, ...change, action: 'create' });
    expect(answer.status).toBe(400);
    const again = formTo(await answer.text(), new URL(app.firstStart.setupUrl!).pathname);
    expect(again.fields['familyName']).toBe('Hopper');
    expect(again.fields['password']).toBe('');
  });

  it('each start without an admin makes a new link and forgets the old one', async () => {
    const before = app.firstStart.setupUrl!;
    const report = await app.get(FirstStart).run();
    expect((await open(before)).page.status).toBe(410);
    expect((await open(report.setupUrl!)).page.status).toBe(200);
    Object.assign(app.firstStart, { setupUrl: report.setupUrl });
  });

  it('the link dies after an hour, and works once, also for two at a time', async () => {
    const stale = app.firstStart.setupUrl!;
    app.clock.advance(3_600_001);
    expect((await open(stale)).page.status).toBe(410);
    const { setupUrl } = await app.get(FirstStart).run();
    const visits = await Promise.all([open(setupUrl!), open(setupUrl!)]);
    const answers = await Promise.all(
      visits.map(async ({ browser, page }, index) => {
        const form = formTo(await page.text(), new URL(setupUrl!).pathname);
        return browser.submit(form, { ...admin, email: `grace${index}@example.org`, action: 'create' });
      }),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 410]);
    expect((await open(setupUrl!)).page.status).toBe(410);
    expect((await app.get(FirstStart).run()).setupUrl).toBeUndefined();
  });
});

describe('first start with an admin in the environment', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({
      env: { CAREKEY_ADMIN_EMAIL: admin.email, CAREKEY_ADMIN_PASSWORD: admin.password },
    });
  });
  afterAll(() => app.close());

  it('makes the super admin, prints no link, and the person can sign in to their account page', async () => {
    expect(app.firstStart).toMatchObject({ setupUrl: undefined, createdAdmin: admin.email });
    const browser = new BrowserAgent(app.baseUrl);
    const form = formTo(await (await browser.get('/signin')).text(), '/signin');
    const signedIn = await browser.submit(form, {
      email: admin.email,
      password: admin.password,
      action: 'sign-in',
    });
    expect(new URL(signedIn.headers.get('location')!, app.baseUrl).pathname).toBe('/me');
    const me = await (await browser.get('/me')).text();
    expect(me).toContain('Server administration');
    expect(me).toContain('First project');
  });

  it('the first app and the first server work at once', async () => {
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(app.firstStart.firstStepsFile!, 'utf8');
    const values = Object.fromEntries(
      text.split('\n').map((line) => line.split(/=(.*)/s) as [string, string]),
    );
    const agent = new OAuthAgent(app.baseUrl);
    const server = {
      id: values['CLIENT_ID']!,
      secret: values['CLIENT_SECRET']!,
      redirectUri: 'http://127.0.0.1/callback',
    };
    expect((await agent.clientCredentials(server)).status).toBe(200);
    const dev = { id: values['APP_CLIENT_ID']!, redirectUri: `${app.baseUrl}dev/app` };
    const { body } = await agent.codeFlow(dev, { email: admin.email, password: admin.password });
    expect(body.project.display).toBe('First project');
  });

  it('a super admin gets a token for the whole server with the admin tools', async () => {
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(app.firstStart.firstStepsFile!, 'utf8');
    const id = /^ADMIN_CLIENT_ID=(.*)$/m.exec(text)![1]!;
    const agent = new OAuthAgent(app.baseUrl);
    const { body } = await agent.codeFlow({ id, redirectUri: `${app.baseUrl}dev/admin` }, admin);
    const answer = await agent.request('graphql', {
      method: 'POST',
      headers: { authorization: `Bearer ${body.access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ signingKeys { kid state } me { superAdmin } }' }),
    });
    expect(answer.body.errors).toBeUndefined();
    expect(answer.body.data.me.superAdmin).toBe(true);
    expect(answer.body.data.signingKeys).toHaveLength(2);
    expect((await fetch(`${app.baseUrl}dev/admin`)).status).toBe(200);
  });

  it('W-089 members of the super-admin project get no refresh token, and offline_access is not echoed', async () => {
    const { OnboardingService } = await import('../../src/memberships/onboarding.service.js');
    const { ProjectsService } = await import('../../src/projects/projects.service.js');
    const { Db } = await import('../../src/kernel/db.js');
    const { systemActor } = await import('../../src/kernel/actor.js');
    const redirectUri = 'https://console.example/cb';
    const { client } = await app.get(Db).tx(async (tx) => {
      const project = (await app.get(ProjectsService).superAdminProject(tx))!;
      return app
        .get(OnboardingService)
        .addClient(tx, systemActor('test'), project.id, { name: 'Console', redirectUris: [redirectUri] });
    });
    const agent = new OAuthAgent(app.baseUrl);
    const { body } = await agent.codeFlow(
      { id: client.id, redirectUri },
      { email: admin.email, password: admin.password },
    );
    expect(body).not.toHaveProperty('refresh_token');
    expect(body.scope).toBe('openid profile email');
  });
});
