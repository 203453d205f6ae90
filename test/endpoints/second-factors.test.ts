import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { EmailService } from '../../src/email/email.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { SessionsService } from '../../src/logins/sessions.service.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { Authenticator, FactorBrowser } from '../helpers/authenticator.js';
import { BrowserAgent, formTo } from '../helpers/browser-agent.js';
import { codeBlocks } from '../helpers/page-code.js';
import { Visitor } from '../helpers/visitor.js';
import type { WorldPerson } from '../helpers/world.js';

let world: AdminWorld;
beforeAll(async () => {
  world = await startAdminWorld();
  world.app.clock.hold();
});
afterAll(() => world.close());

const twoFactors = 'urn:carekey:loa:2fa';

/** Somebody who is signed in, and has an authenticator app. */
async function enrolled(person?: WorldPerson, projectId?: string) {
  const visit = new FactorBrowser(world, person ?? (await world.addPerson(world.project.id)), projectId);
  await visit.password();
  return { ...(await visit.enrol()), visit, person: visit.person };
}

/** The same person in another browser, halfway in. */
async function halfway(person: WorldPerson) {
  const visit = new FactorBrowser(world, person);
  return { visit, at: await visit.password() };
}

/** Asks as an admin of the project, or of the server; tokens do not outlive the jumps of the clock. */
async function graphql(query: string, variables: object, projectId = world.project.id) {
  return world.graphql({ token: await world.adminToken(projectId) }, query, variables);
}

async function asAdmin(query: string, variables: object = {}) {
  const { data, errors } = await graphql(query, variables);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return data;
}

async function setProject(settings: object) {
  const { project } = await asAdmin('query($id: ID!) { project(id: $id) { version } }', {
    id: world.project.id,
  });
  await asAdmin('mutation($input: EditProjectInput!) { editProject(input: $input) { project { id } } }', {
    input: { id: world.project.id, version: project.version, settings },
  });
}

const require = (id: string, required = true) =>
  graphql(
    'mutation($input: RequireSecondFactorInput!) { requireSecondFactor(input: $input) { user { secondFactorRequired } } }',
    { input: { id, required } },
  );

describe('an authenticator app', () => {
  it('NIST-21 ASVS-6.5.1 is set up on the account page, which shows ten recovery codes once', async () => {
    const { codes, status, visit, app, html } = await enrolled();
    expect([status, codes.length, new Set(codes).size]).toEqual([200, 10, 10]);
    for (const code of codes) expect(code).toMatch(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
    expect(html).toContain('href="/me/factors"');
    const list = await (await visit.browser.get('/me/factors')).text();
    expect(list).toContain('Recovery codes: 10 left');
    for (const code of codes) expect(list).not.toContain(code);
    expect(await (await visit.browser.get('/signin/enrol?again=1')).text()).toBe('');
    expect(app.code()).toMatch(/^\d{6}$/);
  });

  it('V41 V10 is asked for after the password: before it nothing is open, afterwards the session is new', async () => {
    const { app, person } = await enrolled();
    const { visit, at } = await halfway(person);
    expect(at).toMatch(/^\/signin\/factor\?half=[\w-]{43}$/);
    expect(visit.browser.cookieNames).toEqual(['carekey-browser']);
    for (const path of ['/me', '/me/factors', '/me/password'])
      expect((await visit.browser.get(path)).headers.get('location')).toBe('/signin');
    expect((await visit.browser.get(at.replace('factor', 'enrol'))).status).toBe(410);
    const done = await visit.send(at, { code: app.next() });
    expect([done.status, done.to, await visit.isSignedIn()]).toEqual([303, '/me', true]);
    expect((await visit.browser.get(at)).status).toBe(410);
  });

  it('NIST-13 ASVS-6.5.1 ASVS-6.5.5 takes each code once, also of two at once, and none of an earlier step', async () => {
    const { app, person } = await enrolled();
    const old = app.code();
    const code = app.next();
    const both = await Promise.all(
      [0, 1, 2].map(async () => {
        const { visit, at } = await halfway(person);
        return (await visit.send(at, { code })).status;
      }),
    );
    expect(both.sort()).toEqual([303, 400, 400]);
    for (const spent of [code, old]) {
      const { visit, at } = await halfway(person);
      const again = await visit.send(at, { code: spent });
      expect(again.html).toContain('This code is not right, or it was used before.');
      expect(await visit.isSignedIn()).toBe(false);
    }
    world.app.clock.advance(120_000);
    const { visit, at } = await halfway(person);
    expect((await visit.send(at, { code: app.code(-2) })).status).toBe(400);
    expect((await visit.send(at, { code: app.code(-1) })).status).toBe(303);
  });

  it('the code that set it up is spent', async () => {
    const { app, person } = await enrolled();
    const { visit, at } = await halfway(person);
    expect((await visit.send(at, { code: app.code() })).status).toBe(400);
  });

  it('ASVS-6.6.2 the question belongs to one browser, and is over after ten minutes', async () => {
    const { app, person } = await enrolled();
    const { visit, at } = await halfway(person);
    const thief = new BrowserAgent(world.app.baseUrl);
    await thief.get('/signin');
    expect((await thief.get(at)).status).toBe(410);
    const form = formTo(await (await visit.browser.get(at)).text(), '/signin/factor');
    expect((await thief.submit(form, { code: app.next() })).status).toBe(403);
    world.app.clock.advance(601_000);
    expect((await visit.browser.submit(form, { code: app.next() })).status).toBe(410);
  });

  it('ASVS-6.6.3 V40 guessing ends: five tries of a sign-in, ten of a person in an hour, from any number of addresses', async () => {
    const { app, person } = await enrolled();
    const wrong = { code: app.wrong() };
    const first = await halfway(person);
    const statuses: number[] = [];
    for (let at = 0; at < 6; at++) statuses.push((await first.visit.send(first.at, wrong)).status);
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429]);
    const second = await halfway(person);
    const parallel = await Promise.all(
      Array.from({ length: 12 }, async () => (await second.visit.send(second.at, wrong)).status),
    );
    expect(parallel.filter((status) => status === 400).length).toBeLessThanOrEqual(5);
    const third = await halfway(person);
    const stopped = await third.visit.send(third.at, { code: app.next() });
    expect([stopped.status, Number(stopped.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect(stopped.html).toContain('There were too many wrong codes.');
    world.app.clock.advance(3_601_000);
    const later = await halfway(person);
    expect((await later.visit.send(later.at, { code: app.next() })).status).toBe(303);
  });

  it('F126 a picture that is older than ten minutes sets nothing up; nor does one of another browser', async () => {
    const visit = new FactorBrowser(world, await world.addPerson(world.project.id));
    const other = new FactorBrowser(world, visit.person);
    await Promise.all([visit.password(), other.password()]);
    const page = await (await visit.browser.get('/signin/enrol?again=1')).text();
    const app = Authenticator.ofPage(world, page);
    expect((await other.send('/signin/enrol?again=1', { code: app.code() })).status).toBe(400);
    expect((await visit.send('/signin/enrol?again=1', { code: app.wrong() })).status).toBe(400);
    world.app.clock.advance(590_000);
    const form = formTo(page, '/signin/enrol');
    world.app.clock.advance(20_000);
    const late = await visit.browser.submit(form, { code: app.code() });
    expect(late.headers.get('location')).toBe('/signin?again=1');
    expect(await (await visit.browser.get('/me/factors')).text()).toContain('You have no second step yet.');
  });
});

describe('recovery codes', () => {
  it('NIST-14 ASVS-6.5.1 each signs in once, typed in any case; new ones end the old ones', async () => {
    const { codes, person, visit: owner } = await enrolled();
    const typed = codes[0]!.toUpperCase().replaceAll('-', ' ');
    const use = async (code: string) => {
      const { visit, at } = await halfway(person);
      return (await visit.send(`${at}&kind=recovery-code`, { code })).status;
    };
    expect([await use(typed), await use(typed)]).toEqual([303, 400]);
    expect(await (await owner.browser.get('/me/factors')).text()).toContain('Recovery codes: 9 left');
    const list = await (await owner.browser.get('/me/factors')).text();
    const last = formTo(list.slice(list.indexOf('Recovery codes') - 400), '/me/factors');
    const fresh = await (await owner.browser.submit(last, { action: 'codes' })).text();
    const [next] = [...fresh.matchAll(/<code dir="ltr">([\w-]+)<\/code>/g)].map(([, code]) => code!);
    expect([await use(codes[1]!), await use(next!)]).toEqual([400, 303]);
  });

  it('of one code in two hands one gets in', async () => {
    const { codes, person } = await enrolled();
    const tries = await Promise.all(
      [0, 1, 2].map(async () => {
        const { visit, at } = await halfway(person);
        return (await visit.send(`${at}&kind=recovery-code`, { code: codes[0]! })).status;
      }),
    );
    expect(tries.sort()).toEqual([303, 400, 400]);
  });
});

describe('changing factors', () => {
  it('ASVS-7.5.1 ASVS-6.5.6 asks for a sign-in within ten minutes, with the factor', async () => {
    const { app, visit } = await enrolled();
    world.app.clock.advance(601_000);
    const removal = { kind: 'totp', action: 'remove' };
    expect((await visit.send('/me/factors', removal)).to).toBe('/signin?again=1');
    const at = await visit.password('/signin?again=1');
    expect(at).toMatch(/^\/signin\/factor\?half=.*again=1$/);
    expect((await visit.send(at, { code: app.next() })).to).toBe('/me/factors');
    expect((await visit.send('/me/factors', removal)).to).toBe('/me/factors?done=removed');
    const again = await halfway(visit.person);
    expect(again.at).toBe('/me');
  });

  it('V21 a session from before the app existed may not change it', async () => {
    const person = await world.addPerson(world.project.id);
    const before = new FactorBrowser(world, person);
    await before.password();
    await enrolled(person);
    expect((await before.send('/me/factors', { kind: 'totp', action: 'remove' })).to).toBe('/signin?again=1');
    expect((await before.browser.get('/signin/enrol?again=1')).headers.get('location')).toBe(
      '/signin?again=1',
    );
  });

  it('F57 a session that only a project vouched for touches no factor', async () => {
    const person = await world.addServerPerson(world.project.id);
    const { app } = world;
    const actor = systemActor('test');
    const proof = { userId: person.userId, vouchedBy: 'project', amr: ['ext'] } as const;
    const { secret } = await app.get(Db).tx((tx) => app.get(SessionsService).open(tx, actor, proof));
    const browser = new BrowserAgent(app.baseUrl);
    browser.setCookie('carekey-session', secret);
    await browser.get('/me/factors');
    expect((await browser.get('/signin/factor')).status).toBe(410);
    expect((await browser.get('/signin/enrol?again=1')).headers.get('location')).toBe('/signin?again=1');
  });

  it('W-364 the last one stays where one is demanded', async () => {
    const { visit, person } = await enrolled();
    expect((await require(person.userId)).errors).toEqual([]);
    const refused = await visit.send('/me/factors', { kind: 'totp', action: 'remove' });
    expect([refused.status, refused.html]).toEqual([400, expect.stringContaining('This is the last one')]);
    await require(person.userId, false);
    expect((await visit.send('/me/factors', { kind: 'totp', action: 'remove' })).status).toBe(303);
  });
});

describe('where a second factor is demanded', () => {
  it('ASVS-6.3.3 V21 of a person: it is set up before anything else is open', async () => {
    const visit = new FactorBrowser(world, await world.addPerson(world.project.id));
    await require(visit.person.userId);
    const at = await visit.password();
    expect(at).toMatch(/^\/signin\/enrol\?half=/);
    expect(await visit.isSignedIn()).toBe(false);
    const { status, codes } = await visit.enrol(at);
    expect([status, codes.length, await visit.isSignedIn()]).toEqual([200, 10, true]);
  });

  it('ASVS-6.3.3 V11 of a project: its members get no code with a password alone; other projects are not concerned', async () => {
    await setProject({ secondFactorRequired: true });
    try {
      const visitor = new Visitor(world, await world.addServerPerson(world.project.id));
      const at = await visitor.signIn(await visitor.ask());
      expect(at.url.pathname).toBe('/signin/enrol');
      expect((await visitor.ask({ prompt: 'none' })).answer['error']).toMatch(/required$/);
      const consent = at.url.href.replace('/signin/enrol', '/consent');
      expect((await visitor.browser.get(consent)).headers.get('location')).toContain('/signin/enrol');
      const page = await (await visitor.browser.get(at.url.href)).text();
      expect(page).toContain('North clinic');
      const app = Authenticator.ofPage(world, page);
      const kept = await visitor.browser.submit(formTo(page, '/signin/enrol'), { code: app.code() });
      expect(await kept.text()).toMatch(/href="\/signin\?request=[\w-]{43}"/);
      const { id_token: idToken } = (await visitor.tokens()).body;
      expect(decodeJwt(idToken)).toMatchObject({ acr: twoFactors, amr: ['pwd', 'otp', 'mfa'] });
      const elsewhere = new Visitor(world, world.other.person, world.other.app);
      expect((await elsewhere.tokens()).status).toBe(200);
    } finally {
      await setProject({ secondFactorRequired: false });
    }
  });

  it('F61 of a member by the project: a person of the server owes it there, and nowhere else', async () => {
    const person = await world.addServerPerson(world.project.id);
    const demand = (required: boolean) =>
      asAdmin(
        'mutation($input: RequireSecondFactorOfMemberInput!) { requireSecondFactorOfMember(input: $input) { membership { id } } }',
        { input: { id: person.membershipId, required } },
      );
    await demand(true);
    const visitor = new Visitor(world, person);
    expect((await visitor.signIn(await visitor.ask())).url.pathname).toBe('/signin/enrol');
    const own = new FactorBrowser(world, person);
    expect(await own.password('/signin')).toBe('/me');
    expect((await require(person.userId)).errors[0]?.extensions.code).toBe('NOT_FOUND');
    await demand(false);
    expect((await visitor.ask()).url.pathname).toBe('/consent');
  });
});

describe('an app that wants two factors', () => {
  it('V11 OIDF-B27 acr_values asks whoever has one, although signed in; acr and amr say what was done', async () => {
    const person = await world.addPerson(world.project.id);
    const visitor = new Visitor(world, person);
    const plain = (await visitor.tokens({ acr_values: twoFactors })).body;
    expect(decodeJwt(plain.id_token)).toMatchObject({ acr: 'urn:carekey:loa:1fa', amr: ['pwd'] });
    const { app } = await enrolled(person);
    expect((await visitor.ask({ acr_values: twoFactors, prompt: 'none' })).answer['error']).toBe(
      'login_required',
    );
    const at = await visitor.ask({ acr_values: twoFactors });
    expect(at.url.pathname).toBe('/signin/factor');
    const before = visitor.browser.cookie('carekey-session');
    const on = await visitor.send(at, { code: app.next() });
    expect(visitor.browser.cookie('carekey-session')).not.toBe(before);
    const answer = await visitor.browser.get(on.url.href);
    const code = new URL(answer.headers.get('location')!).searchParams.get('code')!;
    const { body } = await world.agent.redeem(visitor.client, code, visitor.verifier);
    expect(decodeJwt(body.id_token)).toMatchObject({ acr: twoFactors, amr: ['pwd', 'otp', 'mfa'] });
  });

  it('an essential acr makes whoever has none set one up; after a while only with a new sign-in', async () => {
    const visitor = await Visitor.of(world);
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: twoFactors } } });
    expect((await visitor.ask({ claims })).url.pathname).toBe('/signin/enrol');
    expect((await visitor.ask({ claims, prompt: 'none' })).answer['error']).toBe('login_required');
    world.app.clock.advance(601_000);
    expect((await visitor.ask({ claims })).url.pathname).toBe('/signin');
  });

  it('discovery lists what there is', async () => {
    const { body } = await world.agent.get('.well-known/openid-configuration');
    expect(body.acr_values_supported).toEqual(['urn:carekey:loa:1fa', twoFactors]);
  });
});

describe('an admin', () => {
  const reset = (id: string, more: object = {}, projectId = world.project.id) =>
    graphql(
      'mutation($input: UserIdInput!) { resetFactors(input: $input) { user { factors { kind } } } }',
      { input: { id, ...more } },
      projectId,
    );

  it('ASVS-6.4.4 F61 sees and resets the factors of own users, which ends every session; never those of the server', async () => {
    const { person, visit } = await enrolled();
    const { user } = await asAdmin('query($id: ID!) { user(id: $id) { factors { kind createdAt } } }', {
      id: person.userId,
    });
    expect(user.factors.map(({ kind }: { kind: string }) => kind)).toEqual(['totp', 'recovery-code']);
    expect((await reset(person.userId)).data.resetFactors.user.factors).toEqual([]);
    expect(await visit.isSignedIn()).toBe(false);
    expect((await halfway(person)).at).toBe('/me');
    const sora = await world.addServerPerson(world.project.id);
    for (const id of [sora.userId, world.other.person.userId])
      expect((await reset(id)).errors[0]?.extensions.code).toBe('NOT_FOUND');
    expect((await reset(sora.userId, { scope: 'SERVER' }, world.superProject)).errors).toEqual([]);
  });

  it('F61 sees nothing of the factors of a person of the server', async () => {
    const sora = await world.addServerPerson(world.project.id);
    await new Visitor(world, sora).tokens();
    const { membership } = await asAdmin(
      'query($id: ID!) { membership(id: $id) { user { factors { kind } secondFactorRequired } } }',
      { id: sora.membershipId },
    );
    expect(membership.user).toEqual({ factors: null, secondFactorRequired: null });
  });

  it('every event is on the record', async () => {
    const { app, person } = await enrolled();
    const { visit, at } = await halfway(person);
    await visit.send(at, { code: app.wrong() });
    await visit.send(at, { code: app.next() });
    await require(person.userId);
    await reset(person.userId);
    const { auditRecords } = await asAdmin(
      '{ auditRecords(types: [FACTOR_ADDED, FACTOR_USED, FACTOR_REMOVED, FACTOR_REQUIRED], first: 20) { edges { node { type outcome userId } } } }',
    );
    const acts = auditRecords.edges.map(
      ({ node }: { node: { type: string; outcome: string } }) => `${node.type} ${node.outcome}`,
    );
    for (const act of [
      'FACTOR_ADDED SUCCESS',
      'FACTOR_USED REFUSED',
      'FACTOR_USED SUCCESS',
      'FACTOR_REQUIRED SUCCESS',
      'FACTOR_REMOVED SUCCESS',
    ])
      expect(acts).toContain(act);
  });

  it('NIST-20 a mail tells the person of each change, whoever made it', async () => {
    const { person, visit } = await enrolled();
    await visit.send('/me/factors', { kind: 'totp', action: 'remove' });
    const back = await visit.enrol();
    expect(back.codes).toHaveLength(10);
    await reset(person.userId);
    const kept = await world.app.get(Db).read((tx) => world.app.get(EmailService).keptMails(tx, 200));
    const mails = kept.filter(({ to }) => to === person.email).map(({ kind }) => kind);
    expect(mails.sort()).toEqual(['factor-added', 'factor-added', 'factor-removed', 'factor-removed']);
  });

  it('the guide says it right: each of its operations works', async () => {
    const { userId, membershipId } = await world.addPerson(world.project.id);
    const { project } = await asAdmin('query($id: ID!) { project(id: $id) { version } }', {
      id: world.project.id,
    });
    const text = readFileSync('docs/guides/second-factors.md', 'utf8');
    const given = {
      project: world.project.id,
      version: project.version,
      user: userId,
      membership: membershipId,
    };
    const operations = codeBlocks(text, 'graphql');
    expect(operations).toHaveLength(4);
    for (const operation of operations) {
      const named = Object.entries(given).filter(([name]) => operation.includes(`$${name}:`));
      await asAdmin(operation, Object.fromEntries(named));
    }
    await setProject({ secondFactorRequired: false });
  });
});
