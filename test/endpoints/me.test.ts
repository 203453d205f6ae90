import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { PasswordsService } from '../../src/identities/passwords.service.js';
import { UsersService } from '../../src/identities/users.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import type { ProjectId } from '../../src/kernel/ids.js';
import { MembershipsService } from '../../src/memberships/memberships.service.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import { BrowserAgent } from '../helpers/browser-agent.js';
import { basicHeader, type JsonAnswer } from '../helpers/oauth-agent.js';
import { startWorld, type World, type WorldClient, type WorldPerson } from '../helpers/world.js';

let world: World;
let db: Db;
const actor = systemActor('test');
beforeAll(async () => {
  world = await startWorld();
  db = world.app.get(Db);
});
afterAll(() => world.close());

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const onBehalf = { 'x-medplum-on-behalf-of': 'Practitioner/01890000-0000-7000-8000-000000000000' };

async function tokenOf(person: WorldPerson, client: WorldClient = world.project.app): Promise<string> {
  return (await world.agent.codeFlow(client, person)).body.access_token;
}

function me(authorization: string | undefined, headers: Record<string, string> = {}): Promise<JsonAnswer> {
  return world.agent.get('auth/me', { ...(authorization && { authorization }), ...headers });
}

const revoke = (authorization: string, body: unknown, headers: Record<string, string> = {}) =>
  world.agent.request('auth/revoke', {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/fhir+json', ...headers },
    body: JSON.stringify(body),
  });

const loginIdOf = (token: string) => decodeJwt(token)['login_id'] as string;

describe('GET /auth/me', () => {
  it('W-326 W-328 W-330 W-333 F24 says who a person is, in which project, as what, and what is open', async () => {
    const { person } = world.project;
    const token = await tokenOf(person);
    const { status, body, headers } = await me(`Bearer ${token}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('cache-control')).toMatch(/no-store/);
    expect(body).toMatchObject({
      user: { resourceType: 'User', id: person.userId, email: person.email },
      project: { resourceType: 'Project', id: world.project.id, name: 'North clinic', features: [] },
      membership: {
        resourceType: 'ProjectMembership',
        id: person.membershipId,
        admin: false,
        user: { reference: `User/${person.userId}` },
      },
      profile: { resourceType: 'Practitioner', meta: { project: world.project.id } },
      config: { resourceType: 'UserConfiguration', menu: [{ title: 'Favorites' }] },
      accessPolicy: { resourceType: 'AccessPolicy' },
      security: { mfaEnrolled: false },
    });
    expect(body.membership.profile.reference).toBe(`Practitioner/${body.profile.id}`);
    const { resource, basedOn } = body.accessPolicy;
    expect(basedOn).toEqual([{ reference: expect.stringMatching(/^AccessPolicy\//) }]);
    const patient = resource.find((one: { resourceType: string }) => one.resourceType === 'Patient');
    expect(patient.interaction).toEqual(expect.arrayContaining(['read', 'search', 'create', 'update']));
    expect(patient.interaction).not.toContain('delete');
    expect(JSON.stringify(body)).not.toMatch(/hash|secret(?!ar)/i);
  });

  it('W-326 lists live sign-ins with browser and system, the newest first, and none that ended', async () => {
    const person = await world.addPerson(world.project.id);
    const first = await tokenOf(person);
    const asked = await world.agent.codeFlow(
      world.project.app,
      person,
      {},
      new BrowserAgent(world.app.baseUrl, firefox),
    );
    const second = asked.body.access_token as string;
    const sessions = async () => (await me(`Bearer ${second}`)).body.security.sessions;
    expect(await sessions()).toEqual([
      {
        id: loginIdOf(second),
        lastUpdated: expect.stringMatching(/^\d{4}-.*Z$/),
        authMethod: 'password',
        remoteAddress: expect.any(String),
        browser: 'Firefox',
        os: 'Linux',
      },
      expect.objectContaining({ id: loginIdOf(first) }),
    ]);
    await world.agent.revoke(world.project.app, first);
    expect((await sessions()).map(({ id }: { id: string }) => id)).toEqual([loginIdOf(second)]);
  });

  it('F114 tells an app nothing of what the person does in other projects', async () => {
    const { person, elsewhere } = await personOfTwoProjects();
    const here = await tokenOf(person);
    const there = await tokenOf(person, world.other.app);
    const { body } = await me(`Bearer ${here}`);
    expect(body.security.sessions.map(({ id }: { id: string }) => id)).toEqual([loginIdOf(here)]);
    expect(body.security.memberships.map(({ id }: { id: string }) => id)).toEqual([person.membershipId]);
    expect(JSON.stringify(body)).not.toContain(elsewhere);
    expect((await revoke(`Bearer ${here}`, { loginId: loginIdOf(there) })).status).toBe(404);
  });

  it('W-331 lists only active memberships of this project', async () => {
    const person = await world.addPerson(world.project.id);
    const token = await tokenOf(person);
    const second = await secondMembership(person, world.project.id);
    const ids = async () =>
      (await me(`Bearer ${token}`)).body.security.memberships.map(({ id }: { id: string }) => id).sort();
    expect(await ids()).toEqual([person.membershipId, second].sort());
    const memberships = world.app.get(MembershipsService);
    await db.tx((tx) => memberships.deactivate(tx, actor, world.project.id, second));
    expect(await ids()).toEqual([person.membershipId]);
  });

  it('W-329 F23 answers a client, by token and by secret, with the client as its profile', async () => {
    const { server } = world.project;
    const token = (await world.agent.clientCredentials(server)).body.access_token;
    for (const authorization of [`Bearer ${token}`, basicHeader(server)]) {
      const { status, body } = await me(authorization);
      expect(status).toBe(200);
      expect(body.profile).toMatchObject({ resourceType: 'ClientApplication', id: server.id });
      expect(body.membership.user.reference).toBe(`ClientApplication/${server.id}`);
      expect(body).not.toHaveProperty('user');
      expect(body).not.toHaveProperty('security');
      expect(body.accessPolicy.resource.length).toBeGreaterThan(0);
      expect(JSON.stringify(body)).not.toContain(server.secret);
    }
    expect(typeof loginIdOf(token)).toBe('string');
  });

  it('F24 answers under a policy that opens nothing, and shows an admin more of the menu', async () => {
    const token = await tokenOf(world.project.admin);
    const { body } = await me(`Bearer ${token}`);
    expect(body.config.menu.map(({ title }: { title: string }) => title)).toEqual(['Favorites', 'Admin']);
    expect(body.membership.admin).toBe(true);
  });

  it('F39 speaks about the caller itself whatever the on-behalf-of header says', async () => {
    const token = await tokenOf(world.project.person);
    const { status, body } = await me(`Bearer ${token}`, onBehalf);
    expect([status, body.user.id]).toEqual([200, world.project.person.userId]);
  });

  it('is 401 as an OperationOutcome without a credential', async () => {
    const { status, body, headers } = await me(undefined);
    expect([status, body.resourceType, body.id]).toEqual([401, 'OperationOutcome', 'unauthorized']);
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
  });
});

describe('POST /auth/revoke', () => {
  it('ends another sign-in of the same person at once, and its own', async () => {
    const person = await world.addPerson(world.project.id);
    const [one, two] = [await tokenOf(person), await tokenOf(person)];
    const { status, body } = await revoke(`Bearer ${one}`, { loginId: loginIdOf(two) });
    expect([status, body.id, body.issue[0].details.text]).toEqual([200, 'ok', 'All OK']);
    expect((await me(`Bearer ${two}`)).status).toBe(401);
    expect((await me(`Bearer ${one}`)).status).toBe(200);
    expect((await revoke(`Bearer ${one}`, { loginId: loginIdOf(two) })).status).toBe(200);
    expect((await revoke(`Bearer ${one}`, { loginId: loginIdOf(one) })).status).toBe(200);
    expect((await me(`Bearer ${one}`)).status).toBe(401);
  });

  it('W-443 W-445 W-446 refuses who is nobody, what is no id, what is unknown and what is of somebody else', async () => {
    const token = await tokenOf(world.project.person);
    const others = await tokenOf(world.project.admin);
    const of = (loginId: unknown) => revoke(`Bearer ${token}`, { loginId });
    expect((await revoke('Bearer x.y.z', { loginId: loginIdOf(others) })).status).toBe(401);
    for (const malformed of [undefined, '', 'x', '../..', '\0', 7, null, ['x']]) {
      const { status, body } = await of(malformed);
      expect([malformed, status, body.issue[0].expression]).toEqual([malformed, 400, ['loginId']]);
    }
    const unknown = await of('01890000-0000-7000-8000-000000000000');
    const foreign = await of(loginIdOf(others));
    expect([unknown.status, foreign.status]).toEqual([404, 404]);
    expect(foreign.body.issue).toEqual(unknown.body.issue);
    expect((await me(`Bearer ${others}`)).status).toBe(200);
  });

  it('lets a client end what it began itself, and nothing of people or of other clients', async () => {
    const { server } = world.project;
    const own = (await world.agent.clientCredentials(server)).body.access_token;
    const persons = await tokenOf(world.project.person);
    const foreign = (await world.agent.clientCredentials(world.other.server)).body.access_token;
    expect((await revoke(basicHeader(server), { loginId: loginIdOf(persons) })).status).toBe(404);
    expect((await revoke(basicHeader(server), { loginId: loginIdOf(foreign) })).status).toBe(404);
    expect((await revoke(basicHeader(server), { loginId: loginIdOf(own) })).status).toBe(200);
    expect((await me(`Bearer ${own}`)).status).toBe(401);
  });

  it('F72 is refused on behalf of somebody else, and takes no form', async () => {
    const token = await tokenOf(world.project.person);
    const refused = await revoke(`Bearer ${token}`, { loginId: loginIdOf(token) }, onBehalf);
    expect([refused.status, refused.body.id]).toEqual([403, 'forbidden']);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await revoke(`Bearer ${token}`, {}, form)).status).toBe(415);
    expect((await me(`Bearer ${token}`)).status).toBe(200);
  });
});

async function secondMembership(person: WorldPerson, projectId: ProjectId) {
  const profile = { profileType: 'Practitioner', another: true } as const;
  return db.tx(async (tx) => {
    const user = await world.app.get(UsersService).find(person.userId);
    const joined = await world.app
      .get(OnboardingService)
      .join(tx, actor, projectId, user!, profile, 'active');
    return joined.id;
  });
}

/** A server-scoped person who has claimed the account and is a member of both projects. */
async function personOfTwoProjects(): Promise<{ person: WorldPerson; elsewhere: string }> {
  const names = { email: 'two@example.org', givenName: 'Tess', familyName: 'Moor' };
  const password = 'violet harbor lantern 42';
  const prepared = await world.app.get(PasswordsService).prepare(password, { ...names, project: null });
  return db.tx(async (tx) => {
    const user = await world.app
      .get(UsersService)
      .create(tx, actor, { ...names, projectId: null, claimed: true });
    await world.app.get(PasswordsService).set(tx, actor, user, prepared);
    const profile = { profileType: 'Practitioner' } as const;
    const join = (projectId: ProjectId) =>
      world.app.get(OnboardingService).join(tx, actor, projectId, user, profile, 'active');
    const here = await join(world.project.id);
    const there = await join(world.other.id);
    return {
      person: { email: names.email, password, userId: user.id, membershipId: here.id },
      elsewhere: there.id,
    };
  });
}
