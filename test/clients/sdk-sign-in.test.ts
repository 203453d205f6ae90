import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UsersService } from '../../src/identities/users.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import { AnswerCutter } from '../helpers/answer-cutter.js';
import { serveSdkApp } from '../helpers/app-of-another-origin.js';
import { noChromium, openChromium } from '../helpers/chromium.js';
import { newSdk, type Sdk } from '../helpers/sdk.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const always = 86_400_000;

/** Signs a person in on a form of the app; the SDK holds tokens afterwards. */
async function signedIn(sdk: Sdk, more: { scope?: string; remember?: boolean } = {}): Promise<string> {
  const { app, person } = world.project;
  const { email, password } = person;
  const login = await sdk.startLogin({ email, password, clientId: app.id, ...more });
  await sdk.processCode(login.code!);
  return sdk.getAccessToken()!;
}

const worksWith = async (token: string) => (await world.agent.userinfo(token)).status === 200;

describe('@medplum/core, unchanged, signs people in', () => {
  it('F1 F3 startLogin and processCode: a plain challenge from Node, a code without an address', async () => {
    const sdk = newSdk(world.app.baseUrl, { clientId: world.project.app.id });
    const token = await signedIn(sdk, { scope: 'openid profile' });
    expect(await worksWith(token)).toBe(true);
    expect(sdk.getProfile()).toMatchObject({ resourceType: 'Practitioner' });
    expect(sdk.getProject()).toMatchObject({ id: world.project.id });
    expect(sdk.getAccessPolicy()?.resource).toBeDefined();
  });

  it('F7 a client that has a secret signs people in by its id alone; the secret opens its own access only', async () => {
    const { id, person } = world.project;
    const client = await world.addClient(id, {
      name: 'Portal with a bot',
      redirectUris: ['https://portal.example/'],
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    });
    const sdk = newSdk(world.app.baseUrl, { clientId: client.id });
    const { email, password } = person;
    const scope = 'openid offline_access';
    const login = await sdk.startLogin({ email, password, clientId: client.id, scope });
    expect(await sdk.processCode(login.code!)).toMatchObject({ resourceType: 'Practitioner' });
    await sdk.refreshIfExpired(always);
    expect(await worksWith(sdk.getAccessToken()!)).toBe(true);
    await expect(newSdk(world.app.baseUrl).startClientLogin(client.id, '')).rejects.toThrow();
    const bot = await newSdk(world.app.baseUrl).startClientLogin(client.id, client.secret!);
    expect(bot).toMatchObject({ resourceType: 'ClientApplication', id: client.id });
  });

  it('F8 without a client id: the login belongs to the built-in client', async () => {
    const { email, password } = world.project.person;
    const sdk = newSdk(world.app.baseUrl);
    const login = await sdk.startLogin({ email, password, projectId: world.project.id });
    const profile = await sdk.processCode(login.code!);
    expect(profile).toMatchObject({ resourceType: 'Practitioner' });
  });

  it('F13 a wrong password is told in words, and nothing that the SDK remembers is lost', async () => {
    const { app, person } = world.project;
    const sdk = newSdk(world.app.baseUrl, { clientId: app.id });
    const token = await signedIn(sdk, { scope: 'openid' });
    const wrong = sdk.startLogin({ email: person.email, password: 'not the password', clientId: app.id });
    await expect(wrong).rejects.toThrow(/invalid/i);
    expect(sdk.getAccessToken()).toBe(token);
  });

  it('chooses among several memberships', async () => {
    const { id, app } = world.project;
    const person = await world.addPerson(id);
    await world.app.get(Db).tx(async (tx) => {
      const user = await world.app.get(UsersService).get(tx, id, person.userId);
      const membership = { label: 'As a patient' };
      const more = { profileType: 'Patient', another: true, membership } as const;
      await world.app.get(OnboardingService).join(tx, systemActor('test'), id, user, more, 'active');
    });
    const sdk = newSdk(world.app.baseUrl, { clientId: app.id });
    const { email, password } = person;
    const login = await sdk.startLogin({ email, password, clientId: app.id });
    expect(login.code).toBeUndefined();
    const patient = login.memberships!.find(({ profile }) => profile?.reference?.startsWith('Patient/'))!;
    const chosen = await sdk.post('auth/profile', { login: login.login, profile: patient.id });
    expect(await sdk.processCode(chosen.code)).toMatchObject({ resourceType: 'Patient' });
  });

  it('F21 refreshes when told to; the new tokens hold, and the profile stays', async () => {
    const sdk = newSdk(world.app.baseUrl, { clientId: world.project.app.id });
    const first = await signedIn(sdk, { scope: 'openid offline_access' });
    for (let round = 0; round < 3; round++) await sdk.refreshIfExpired(always);
    expect(sdk.getAccessToken()).not.toBe(first);
    expect(await worksWith(sdk.getAccessToken()!)).toBe(true);
    expect(sdk.getProfile()).toMatchObject({ resourceType: 'Practitioner' });
  });

  it('F82 two tabs that hold one refresh token refresh at once, and both stay signed in', async () => {
    const tab = newSdk(world.app.baseUrl, { clientId: world.project.app.id });
    await signedIn(tab, { scope: 'openid offline_access' });
    const other = newSdk(world.app.baseUrl, { clientId: world.project.app.id });
    await other.setActiveLogin({ ...tab.getActiveLogin()! });
    await Promise.all([tab.refreshIfExpired(always), other.refreshIfExpired(always)]);
    for (const sdk of [tab, other]) expect(await worksWith(sdk.getAccessToken()!)).toBe(true);
    expect(other.getActiveLogin()!.refreshToken).toBe(tab.getActiveLogin()!.refreshToken);
  });

  it('F20 sends a refresh again whose answer was lost, and stays signed in', async () => {
    const cutter = await AnswerCutter.open(world.app.listensOn);
    try {
      const throughCutter = (url: string, init: RequestInit) =>
        fetch(url.replace(world.app.baseUrl, cutter.baseUrl), init);
      const sdk = newSdk(world.app.baseUrl, {
        clientId: world.project.app.id,
        fetch: throughCutter as never,
      });
      const first = await signedIn(sdk, { scope: 'openid offline_access' });
      cutter.losing = 1;
      await sdk.refreshIfExpired(always);
      expect(cutter.lost).toBe(1);
      expect(sdk.getAccessToken()).not.toBe(first);
      expect(await worksWith(sdk.getAccessToken()!)).toBe(true);
      await sdk.refreshIfExpired(always);
      expect(await worksWith(sdk.getAccessToken()!)).toBe(true);
    } finally {
      await cutter.close();
    }
  });

  it('F25 remember: a refresh token without a scope that asks for it', async () => {
    const sdk = newSdk(world.app.baseUrl, { clientId: world.project.app.id });
    await signedIn(sdk, { remember: true });
    expect(sdk.getActiveLogin()!.refreshToken).toBeDefined();
    const forgetful = newSdk(world.app.baseUrl, { clientId: world.project.app.id });
    await signedIn(forgetful);
    expect(forgetful.getActiveLogin()!.refreshToken).toBeUndefined();
  });
});

if (noChromium) process.stderr.write(`Skipped the browser's part of sdk-sign-in.test.ts: ${noChromium}\n`);

(noChromium ? describe.skip : describe)('@medplum/core, unchanged, in Chromium from another origin', () => {
  it('F2 F11 F40 signs in by redirect to an address that is not the origin, refreshes twice at once, signs out', async () => {
    let clientId = '';
    const app = await serveSdkApp(() => ({ issuer: world.app.baseUrl, clientId }));
    const { context, close } = await openChromium();
    try {
      const client = await world.addClient(world.project.id, {
        name: 'App with the SDK',
        redirectUris: [app.redirectUri],
      });
      clientId = client.id;
      const page = await context.newPage();
      await page.goto(app.origin);
      await page.getByLabel('E-mail', { exact: false }).fill(world.project.person.email);
      await page.getByLabel('Password', { exact: true }).fill(world.project.person.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: 'Allow', exact: true }).click();
      await page.waitForURL(`${app.origin}/callback?*`);
      await page.waitForFunction(`document.querySelector('#out').textContent !== ''`);
      const { failed, ...shown } = JSON.parse((await page.textContent('#out'))!);
      expect(failed).toBeUndefined();
      expect(shown).toMatchObject({
        profile: { resourceType: 'Practitioner' },
        me: { project: { id: world.project.id } },
        left: null,
      });
      expect(shown.second).not.toBe(shown.first);
      expect([await worksWith(shown.first), await worksWith(shown.second)]).toEqual([false, false]);
    } finally {
      await close();
      await app.close();
    }
  });
});
