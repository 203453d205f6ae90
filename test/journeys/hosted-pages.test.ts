import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { UsersService } from '../../src/identities/users.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import { type ForeignApp, serveForeignApp } from '../helpers/app-of-another-origin.js';
import { Authenticator } from '../helpers/authenticator.js';
import { noChromium, openChromium } from '../helpers/chromium.js';
import { queueMail } from '../helpers/mails.js';
import { newPkce } from '../helpers/oauth-agent.js';
import { startWorld, type World, type WorldClient, type WorldPerson } from '../helpers/world.js';

if (noChromium) process.stderr.write(`Skipped test/journeys/hosted-pages.test.ts: ${noChromium}\n`);

const payload = `"><script>alert('x')</script><img src=x onerror=alert('x')>`;

(noChromium ? describe.skip : describe)('hosted pages in Chromium', () => {
  let world: World;
  let app: ForeignApp;
  let client: WorldClient;

  beforeAll(async () => {
    world = await startWorld();
    app = await serveForeignApp(() => ({ issuer: world.app.baseUrl, clientId: client.id }));
    client = await world.addClient(world.project.id, {
      name: 'Foreign app',
      redirectUris: [app.redirectUri],
      grantTypes: ['authorization_code', 'refresh_token'],
      authenticatedGrants: [],
    });
  });
  afterAll(async () => {
    await app.close();
    await world.close();
  });

  /** A person with a second membership, so that there is something to choose. */
  async function patientToo(): Promise<WorldPerson> {
    const person = await world.addPerson(world.project.id);
    await world.app.get(Db).tx(async (tx) => {
      const user = await world.app.get(UsersService).get(tx, world.project.id, person.userId);
      const as = { profileType: 'Patient' as const, another: true, membership: { label: 'As a patient' } };
      await world.app
        .get(OnboardingService)
        .join(tx, systemActor('test'), world.project.id, user, as, 'active');
    });
    return person;
  }

  const authorizeUrl = (parameters: Record<string, string> = {}, of: WorldClient = client) =>
    world.agent.authorizeUrl(of, {
      code_challenge: newPkce().challenge,
      code_challenge_method: 'S256',
      ...parameters,
    });
  const fill = async (page: Page, person: { email: string; password: string }) => {
    await page.getByLabel('E-mail address').fill(person.email);
    await page.getByLabel('Password', { exact: true }).fill(person.password);
  };
  const focused = (page: Page) =>
    page.evaluate<string>(`document.activeElement.id || document.activeElement.className`);

  /** Runs in a fresh browser; fails when a page asks another host for anything or breaks its own policy. */
  async function inBrowser(
    options: { javaScript?: boolean; width?: number },
    act: (page: Page, context: BrowserContext) => Promise<void>,
  ): Promise<void> {
    const { context, close } = await openChromium(options);
    const complaints: string[] = [];
    context.on('console', (message) => {
      if (/Content Security Policy|Refused/.test(message.text())) complaints.push(message.text());
    });
    context.on('dialog', (dialog) => {
      complaints.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    context.on('request', (request) => {
      const { origin } = new URL(request.url());
      const own = world.app.baseUrl.slice(0, -1);
      const known = [own, own.replace('localhost', '127.0.0.1'), app.origin].includes(origin);
      if (!known) complaints.push(`request to ${origin}`);
    });
    try {
      await act(await context.newPage(), context);
    } finally {
      await close();
    }
    expect(complaints).toEqual([]);
  }

  describe.each([
    ['with script', true],
    ['without script', false],
  ])('%s', (_name, javaScript) => {
    it('a person mistypes, shows the password, signs in, chooses, unticks a scope, allows, and is at the app', async () => {
      const person = await patientToo();
      await inBrowser({ javaScript }, async (page) => {
        await page.goto(authorizeUrl());
        expect(await page.title()).toMatch(/^Sign in · /);
        await page.getByText('Signing in to Foreign app').waitFor();
        expect(await focused(page)).toBe('email');

        await fill(page, { ...person, password: 'wrong' });
        await page.keyboard.press('Enter');
        await page.getByRole('alert').waitFor();
        expect(await focused(page)).toMatch(/note-error/);
        expect(await page.getByLabel('E-mail address').inputValue()).toBe(person.email);
        expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('');
        await page.getByRole('alert').getByRole('link').click();
        expect(await focused(page)).toBe('password');

        await page.getByLabel('Password', { exact: true }).fill('typed before');
        await page.getByRole('button', { name: 'Show password' }).click();
        await page.getByRole('button', { name: 'Hide password' }).waitFor();
        const password = page.getByLabel('Password', { exact: true });
        expect(await password.getAttribute('type')).toBe('text');
        expect(await password.inputValue()).toBe(javaScript ? 'typed before' : '');
        expect(await focused(page)).toBe('password');
        await password.fill(person.password);
        await page.keyboard.press('Enter');

        await page.waitForURL('**/choose-profile?*');
        await page.getByRole('button', { name: /Patient.*As a patient/ }).click();
        await page.waitForURL('**/consent?*');
        expect(await page.getByLabel('Know that it is you').isDisabled()).toBe(true);
        await page.getByLabel('See your e-mail address').uncheck();
        expect(await page.getByText('offline_access').isVisible()).toBe(false);
        await page.getByText('Technical names').click();
        expect(await page.getByText('offline_access').isVisible()).toBe(true);
        await page.getByRole('button', { name: 'Allow', exact: true }).click();
        await page.waitForURL(`${app.origin}/callback?code=*`);
        expect(new URL(page.url()).searchParams.get('iss')).toBe(world.app.baseUrl);
      });
    });
  });

  it('what was unticked is not granted, and signing in again asks for nothing more', async () => {
    const person = await world.addPerson(world.project.id);
    await inBrowser({}, async (page) => {
      await page.goto(app.origin);
      await fill(page, person);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByLabel('See your e-mail address').uncheck();
      await page.getByRole('button', { name: 'Allow', exact: true }).click();
      await page.waitForURL(`${app.origin}/callback?*`);
      await page.waitForFunction(`document.querySelector('#out').textContent !== ''`);
      const { tokens } = JSON.parse((await page.textContent('#out'))!);
      expect(tokens.scope.split(' ').sort()).toEqual(['offline_access', 'openid', 'profile']);
    });
  });

  /** Nothing for axe to find, nothing cut off, nothing too small to hit. */
  async function checkPage(page: Page, name: string): Promise<void> {
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    expect([name, found]).toEqual([name, []]);
    const tooWide = `document.documentElement.scrollWidth > document.documentElement.clientWidth`;
    expect([name, await page.evaluate<boolean>(tooWide)]).toEqual([name, false]);
    expect([name, await smallTargets(page)]).toEqual([name, []]);
  }

  it('axe finds nothing on any page: light and dark, wide and at 320 px, and nothing is cut off', async () => {
    const person = await patientToo();
    for (const [width, colorScheme] of [
      [1000, 'light'],
      [320, 'dark'],
    ] as const) {
      await inBrowser({ width }, async (page) => {
        await page.emulateMedia({ colorScheme });
        const check = (name: string) => checkPage(page, name);
        const visit = async (path: string) => {
          await page.goto(new URL(path, world.app.baseUrl).href);
          await check(path);
        };
        for (const path of ['/', '/signed-out', '/dev/app', '/no-such-page', '/signin?request=x'])
          await visit(path);
        await visit(new URL(world.app.firstStart.setupUrl!).pathname);
        await page.getByRole('button', { name: 'Create the account' }).click();
        await check('set-up with problems');
        await page.goto(authorizeUrl({ prompt: 'consent' }));
        await check('sign in');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await check('sign in with problems');
        await fill(page, person);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await check('choose a profile');
        await page.getByRole('button', { name: /Practitioner/ }).click();
        await page.waitForURL('**/consent?*');
        await page.getByText('Technical names').click();
        await check('consent');
        await page.getByRole('button', { name: 'Allow', exact: true }).click();
        await page.waitForURL(`${app.origin}/**`);
        await visit('/me');
        await visit('/me/password');
        await page.getByRole('button', { name: 'Change the password' }).click();
        await check('change the password with problems');
        await page.goto(authorizeUrl({ prompt: 'select_account' }));
        await check('choose an account');
      });
    }
  }, 600_000);

  it('R4 axe finds nothing on the pages of second factors, on which a person sets an app up and signs in with it', async () => {
    for (const [width, colorScheme] of [
      [1000, 'light'],
      [320, 'dark'],
    ] as const) {
      const person = await world.addPerson(world.project.id);
      await inBrowser({ width }, async (page, context) => {
        await page.emulateMedia({ colorScheme });
        const open = (path: string) => page.goto(new URL(path, world.app.baseUrl).href);
        const signIn = async () => {
          await open(`/signin?project=${world.project.id}`);
          await fill(page, person);
          await page.getByRole('button', { name: 'Sign in' }).click();
        };
        await signIn();
        await open('/me/factors');
        await checkPage(page, 'no factors');
        await page.getByRole('link', { name: 'Set up an authenticator app' }).click();
        await page.getByAltText('QR code with the setup key below').waitFor();
        await checkPage(page, 'set up');
        const phone = Authenticator.ofPage(world, await page.content());
        await page.getByLabel('Code that the app shows now').fill(phone.wrong());
        await page.getByRole('button', { name: 'Set up' }).click();
        await checkPage(page, 'set up with problems');
        await page.getByLabel('Code that the app shows now').fill(phone.code());
        await page.getByRole('button', { name: 'Set up' }).click();
        await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
        await checkPage(page, 'recovery codes');
        await page.getByRole('link', { name: 'I have kept them' }).click();
        await checkPage(page, 'factors');
        await context.clearCookies();
        await signIn();
        await page.waitForURL('**/signin/factor?*');
        await checkPage(page, 'second step');
        await page.getByRole('link', { name: 'Use a recovery code' }).click();
        await page.getByLabel('Recovery code').fill('not one');
        await page.getByRole('button', { name: 'Continue' }).click();
        await checkPage(page, 'second step with problems');
        await page.getByRole('link', { name: 'Use your authenticator app' }).click();
        await page.getByLabel('Code of your authenticator app').fill(phone.next());
        await page.getByRole('button', { name: 'Continue' }).click();
        await page.waitForURL('**/me');
      });
    }
  }, 600_000);

  it('the mailbox, and a mail as HTML, fit and are sound for axe, wide and at 320 px, in light and dark', async () => {
    const names = { projectName: 'Clinic of the North', inviterName: payload, personName: 'Sora' };
    const id = await queueMail(world.app, 'set-password', { data: names });
    await queueMail(world.app, 'email-code');
    for (const [width, colorScheme] of [
      [1000, 'light'],
      [320, 'dark'],
    ] as const) {
      await inBrowser({ width }, async (page) => {
        await page.emulateMedia({ colorScheme });
        for (const path of ['/dev/mailbox', `/dev/mailbox/${id}`]) {
          await page.goto(new URL(path, world.app.baseUrl).href);
          await checkPage(page, path);
        }
      });
    }
  }, 600_000);

  it('consent to a health record, and the change of a password, fit, wide and at 320 px, in light and dark', async () => {
    const category = 'http://terminology.hl7.org/CodeSystem/observation-category';
    const scope = [
      'openid fhirUser launch/patient offline_access patient/Patient.rs patient/AllergyIntolerance.r',
      `patient/Observation.rs?category=${category}|laboratory`,
      `patient/Observation.rs?category=${category}|vital-signs&status=final`,
      'patient/MedicationRequest.cruds patient/QuestionnaireResponse.write patient/*.rs',
    ].join(' ');
    const patient = await world.addPerson(world.project.id, { profileType: 'Patient' });
    for (const [width, colorScheme] of [
      [1000, 'dark'],
      [320, 'light'],
    ] as const) {
      await inBrowser({ width }, async (page) => {
        await page.emulateMedia({ colorScheme });
        const check = async (name: string) => {
          const screenshots = process.env['TEST_SCREENSHOTS'];
          const path = `${screenshots}/${name}-${width}-${colorScheme}.png`;
          if (screenshots) await page.screenshot({ path, fullPage: true });
          await checkPage(page, name);
        };
        await page.goto(authorizeUrl({ scope, aud: `${world.app.baseUrl}fhir/R4`, prompt: 'consent' }));
        await fill(page, patient);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.waitForURL('**/consent?*');
        await check('consent-smart');
        await page.getByText('Technical names').click();
        await check('consent-smart-names');
        await page.goto(`${world.app.baseUrl}me/password`);
        await check('password');
        await page.getByRole('button', { name: 'Change the password' }).click();
        await check('password-problems');
      });
    }
  }, 600_000);

  it('V25 payloads in every parameter of every page render inert', async () => {
    const hostile = await world.addClient(world.project.id, {
      name: payload,
      redirectUris: [app.redirectUri],
      grantTypes: ['authorization_code'],
      authenticatedGrants: [],
    });
    const person = await world.addPerson(world.project.id);
    await inBrowser({}, async (page) => {
      const encoded = encodeURIComponent(payload);
      for (const path of [
        ...['signin', 'select-account', 'choose-profile', 'consent'].map(
          (name) => `${name}?request=${encoded}`,
        ),
        `signin?project=${encoded}&ready=${encoded}`,
        `me?done=${encoded}`,
        `signed-out?project=${encoded}&everywhere=${encoded}`,
        `setup/${encoded}`,
        `dev/app?error=x&error_description=${encoded}&state=${encoded}`,
        `oauth2/authorize?client_id=${encoded}`,
        `assets/${encoded}`,
        encoded,
      ]) {
        await page.goto(world.app.baseUrl + path);
        expect(await page.locator('img[onerror], script:not([src])').count()).toBe(0);
      }
      await page.goto(authorizeUrl({ login_hint: payload, state: payload }, hostile));
      expect(await page.getByLabel('E-mail address').inputValue()).toBe(payload);
      await page.getByText(`Signing in to ${payload}`).waitFor();
      await fill(page, { email: payload, password: payload });
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      await fill(page, person);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText(`${payload} asks for access`).waitFor();
      expect(await page.locator('img[onerror], script:not([src])').count()).toBe(0);
      await page.getByRole('button', { name: 'Allow', exact: true }).click();
      await page.waitForURL(`${app.origin}/**`);
      expect(new URL(page.url()).searchParams.get('state')).toBe(payload);
    });
  });

  it('rulings 55 the app of /dev/app signs in, shows its tokens, refreshes, and throws them away', async () => {
    await inBrowser({}, async (page) => {
      await page.goto(world.app.firstStart.setupUrl ?? `${world.app.baseUrl}signin`);
      const admin = { email: 'dev@example.org', password: 'violet harbor lantern 42' };
      await page.getByLabel('Given name').fill('Dev');
      await page.getByLabel('Family name').fill('Eloper');
      await page.getByLabel('E-mail address').fill(admin.email);
      await page.getByLabel('Choose a password').fill(admin.password);
      await page.getByRole('button', { name: 'Create the account' }).click();
      await page.getByText('Your account is ready').waitFor();

      await page.goto(`${world.app.baseUrl}dev/app`.replace('localhost', '127.0.0.1'));
      await page.waitForURL(`${world.app.baseUrl}dev/app`);
      await page.getByRole('button', { name: 'Sign in with this app' }).click();
      await fill(page, admin);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: 'Allow', exact: true }).click();
      await page.getByText('Signed in. Below is what this app holds now.').waitFor();
      expect(page.url()).toBe(`${world.app.baseUrl}dev/app`);
      const idToken = JSON.parse((await page.textContent('#id-token pre'))!);
      expect(idToken.claims).toMatchObject({ iss: world.app.baseUrl, email: admin.email });
      const jti = async () => JSON.parse((await page.textContent('#access-token pre'))!).claims.jti;
      const before = await jti();
      await page.getByRole('button', { name: 'Ask for userinfo' }).click();
      await page.locator('#userinfo').getByText(admin.email).waitFor();
      await page.getByRole('button', { name: 'Refresh tokens' }).click();
      await page.getByText('Refreshed. Below are the new tokens.').waitFor();
      expect(await jti()).not.toBe(before);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id }) => id)).toEqual([]);
      await page.getByRole('button', { name: 'Sign out of this app' }).click();
      await page.getByText('This app has thrown its tokens away').waitFor();
      expect(await page.locator('#held').isVisible()).toBe(false);
    });
  });
});

/** What is lower than 44 px and can be touched. */
async function smallTargets(page: Page): Promise<string[]> {
  const targets = 'button:not(.enter), a, input:not([type=hidden], [type=checkbox]), summary, .tick';
  const found: string[] = [];
  for (const target of await page.locator(targets).all()) {
    const box = await target.boundingBox();
    if (box && box.height < 44) found.push(`${await target.innerText()}: ${box.height}`);
  }
  return found;
}
