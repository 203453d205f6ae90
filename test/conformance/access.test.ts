import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { ClientsService } from '../../src/clients/clients.service.js';
import { UsersService } from '../../src/identities/users.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { sessionIdleMs, sessionLifeMs } from '../../src/logins/sessions.service.js';
import { CandidatesService } from '../../src/memberships/candidates.service.js';
import { MembershipsService } from '../../src/memberships/memberships.service.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import { ProjectsService } from '../../src/projects/projects.service.js';
import { BrowserAgent, formTo } from '../helpers/browser-agent.js';
import { startWorld, type World, type WorldPerson } from '../helpers/world.js';

const actor = systemActor('test');
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe('V03 two switches, in all orders', () => {
  type Switch = 'project' | 'client';
  const turn = (which: Switch, to: 'activate' | 'deactivate') =>
    world.app.get(Db).tx(async (tx): Promise<unknown> => {
      if (which === 'project') return world.app.get(ProjectsService)[to](tx, actor, world.project.id);
      return world.app.get(ClientsService)[to](tx, actor, world.project.id, world.project.app.id);
    });

  it.each<[Switch, Switch]>([
    ['project', 'client'],
    ['client', 'project'],
  ])('%s off, %s off: a token lives only while both are on', async (one, other) => {
    const { app, server, person } = world.project;
    const signIn = async () => (await world.agent.codeFlow(app, person)).body.access_token as string;
    const token = await signIn();
    /** By userinfo and introspection: both must say the same. */
    const alive = async (one = token) => {
      const told = [
        (await world.agent.userinfo(one)).status === 200,
        (await world.agent.introspect(server, one)).body.active === true,
      ];
      expect(new Set(told).size).toBe(1);
      return told[0];
    };
    expect(await alive()).toBe(true);
    await turn(one, 'deactivate');
    expect(await alive()).toBe(false);
    await turn(other, 'deactivate');
    expect(await alive()).toBe(false);
    await turn(one, 'activate');
    expect(await alive()).toBe(false);
    await turn(one, 'deactivate');
    await turn(other, 'activate');
    expect(await alive()).toBe(false);
    await turn(one, 'activate');
    // What was ended stays ended; whoever signs in anew gets in.
    expect(await alive(await signIn())).toBe(true);
  });
});

describe('F117 a person with one account for the whole server', () => {
  it('is a member of one project for a client of that project, in the chooser and in the token', async () => {
    const db = world.app.get(Db);
    const person = await world.addServerPerson(world.project.id);
    const { own, foreign } = await db.tx(async (tx) => {
      const user = await world.app.get(UsersService).get(tx, null, person.userId);
      const as = { profileType: 'Practitioner', membership: {} } as const;
      return {
        own: await world.app.get(MembershipsService).get(tx, world.project.id, person.membershipId),
        foreign: await world.app.get(OnboardingService).join(tx, actor, world.other.id, user, as, 'pending'),
      };
    });
    for (const [client, membership, other] of [
      [world.project.app, own, foreign],
      [world.other.app, foreign, own],
    ] as const) {
      const { body } = await world.agent.codeFlow(client, person);
      expect(body.project.reference).toBe(`Project/${membership.projectId}`);
      expect(body.profile.reference).toBe(`Practitioner/${membership.profileId}`);
      expect(JSON.stringify(body)).not.toContain(other.profileId);
      expect(JSON.stringify(decodeJwt(body.access_token))).not.toContain(other.projectId);
    }
    const candidates = await db.read((tx) =>
      world.app.get(CandidatesService).of(tx, person.userId, world.project.id),
    );
    expect(candidates.map(({ membershipId }) => membershipId)).toEqual([own.id]);
  });
});

describe('browser sessions', () => {
  const cookieName = 'carekey-session';
  async function signIn(person: WorldPerson, browser = new BrowserAgent(world.app.baseUrl)) {
    const page = await browser.get(`/signin?project=${world.project.id}&again=1`);
    const form = formTo(await page.text(), '/signin');
    const answer = await browser.submit(form, { email: person.email, password: person.password });
    expect(answer.status).toBe(303);
    return { browser, form };
  }
  const isIn = async (browser: BrowserAgent) => (await browser.get('/me')).status === 200;

  it('ASVS-7.2.1 ASVS-7.2.2 ASVS-7.2.3 are 256 random bits that mean something on the server only', async () => {
    const cookies = new Set<string>();
    for (let turn = 0; turn < 3; turn++) {
      const { browser } = await signIn(world.project.person);
      const cookie = browser.cookie(cookieName)!;
      expect(cookie).toMatch(/^[\w-]{43}$/);
      expect(Buffer.from(cookie, 'base64url')).toHaveLength(32);
      cookies.add(cookie);
      expect(await isIn(browser)).toBe(true);
    }
    expect(cookies.size).toBe(3);
    for (const made of [Buffer.alloc(32, 7).toString('base64url'), '', 'x', 'y'.repeat(5000)]) {
      const browser = new BrowserAgent(world.app.baseUrl);
      browser.setCookie(cookieName, made);
      expect(await isIn(browser)).toBe(false);
    }
  });

  it('ASVS-7.2.4 a new sign-in gets a new one, and the one before opens nothing any more', async () => {
    const { browser, form } = await signIn(world.project.person);
    const before = browser.cookie(cookieName)!;
    const { email, password } = world.project.person;
    expect((await browser.submit(form, { email, password })).status).toBe(303);
    expect(browser.cookie(cookieName)).not.toBe(before);
    expect(await isIn(browser)).toBe(true);
    const thief = new BrowserAgent(world.app.baseUrl);
    thief.setCookie(cookieName, before);
    expect(await isIn(thief)).toBe(false);
  });

  it('ASVS-7.3.1 ends when it is not used for its idle time, and lives on with use', async () => {
    const { browser } = await signIn(world.project.person);
    for (let turn = 0; turn < 3; turn++) {
      world.app.clock.advance(sessionIdleMs - 60_000);
      expect(await isIn(browser)).toBe(true);
    }
    world.app.clock.advance(sessionIdleMs + 1_000);
    expect(await isIn(browser)).toBe(false);
  });

  it('ASVS-7.3.2 ends at its absolute time, however much it is used', async () => {
    const { browser } = await signIn(world.project.person);
    const stepMs = sessionIdleMs / 2;
    for (let passed = stepMs; passed < sessionLifeMs; passed += stepMs) {
      world.app.clock.advance(stepMs);
      expect(await isIn(browser)).toBe(true);
    }
    world.app.clock.advance(stepMs);
    expect(await isIn(browser)).toBe(false);
  });
});
