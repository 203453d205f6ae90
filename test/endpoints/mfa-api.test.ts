import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { UsersService } from '../../src/identities/users.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import type { ProjectId } from '../../src/kernel/ids.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import { FactorRequirementsService } from '../../src/mfa/factor-requirements.service.js';
import { ProjectsService } from '../../src/projects/projects.service.js';
import { Authenticator } from '../helpers/authenticator.js';
import { LoginAgent, said } from '../helpers/login-agent.js';
import { type JsonAnswer, newPkce } from '../helpers/oauth-agent.js';
import { Visitor } from '../helpers/visitor.js';
import { startWorld, type World, type WorldPerson } from '../helpers/world.js';

let world: World;
let logins: LoginAgent;
beforeAll(async () => {
  world = await startWorld();
  world.app.clock.hold();
  logins = new LoginAgent(world.agent);
});
afterAll(() => world.close());

const actor = systemActor('test');

/** A person in the app, by its own form. */
class Person {
  constructor(
    readonly who: WorldPerson,
    readonly token: string,
  ) {}

  static async new(who?: WorldPerson): Promise<Person> {
    const person = who ?? (await world.addPerson(world.project.id));
    const { redeem } = await logins.begin(world.project.app, person);
    return new Person(person, (await redeem()).body.access_token);
  }

  status = (): Promise<JsonAnswer> => world.agent.get('auth/mfa/status', this.headers);
  enroll = (body: object): Promise<JsonAnswer> => logins.post('auth/mfa/enroll', body, this.headers);
  disable = (body: object): Promise<JsonAnswer> => logins.post('auth/mfa/disable', body, this.headers);
  login = (more: object = {}) => logins.begin(world.project.app, this.who, more);

  get headers() {
    return { authorization: `Bearer ${this.token}` };
  }
}

const verify = (login: string | undefined, token: string | undefined) =>
  logins.post('auth/mfa/verify', { login, token });

async function enrolled(who?: WorldPerson) {
  const person = await Person.new(who);
  const app = new Authenticator(world, (await person.status()).body.enrollUri);
  expect((await person.enroll({ token: app.code() })).status).toBe(200);
  return { person, app };
}

const demand = (person: WorldPerson, required = true) =>
  world.app
    .get(Db)
    .tx((tx) =>
      world.app
        .get(FactorRequirementsService)
        .set(tx, actor, { userId: person.userId, projectId: world.project.id }, required),
    );

async function join(person: WorldPerson, scope: ProjectId | null = world.project.id) {
  return world.app.get(Db).tx(async (tx) => {
    const user = await world.app.get(UsersService).get(tx, scope, person.userId);
    const options = { profileType: 'Patient' as const, another: true, membership: {} };
    return world.app.get(OnboardingService).join(tx, actor, world.project.id, user, options, 'active');
  });
}

const setProject = (secondFactorRequired: boolean) =>
  world.app.get(Db).tx(async (tx) => {
    const projects = world.app.get(ProjectsService);
    const { version } = await projects.get(tx, world.project.id);
    await projects.edit(tx, actor, world.project.id, version, { settings: { secondFactorRequired } });
  });

describe('/auth/mfa of somebody who is signed in', () => {
  it('W-336 W-337 W-338 W-340 W-341 is set up by a code of what status shows, once', async () => {
    const person = await Person.new();
    const { body } = await person.status();
    expect(body).toMatchObject({
      enrolled: false,
      enrollUri: expect.stringMatching(/^otpauth:\/\/totp\//),
      enrollQrCode: expect.stringMatching(/^data:image\/svg\+xml;base64,/),
    });
    expect((await person.status()).body.enrollUri).toBe(body.enrollUri);
    const app = new Authenticator(world, body.enrollUri);
    expect(said(await person.enroll({ token: app.wrong() }))).toEqual([400, 'Invalid token', 'token']);
    expect(said(await person.enroll({ token: app.code() }))).toEqual([200, 'All OK']);
    expect(said(await person.enroll({ token: app.next() })).slice(0, 2)).toEqual([400, 'Already enrolled']);
    const after = (await person.status()).body;
    expect([after.enrolled, after.enrollUri, after.enrollQrCode]).toEqual([true, undefined, undefined]);
    const me = await world.agent.get('auth/me', person.headers);
    expect(me.body.security.mfaEnrolled).toBe(true);
  });

  it('W-334 enrolling before asking is refused; W-349 so is disabling what is not there', async () => {
    const person = await Person.new();
    expect(said(await person.enroll({ token: '123456' }))).toEqual([400, 'Secret not found']);
    expect(said(await person.disable({ token: '123456' }))).toEqual([400, 'User not enrolled in MFA']);
  });

  it('W-347 W-348 W-365 is taken away by a code, and the next one is another', async () => {
    const { person, app } = await enrolled();
    expect(said(await person.disable({}))).toEqual([400, 'Missing token', 'token']);
    expect(said(await person.disable({ token: app.wrong() }))).toEqual([400, 'Invalid token', 'token']);
    expect(said(await person.disable({ token: app.code() }))).toEqual([400, 'Invalid token', 'token']);
    expect(said(await person.disable({ token: app.next() }))).toEqual([200, 'All OK']);
    const again = new Authenticator(world, (await person.status()).body.enrollUri);
    expect(again.code()).not.toBe(app.code());
    expect((await person.login()).code).toBeDefined();
  });

  it('W-364 the last one stays where one is demanded', async () => {
    const { person, app } = await enrolled();
    await demand(person.who);
    expect(said(await person.disable({ token: app.next() }))).toEqual([
      400,
      'Cannot remove the last MFA factor because MFA is required',
    ]);
    expect((await person.status()).body.enrolled).toBe(true);
  });

  it('ASVS-7.5.1 asks for a sign-in of a short while ago', async () => {
    const person = await Person.new();
    const app = new Authenticator(world, (await person.status()).body.enrollUri);
    world.app.clock.advance(590_001);
    world.app.clock.advance(10_000);
    expect((await person.status()).body.enrollUri).toBeUndefined();
    const refused = await person.enroll({ token: app.code() });
    expect([refused.status, refused.body.issue[0].details.text]).toEqual([
      403,
      expect.stringContaining('Sign in again'),
    ]);
  });

  it('F57 F72 is closed to apps that may not take passwords, to clients, and on behalf of others', async () => {
    const sora = await world.addServerPerson(world.project.id);
    const visitor = new Visitor(world, sora);
    const headers = { authorization: `Bearer ${(await visitor.tokens()).body.access_token}` };
    expect((await world.agent.get('auth/mfa/status', headers)).body).toEqual({
      enrolled: false,
      enrolledMethods: [],
      allowedMethods: ['totp'],
    });
    const planted = await logins.post('auth/mfa/enroll', { token: '123456' }, headers);
    expect([planted.status, planted.body.issue[0].details.text]).toEqual([
      403,
      expect.stringContaining('/me/factors'),
    ]);
    const client = (await world.agent.clientCredentials(world.project.server)).body.access_token;
    const asClient = { authorization: `Bearer ${client}` };
    expect((await world.agent.get('auth/mfa/status', asClient)).status).toBe(403);
    expect((await world.agent.get('auth/mfa/status')).status).toBe(401);
    const person = await Person.new();
    const obo = { ...person.headers, 'x-medplum-on-behalf-of': `ProjectMembership/${sora.membershipId}` };
    expect((await world.agent.get('auth/mfa/status', obo)).status).toBe(403);
  });
});

describe('the second step of a login', () => {
  it('W-342 W-343 W-344 W-345 gives the code for the right token only', async () => {
    const { person, app } = await enrolled();
    const { login, code, redeem } = await person.login();
    expect(code).toBeUndefined();
    expect(said(await verify(undefined, '123456'))).toEqual([400, 'Missing login', 'login']);
    expect(said(await verify(login, undefined))).toEqual([400, 'Missing token', 'token']);
    expect(said(await verify(login, app.wrong()))).toEqual([400, 'Invalid MFA token', 'token']);
    const { status, body } = await verify(login, app.next());
    expect([status, Object.keys(body).sort()]).toEqual([200, ['code', 'login']]);
    const tokens = (await redeem(body.code)).body;
    expect(decodeJwt(tokens.id_token)).toMatchObject({
      acr: 'urn:carekey:loa:2fa',
      amr: ['pwd', 'otp', 'mfa'],
    });
  });

  it('W-335 somebody without a factor has nothing to verify', async () => {
    const person = await Person.new();
    await join(person.who);
    const { login } = await person.login();
    expect(said(await verify(login, '123456'))).toEqual([400, 'User not enrolled in MFA']);
  });

  it('W-350 W-351 V21 no other step gives a code before it; afterwards scopes do', async () => {
    const { person, app } = await enrolled();
    const { login } = await person.login({ scope: 'openid profile' });
    const asks = { login, mfaRequired: true, mfaMethods: ['totp'] };
    expect((await logins.scope(login, 'openid')).body).toEqual(asks);
    expect((await logins.status(login)).body).toEqual(asks);
    expect((await logins.profile(login, person.who.membershipId)).body).toEqual(asks);
    expect((await verify(login, app.next())).body.code).toBeDefined();
    expect((await logins.scope(login, 'openid')).body.code).toBeDefined();
  });

  it('W-260 is over for a login that is revoked, granted or verified', async () => {
    const { person, app } = await enrolled();
    const { login, redeem } = await person.login();
    const { code } = (await verify(login, app.next())).body;
    expect(said(await verify(login, app.next()))).toEqual([400, 'Login already verified']);
    expect((await redeem((await logins.status(login)).body.code ?? code)).status).toBe(200);
    expect(said(await verify(login, app.next()))).toEqual([400, 'Login granted']);
    const other = await person.login();
    await logins.post(
      'auth/changepassword',
      { oldPassword: person.who.password, newPassword: 'amber kettle window 73' },
      { authorization: `Bearer ${(await Person.new(await world.addPerson(world.project.id))).token}` },
    );
    expect(said(await verify(other.login, app.next()))[0]).toBe(200);
  });

  it('W-370 is over ten minutes after the password', async () => {
    const { person, app } = await enrolled();
    const { login } = await person.login();
    world.app.clock.advance(601_000);
    expect(said(await verify(login, app.next()))).toEqual([400, 'Login expired']);
  });

  it('W-368 W-369 wrong tokens are counted per login and per person; a success gives the login its tries back', async () => {
    const { person, app } = await enrolled();
    const first = (await person.login()).login;
    for (let at = 0; at < 5; at++) expect((await verify(first, app.wrong())).status).toBe(400);
    const stopped = await verify(first, app.next());
    expect([stopped.status, Number(stopped.headers.get('retry-after')) > 0]).toEqual([429, true]);
    const second = (await person.login()).login;
    for (let at = 0; at < 5; at++) await verify(second, app.wrong());
    const third = (await person.login()).login;
    expect((await verify(third, app.next())).status).toBe(429);
    world.app.clock.advance(3_601_000);
    const later = (await person.login()).login;
    expect((await verify(later, app.next())).status).toBe(200);
  });

  it('of one token in twelve hands at once one is taken', async () => {
    const { person, app } = await enrolled();
    const begun = await Promise.all(Array.from({ length: 4 }, () => person.login()));
    const token = app.next();
    const answers = await Promise.all(begun.map(({ login }) => verify(login, token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
  });
});

describe('where one is demanded', () => {
  const enroll = (login: string, token: string) => logins.post('auth/mfa/login-enroll', { login, token });

  it('W-352 W-357 of a person: before anything else, the list of memberships included', async () => {
    const who = await world.addPerson(world.project.id);
    await join(who);
    await demand(who);
    const { challenge } = newPkce();
    const pkce = { codeChallenge: challenge, codeChallengeMethod: 'S256' };
    const { body } = await logins.login(world.project.app, who, pkce);
    expect(Object.keys(body).sort()).toEqual(['enrollQrCode', 'enrollUri', 'login', 'mfaEnrollRequired']);
    const app = new Authenticator(world, body.enrollUri);
    expect(said(await enroll(body.login, app.wrong()))).toEqual([400, 'Invalid MFA token', 'token']);
    const done = (await enroll(body.login, app.code())).body;
    expect([done.memberships.length, done.recoveryCodes.length, done.code]).toEqual([2, 10, undefined]);
    const chosen = (await logins.profile(body.login, who.membershipId)).body;
    expect(chosen.code).toBeDefined();
  });

  it('W-354 W-355 W-356 of a project: after the choice, and of its members only', async () => {
    await setProject(true);
    try {
      const who = await world.addPerson(world.project.id);
      await join(who);
      const { login } = await logins.begin(world.project.app, who);
      // Its own users owe it everywhere, so before the choice.
      expect((await logins.status(login)).body).toMatchObject({ mfaEnrollRequired: true });
      const sora = await world.addServerPerson(world.project.id);
      await join(sora, null);
      const trusted = await world.addClient(world.project.id, {
        name: 'Trusted',
        redirectUris: ['https://trusted.example/'],
        directSignIn: 'everyone',
      });
      const begun = await logins.begin(trusted, sora);
      expect(begun.memberships).toHaveLength(2);
      const asked = (await logins.profile(begun.login, sora.membershipId)).body;
      expect(asked).toMatchObject({ mfaEnrollRequired: true });
      expect(asked.code).toBeUndefined();
      const app = new Authenticator(world, asked.enrollUri);
      expect((await enroll(begun.login, app.code())).body).toMatchObject({ code: expect.any(String) });
      const elsewhere = await logins.begin(world.other.app, world.other.person);
      expect(elsewhere.code).toBeDefined();
    } finally {
      await setProject(false);
    }
  });
});
