import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Page } from 'playwright-core';
import { UsersService } from '../../src/identities/users.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import { type ForeignApp, serveForeignApp } from '../helpers/app-of-another-origin.js';
import { noChromium, openChromium } from '../helpers/chromium.js';
import { startWorld, type World, type WorldClient } from '../helpers/world.js';

if (noChromium) process.stderr.write(`Skipped test/clients/browser.test.ts: ${noChromium}\n`);

(noChromium ? describe.skip : describe)('a person in Chromium and an app of another origin', () => {
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
    const { person, id } = world.project;
    await world.app.get(Db).tx(async (tx) => {
      const user = await world.app.get(UsersService).get(tx, id, person.userId);
      const membership = { label: 'As a patient' };
      await world.app
        .get(OnboardingService)
        .join(
          tx,
          systemActor('test'),
          id,
          user,
          { profileType: 'Patient', another: true, membership },
          'active',
        );
    });
  });
  afterAll(async () => {
    await app.close();
    await world.close();
  });

  const signIn = async (page: Page) => {
    await page.goto(app.origin);
    await page.getByLabel('E-mail', { exact: false }).fill(world.project.person.email);
    await page.getByLabel('Password', { exact: true }).fill(world.project.person.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };

  const result = async (page: Page) => {
    await page.waitForURL(`${app.origin}/callback?*`);
    await page.waitForFunction(`document.querySelector('#out').textContent !== ''`);
    return JSON.parse((await page.textContent('#out'))!);
  };

  it('a person who refuses is sent back with access_denied', async () => {
    const { context, close } = await openChromium();
    try {
      const page = await context.newPage();
      await signIn(page);
      await page.waitForURL('**/choose-profile?*');
      await page
        .getByRole('button', { name: /Practitioner/ })
        .first()
        .click();
      await page.getByRole('button', { name: /Don.t allow/ }).click();
      expect(await result(page)).toMatchObject({ error: 'access_denied', state: 'from-the-app' });
    } finally {
      await close();
    }
  });

  it('signs in, chooses a profile, consents, and the app redeems the code itself, reads userinfo and refreshes', async () => {
    const { context, close } = await openChromium();
    try {
      const page = await context.newPage();
      await signIn(page);
      await page.waitForURL('**/choose-profile?*');
      await page.getByRole('button', { name: /As a patient|Patient/ }).click();
      await page.waitForURL('**/consent?*');
      await page.getByRole('button', { name: 'Allow', exact: true }).click();
      const { tokens, userinfo, refreshed, state, iss } = await result(page);
      expect([state, iss]).toEqual(['from-the-app', world.app.baseUrl]);
      expect(tokens.profile.reference).toMatch(/^Patient\//);
      expect(userinfo.sub).toBe(decodeJwt(tokens.id_token).sub);
      expect(refreshed.access_token).not.toBe(tokens.access_token);
    } finally {
      await close();
    }
  });
});
