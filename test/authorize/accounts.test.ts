import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { KeyRotationService } from '../../src/keys/key-rotation.service.js';
import { Visitor } from '../helpers/visitor.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** A person who is signed in since a minute. */
async function visitor(scope?: string): Promise<Visitor> {
  const found = await Visitor.of(world, scope);
  world.app.clock.advance(60_000);
  return found;
}

describe('prompt=select_account', () => {
  it('asks even with a session, and goes on as the same person without a password', async () => {
    const ada = await visitor();
    const page = await ada.ask({ prompt: 'select_account' });
    expect(page.url.pathname).toBe('/select-account');
    expect(await (await ada.browser.get(page.url.href)).text()).toContain(ada.person.email);
    const { body } = await ada.redeem(await ada.send(page, { account: 'here' }));
    expect(decodeJwt(body.id_token).sub).toBe(ada.person.userId);
  });

  it('lets another person sign in, whose session takes the place of the first', async () => {
    const ada = await visitor();
    const grace = await world.addPerson(world.project.id);
    const page = await ada.send(await ada.ask({ prompt: 'select_account' }), { account: 'other' });
    expect(page.url.pathname).toBe('/signin');
    const consent = await ada.signIn(page, grace);
    expect(consent.url.pathname).toBe('/consent');
    const { body } = await ada.redeem(await ada.send(consent, { decision: 'allow' }));
    expect(decodeJwt(body.id_token).sub).toBe(grace.userId);
    const silent = await ada.redeem(await ada.ask({ prompt: 'none' }));
    expect(decodeJwt(silent.body.id_token).sub).toBe(grace.userId);
  });

  it('does not ask a second time whoever just signed in, and can be given up', async () => {
    const ada = new Visitor(world, await world.addPerson(world.project.id));
    const after = await ada.signIn(await ada.ask({ prompt: 'select_account' }));
    expect(after.url.pathname).toBe('/consent');
    world.app.clock.advance(60_000);
    const page = await ada.ask({ prompt: 'select_account' });
    expect((await ada.send(page, { action: 'cancel' })).answer['error']).toBe('access_denied');
  });

  it.each([
    ['login consent', ['/signin', '/consent']],
    ['login select_account', ['/signin']],
    ['select_account consent', ['/select-account', '/consent']],
    ['consent login select_account', ['/signin', '/consent']],
  ])('together: %s', async (prompt, pages) => {
    const ada = await visitor();
    let stop = await ada.ask({ prompt });
    for (const page of pages) {
      expect(stop.url.pathname).toBe(page);
      if (page === '/signin') stop = await ada.signIn(stop);
      else stop = await ada.send(stop, page === '/consent' ? { decision: 'allow' } : { account: 'here' });
    }
    expect(stop.answer['code']).toBeTruthy();
  });
});

describe('max_age', () => {
  it('0 asks for the password once, and reading the next page does not ask again', async () => {
    const ada = await visitor();
    expect((await ada.ask({ prompt: 'none', max_age: '0' })).answer['error']).toBe('login_required');
    const page = await ada.ask({ max_age: '0', prompt: 'consent' });
    expect(page.url.pathname).toBe('/signin');
    const consent = await ada.signIn(page);
    world.app.clock.advance(60_000);
    const done = await ada.send(consent, { decision: 'allow' });
    const { body } = await ada.redeem(done);
    const age = Math.floor(world.app.clock.now() / 1000) - Number(decodeJwt(body.id_token)['auth_time']);
    expect(age).toBeGreaterThanOrEqual(60);
  });
});

describe('F90 hints select, they never authenticate', () => {
  const idTokenOf = async (person: Visitor) => (await person.tokens()).body.id_token as string;

  it('id_token_hint without a session signs nobody in', async () => {
    const hint = await idTokenOf(await visitor());
    const stranger = new Visitor(world, await world.addPerson(world.project.id));
    expect((await stranger.ask({ prompt: 'none', id_token_hint: hint })).answer['error']).toBe(
      'login_required',
    );
    expect((await stranger.ask({ id_token_hint: hint })).url.pathname).toBe('/signin');
  });

  it('another person than the hinted one is not let through, not even after signing in', async () => {
    const ada = await visitor();
    const grace = await visitor();
    const hint = await idTokenOf(grace);
    expect((await ada.ask({ prompt: 'none', id_token_hint: hint })).answer['error']).toBe('login_required');
    const page = await ada.ask({ id_token_hint: hint });
    const html = await (await ada.browser.get(page.url.href)).text();
    expect(html).toContain('another person');
    expect(html).not.toContain(grace.person.email);
    const again = await ada.signIn(page);
    expect(again.url.pathname).toBe('/signin');
    const { body } = await ada.redeem(await ada.signIn(again, grace.person));
    expect(decodeJwt(body.id_token).sub).toBe(grace.person.userId);
  });

  it('the same through a requested sub', async () => {
    const ada = await visitor();
    const sub = (value: unknown) => JSON.stringify({ id_token: { sub: { value } } });
    const own = await ada.ask({ prompt: 'none', claims: sub(ada.person.userId) });
    expect(own.answer['code']).toBeTruthy();
    for (const other of [world.project.person.userId, 'nobody', 7]) {
      world.app.clock.advance(11_000);
      const answer = (await ada.ask({ prompt: 'none', claims: sub(other) })).answer;
      expect(answer['error']).toBe('login_required');
    }
  });

  it('an expired hint is good; one whose key is gone counts as none; one of another client of the project', async () => {
    const ada = await visitor();
    const hint = await idTokenOf(ada);
    const db = world.app.get(Db);
    await db.tx((tx) => world.app.get(KeyRotationService).rotate(tx, systemActor('test'), 'RS256'));
    world.app.clock.advance(2 * 3_600_000);
    await ada.tokens();
    expect((await ada.ask({ prompt: 'none', id_token_hint: hint })).answer['code']).toBeTruthy();
    world.app.clock.advance(25 * 3_600_000);
    await ada.tokens();
    expect((await ada.ask({ id_token_hint: hint })).answer['code']).toBeTruthy();
    expect((await ada.ask({ prompt: 'none', id_token_hint: hint })).answer['error']).toBe('login_required');
    const cousin = await Visitor.of(
      world,
      'openid',
      await world.addClient(world.project.id, {
        name: 'Cousin',
        firstParty: true,
        redirectUris: ['https://cousin.example/cb'],
        grantTypes: ['authorization_code'],
        authenticatedGrants: [],
      }),
    );
    const answer = await cousin.ask({ prompt: 'none', id_token_hint: await idTokenOf(ada) });
    expect(answer.answer['error']).toBe('login_required');
  });

  it.each([
    ['no JWT', () => 'a.b.c'],
    [
      'unsigned',
      (good: string) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`,
    ],
    ['altered', (good: string) => `${good.slice(0, -5)}AAAAA`],
  ])('a hint that is %s', async (_name, make) => {
    const ada = await visitor();
    const answer = (await ada.ask({ id_token_hint: make(await idTokenOf(ada)) })).answer;
    expect(answer).toMatchObject({
      error: 'invalid_request',
      error_description: expect.stringContaining('hint'),
    });
  });

  it('a hint of another project, or an access token, is none', async () => {
    const ada = await visitor();
    const foreign = await world.agent.codeFlow(world.other.app, world.other.person, { scope: 'openid' });
    for (const hint of [foreign.body.id_token, (await ada.tokens()).body.access_token]) {
      expect((await ada.ask({ id_token_hint: hint })).answer['error']).toBe('invalid_request');
    }
  });

  it('OIDF-B24 login_hint fills in the address; of another person it asks which account is meant', async () => {
    const stranger = new Visitor(world, await world.addPerson(world.project.id));
    const page = await stranger.ask({ login_hint: 'someone@example.org' });
    expect(await (await stranger.browser.get(page.url.href)).text()).toContain('value="someone@example.org"');
    const ada = await visitor();
    expect((await ada.ask({ login_hint: 'someone@example.org' })).url.pathname).toBe('/select-account');
    const own = ada.person.email.toUpperCase();
    expect((await ada.ask({ login_hint: own })).answer['code']).toBeTruthy();
    expect((await ada.ask({ prompt: 'none', login_hint: own })).answer['code']).toBeTruthy();
    const none = await ada.ask({ prompt: 'none', login_hint: 'someone@example.org' });
    expect(none.answer['error']).toBe('login_required');
  });
});

describe('F88 prompt=none of an app that the person never allowed anything', () => {
  it.each([
    ['the right login_hint', (ada: Visitor) => ({ login_hint: ada.person.email })],
    ['another login_hint', () => ({ login_hint: 'someone@example.org' })],
    [
      'the right sub',
      (ada: Visitor) => ({ claims: JSON.stringify({ id_token: { sub: { value: ada.person.userId } } }) }),
    ],
    [
      'another sub',
      () => ({ claims: JSON.stringify({ id_token: { sub: { value: world.project.admin.userId } } }) }),
    ],
    ['a maximal age', () => ({ max_age: '1' })],
    ['nothing special', () => ({})],
  ])('learns nothing from %s', async (_name, hints) => {
    const ada = await visitor();
    const answer = (await ada.ask({ prompt: 'none', ...hints(ada) }, world.other.app)).answer;
    expect(answer).toEqual({
      error: 'consent_required',
      error_description: 'Consent required',
      state: 'a-state',
      iss: world.app.baseUrl,
    });
  });
});

describe('F43 an app that runs in circles', () => {
  it('is stopped by a page at the third equal error within ten seconds', async () => {
    const { browser } = new Visitor(world, world.project.person);
    const url = world.agent.authorizeUrl(world.project.app, { scope: 'openid sesame' });
    const statuses: number[] = [];
    for (let turn = 0; turn < 3; turn++) statuses.push((await browser.get(url)).status);
    expect(statuses).toEqual([303, 303, 400]);
    const page = await (await browser.get(url)).text();
    expect(page).toContain('invalid_scope');
    expect(page).toContain('North clinic app');
    const other = world.agent.authorizeUrl(world.other.app, { scope: 'openid sesame' });
    expect((await browser.get(other)).status).toBe(303);
    world.app.clock.advance(10_001);
    expect((await browser.get(url)).status).toBe(303);
  });

  it('errors of prompt=none count as well', async () => {
    const stranger = new Visitor(world, world.project.person);
    const url = () =>
      world.agent.authorizeUrl(world.project.app, {
        scope: 'openid',
        prompt: 'none',
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256',
      });
    const statuses: number[] = [];
    for (let turn = 0; turn < 3; turn++) statuses.push((await stranger.browser.get(url())).status);
    expect(statuses).toEqual([303, 303, 400]);
  });
});
