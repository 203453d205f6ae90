import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { AuditService } from '../../src/audit/audit.service.js';
import type { AuditEventType } from '../../src/audit/event-types.js';
import { UsersService } from '../../src/identities/users.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { newId } from '../../src/kernel/ids.js';
import { newSecret } from '../../src/kernel/secrets.js';
import { LoginEndingsService } from '../../src/logins/login-endings.service.js';
import { LoginsService } from '../../src/logins/logins.service.js';
import { MembershipsService } from '../../src/memberships/memberships.service.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import { BrowserAgent, formTo } from '../helpers/browser-agent.js';
import { LoginAgent, said } from '../helpers/login-agent.js';
import { newPkce } from '../helpers/oauth-agent.js';
import {
  startWorld,
  type World,
  type WorldClient,
  type WorldPerson,
  type WorldProject,
} from '../helpers/world.js';

let world: World;
let logins: LoginAgent;
let project: WorldProject;
/** Practitioner and, labelled, Patient. */
let several: WorldPerson & { patient: string };

const actor = systemActor('test');
const wrong = { password: 'not the password' };

async function join(person: WorldPerson, profileType: 'Patient' | 'Practitioner', label?: string) {
  const { app } = world;
  return app.get(Db).tx(async (tx) => {
    const user = await app.get(UsersService).get(tx, project.id, person.userId);
    const options = { profileType, another: true, membership: label ? { label } : {} };
    return app.get(OnboardingService).join(tx, actor, project.id, user, options, 'active');
  });
}

beforeAll(async () => {
  world = await startWorld();
  logins = new LoginAgent(world.agent);
  project = world.project;
  const person = await world.addPerson(project.id);
  several = { ...person, patient: (await join(person, 'Patient', 'As a patient')).id };
});
afterAll(() => world.close());

describe('POST /auth/login', () => {
  it('W-254 W-271 a person with one membership gets a login and a code, and nothing else', async () => {
    const { status, headers, body } = await logins.login(project.app, project.person);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(body).toEqual({
      login: expect.stringMatching(/^[\w-]{43}$/),
      code: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(body.login).not.toBe(body.code);
  });

  it.each(['https://app.example/', '', undefined])(
    'F3 the code has no redirect address: the token request may send %p',
    async (redirectUri) => {
      const { code, verifier } = await logins.begin(project.app, project.person, {
        redirectUri: 'https://elsewhere.example/x',
      });
      const { status, body } = await world.agent.token({
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        client_id: project.app.id,
        redirect_uri: redirectUri,
      });
      expect([status, body.profile.reference]).toEqual([200, expect.stringMatching(/^Practitioner\//)]);
    },
  );

  it.each(['plain', 'S256'])(
    'F1 W-258 a %s challenge is accepted, and only its verifier redeems the code',
    async (method) => {
      const { verifier } = newPkce();
      const hash = createHash('sha256').update(verifier).digest('base64url');
      const pkce = { codeChallengeMethod: method, codeChallenge: method === 'plain' ? verifier : hash };
      const form = { grant_type: 'authorization_code', client_id: project.app.id };
      const { code } = (await logins.login(project.app, project.person, pkce)).body;
      const other = await world.agent.token({ ...form, code, code_verifier: newPkce().verifier });
      expect([other.status, other.body.error]).toEqual([400, 'invalid_grant']);
      if (method === 'plain') {
        // Kept as S256: the hash of the challenge is no verifier of it.
        expect((await world.agent.token({ ...form, code, code_verifier: hash })).body.error).toBe(
          'invalid_grant',
        );
      }
      expect((await world.agent.token({ ...form, code, code_verifier: verifier })).status).toBe(200);
    },
  );

  const { challenge } = newPkce();
  it.each([
    ['W-256', { codeChallengeMethod: 'S256' }, 'code_challenge'],
    ['W-257', { codeChallenge: challenge, codeChallengeMethod: 'S512' }, 'code_challenge_method'],
    ['W-257', { codeChallenge: challenge }, 'code_challenge_method'],
    ['a short S256', { codeChallenge: 'short', codeChallengeMethod: 'S256' }, 'code_challenge'],
    ['a short plain', { codeChallenge: 'short', codeChallengeMethod: 'plain' }, 'code_challenge'],
    ['characters', { codeChallenge: `${'a'.repeat(42)}+`, codeChallengeMethod: 'plain' }, 'code_challenge'],
  ])('%s: PKCE %j is refused', async (_, pkce, field) => {
    expect(said(await logins.login(project.app, project.person, pkce))).toEqual([
      400,
      'Invalid code challenge',
      field,
    ]);
  });

  it('W-259 a client for which PKCE is optional may name a method without a challenge', async () => {
    const server = await world.addClient(project.id, {
      name: 'Lenient',
      authenticatedGrants: ['authorization_code', 'refresh_token'],
      grantTypes: ['authorization_code', 'refresh_token'],
      pkceOptional: true,
    });
    const { status } = await logins.login(server, project.person, { codeChallengeMethod: 'S256' });
    expect(status).toBe(200);
    expect(
      said(await logins.login(server, project.person, { codeChallenge: 'x', codeChallengeMethod: 'S512' })),
    ).toEqual([400, 'Invalid code challenge', 'code_challenge_method']);
  });

  it.each([
    ['W-243 W-265 a client id that is no UUID', { clientId: 'not-a-uuid' }, [404, 'Not found']],
    ['W-243 W-266 an unknown client id', { clientId: newId(Date.now()) }, [404, 'Not found']],
    ['W-244 W-267 no address', { email: undefined }, [400, 'Valid email address is required', 'email']],
    ['W-267 no valid address', { email: 'nobody' }, [400, 'Valid email address is required', 'email']],
    [
      'W-268 no password',
      { password: undefined },
      [400, 'Invalid password, must be at least 8 characters', 'password'],
    ],
    [
      'W-245 an empty password',
      { password: '' },
      [400, 'Invalid password, must be at least 8 characters', 'password'],
    ],
    ['a wrong password', wrong, [400, 'Email or password is invalid']],
    ['W-246 an unknown person', { email: 'nobody@clinic.example' }, [400, 'Email or password is invalid']],
    [
      'SMT-12 a scope about a patient for whoever is none',
      { scope: 'openid patient/*.rs' },
      [400, 'Invalid scope', 'scope'],
    ],
    ['an unknown launch', { launch: newId(Date.now()) }, [404, 'Not found', 'launch']],
    ['a project that is none', { projectId: 'x' }, [400, 'Invalid projectId', 'projectId']],
    ['W-273 a new project', { projectId: 'new' }, [400, 'Registration is disabled', 'projectId']],
    ['a password that is no text', { password: 7 }, [400, '"password" must be text.', 'password']],
    ['an oversized password', { password: 'x'.repeat(9000) }, [400, '"password" is too long.', 'password']],
    [
      'a remember that is no flag',
      { remember: 'yes' },
      [400, '"remember" must be true or false.', 'remember'],
    ],
  ])('F13 %s is refused, never with 401', async (_, change, expected) => {
    const { email, password } = project.person;
    const answer = await logins.post('auth/login', { email, password, clientId: project.app.id, ...change });
    expect(said(answer)).toEqual(expected);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('www-authenticate')).toBeNull();
  });

  it("W-270 a project that is not the client's is refused; its own is accepted", async () => {
    const other = await logins.login(project.app, project.person, { projectId: world.other.id });
    expect(said(other)).toEqual([400, 'Invalid projectId', 'projectId']);
    expect((await logins.login(project.app, project.person, { projectId: project.id })).status).toBe(200);
  });

  it("W-250 F25 without a scope the client's default is asked for, else openid; remember adds a refresh token", async () => {
    const plain = (await (await logins.begin(project.app, project.person, { scope: '' })).redeem()).body;
    expect([plain.scope, plain.refresh_token]).toEqual(['openid', undefined]);
    const asked = await logins.begin(project.app, project.person, { scope: 'openid email', remember: true });
    const kept = (await asked.redeem()).body;
    expect([kept.scope, typeof kept.refresh_token]).toEqual(['openid email offline_access', 'string']);
  });

  it('W-278 the case of the address does not matter', async () => {
    const { email, password } = project.person;
    expect((await logins.login(project.app, { email: email.toUpperCase(), password })).status).toBe(200);
  });

  it('W-279 W-280 a person without a live membership here is told so only with the right password', async () => {
    const person = await world.addPerson(project.id);
    const gone = await world.addClient(world.other.id, { name: 'Elsewhere' });
    expect(said(await logins.login(gone, person))).toEqual([400, 'Email or password is invalid']);
    const { app } = world;
    await app
      .get(Db)
      .tx((tx) => app.get(MembershipsService).deactivate(tx, actor, project.id, person.membershipId));
    expect(said(await logins.login(project.app, person))).toEqual([400, 'User not found']);
    expect(said(await logins.login(project.app, { ...person, ...wrong }))).toEqual([
      400,
      'Email or password is invalid',
    ]);
  });

  it.each(['Practitioner', 'Patient'])(
    'W-277 with resourceType %s a person with several gets a code',
    async (type) => {
      const { redeem } = await logins.begin(project.app, several, { resourceType: type });
      expect((await redeem()).body.profile.reference).toMatch(new RegExp(`^${type}/`));
    },
  );

  it('a client that is switched off, and one of a project that is, are not found', async () => {
    const { id } = await world.addClient(project.id, { name: 'Off' });
    const { ClientsService } = await import('../../src/clients/clients.service.js');
    await world.app.get(Db).tx((tx) => world.app.get(ClientsService).deactivate(tx, actor, project.id, id));
    expect(said(await logins.login({ id }, project.person))).toEqual([404, 'Not found']);
  });
});

describe('F8 a login without a client', () => {
  it('W-272 belongs to the built-in client, which the token request need not name', async () => {
    const { verifier, challenge: codeChallenge } = newPkce();
    const { status, body } = await logins.login({ id: '' }, project.person, {
      projectId: project.id,
      codeChallenge,
      codeChallengeMethod: 'S256',
      scope: 'openid offline_access',
    });
    expect(status).toBe(200);
    const form = { grant_type: 'authorization_code', client_id: '', redirect_uri: '' };
    const tokens = await world.agent.token({ ...form, code: body.code, code_verifier: verifier });
    expect(tokens.status).toBe(200);
    const refresh = { grant_type: 'refresh_token', client_id: '', refresh_token: tokens.body.refresh_token };
    expect((await world.agent.token(refresh)).status).toBe(200);
  });

  it('without a project means people of the server only', async () => {
    expect(said(await logins.login(undefined, project.person))).toEqual([
      400,
      'Email or password is invalid',
    ]);
  });

  it('F89 is refused to pages of other origins, whatever project they belong to', async () => {
    const answer = await logins.login(
      undefined,
      project.person,
      { projectId: project.id },
      {
        origin: 'https://app.example',
      },
    );
    expect(said(answer)).toEqual([400, 'Invalid origin']);
  });
});

describe('choosing a membership', () => {
  it('W-403 F117 several memberships are listed with project, profile and label, and no code', async () => {
    const { status, body } = await logins.login(project.app, several);
    expect(status).toBe(200);
    expect(body).toEqual({
      login: expect.stringMatching(/^[\w-]{43}$/),
      memberships: [
        {
          id: several.membershipId,
          project: { reference: `Project/${project.id}`, display: 'North clinic' },
          profile: {
            reference: expect.stringMatching(/^Practitioner\/[\da-f-]{36}$/),
            display: expect.stringMatching(/^Ada Quill/),
          },
        },
        expect.objectContaining({
          id: several.patient,
          identifier: [{ system: 'https://medplum.com/identifier/label', value: 'As a patient' }],
        }),
      ],
    });
  });

  it('W-413 F17 the choice leads to a code; every answer brings a new one and voids the one before', async () => {
    const { login, redeem } = await logins.begin(project.app, several);
    const { code } = (await logins.profile(login, several.patient)).body;
    const status = await logins.status(login);
    expect(status.body).toEqual({ login, code: expect.any(String) });
    expect(status.body.code).not.toBe(code);
    expect((await redeem(code)).body.error).toBe('invalid_grant');
    const tokens = await redeem(status.body.code);
    expect(tokens.body.profile.reference).toMatch(/^Patient\//);
  });

  it('W-413 the status of a login before the choice lists the memberships', async () => {
    const { login, memberships } = await logins.begin(project.app, several);
    expect((await logins.status(login)).body).toEqual({ login, memberships });
  });

  it.each([
    ['W-397 no login', { profile: newId(0) }, [400, 'Missing login', 'login']],
    ['W-397 no profile', { login: newSecret() }, [400, 'Missing profile', 'profile']],
    ['W-398 an unknown login', { login: newSecret(), profile: newId(0) }, [404, 'Not found']],
    ['a login that is no handle', { login: newId(0), profile: newId(0) }, [404, 'Not found']],
  ])('%s is refused', async (_, body, expected) => {
    expect(said(await logins.post('auth/profile', body))).toEqual(expected);
  });

  it('W-400 W-401 unknown and foreign memberships are refused in the same words', async () => {
    const { login } = await logins.begin(project.app, several);
    for (const id of [newId(Date.now()), project.person.membershipId, world.other.person.membershipId, 'x']) {
      expect(said(await logins.profile(login, id))).toEqual([400, 'Profile not found', 'profile']);
    }
    expect((await logins.profile(login, several.patient)).status).toBe(200);
  });

  it('W-399 a membership is chosen once', async () => {
    const { login } = await logins.begin(project.app, several);
    await logins.profile(login, several.patient);
    expect(said(await logins.profile(login, several.membershipId))).toEqual([
      400,
      'Login profile already set',
    ]);
    expect(
      said(await logins.profile((await logins.begin(project.app, project.person)).login, newId(0))),
    ).toEqual([400, 'Login profile already set']);
  });

  it('two choices at once: one is made', async () => {
    const { login } = await logins.begin(project.app, several);
    const both = await Promise.all(
      [several.patient, several.membershipId].map((id) => logins.profile(login, id)),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
  });
});

describe('choosing scopes', () => {
  const asked = { scope: 'openid profile email offline_access' };

  it('W-407 F17 the scopes that were asked for lead to a fresh code', async () => {
    const { login, code, redeem } = await logins.begin(project.app, project.person, asked);
    const answer = await logins.scope(login, asked.scope);
    expect(answer.body).toEqual({ login, code: expect.any(String) });
    expect((await redeem(code)).body.error).toBe('invalid_grant');
    expect((await redeem(answer.body.code)).body.scope).toBe(asked.scope);
  });

  it('F30 fewer are granted as ticked, the login remembers what was asked for, and nothing comes back', async () => {
    const { login, redeem } = await logins.begin(project.app, project.person, asked);
    await logins.scope(login, 'openid email');
    const { code } = (await logins.scope(login, asked.scope)).body;
    const tokens = (await redeem(code)).body;
    expect([tokens.scope, tokens.refresh_token]).toEqual(['openid email', undefined]);
    const { login_id: id } = decodeJwt(tokens.access_token);
    expect(await world.app.get(LoginsService).find(id as never)).toMatchObject({
      scope: 'openid email',
      requestedScope: asked.scope,
    });
  });

  it.each([
    ['W-404 no login', { scope: 'openid' }, [400, 'Missing login', 'login']],
    ['W-404 no scope', { login: newSecret(), scope: '' }, [400, 'Missing scope', 'scope']],
    ['W-404 an unknown login', { login: newSecret(), scope: 'openid' }, [404, 'Not found']],
  ])('%s is refused', async (_, body, expected) => {
    expect(said(await logins.post('auth/scope', body))).toEqual(expected);
  });

  it('W-406 before a membership is chosen there is nothing to choose', async () => {
    const { login } = await logins.begin(project.app, several);
    expect(said(await logins.scope(login, 'openid'))).toEqual([400, 'Login profile not set']);
  });

  it('W-408 a scope that was not asked for is refused, and the code before still works', async () => {
    const { login, redeem } = await logins.begin(project.app, project.person, { scope: 'openid' });
    expect(said(await logins.scope(login, 'openid email'))).toEqual([400, 'Invalid scope', 'scope']);
    expect((await redeem()).status).toBe(200);
  });
});

describe('F36 F62 the credential of an unfinished login', () => {
  it('W-399 W-405 W-414 is dead once a code was redeemed', async () => {
    const { login, redeem } = await logins.begin(project.app, project.person);
    expect((await redeem()).status).toBe(200);
    expect(said(await logins.status(login))).toEqual([400, 'Login granted']);
    expect(said(await logins.scope(login, 'openid'))).toEqual([400, 'Login granted']);
    expect(said(await logins.profile(login, several.patient))).toEqual([400, 'Login granted']);
  });

  it('W-399 W-405 W-414 is dead once the login was revoked', async () => {
    const { login } = await logins.begin(project.app, several);
    const { app } = world;
    const none = { login: null, session: null };
    await app
      .get(Db)
      .tx((tx) => app.get(LoginEndingsService).revokeOfUser(tx, several.userId, 'test', null, none));
    expect(said(await logins.status(login))).toEqual([400, 'Login revoked']);
    expect(said(await logins.scope(login, 'openid'))).toEqual([400, 'Login revoked']);
    expect(said(await logins.profile(login, several.patient))).toEqual([400, 'Login revoked']);
  });

  it('W-412 a status needs one that could exist', async () => {
    expect(said(await logins.status('not-a-handle'))).toEqual([400, 'Invalid login', 'login']);
    expect((await world.agent.get('auth/login/')).status).toBe(404);
    expect(said(await logins.status(newSecret()))).toEqual([404, 'Not found']);
  });

  it('a text that is no Unicode is refused by name', async () => {
    const answer = await logins.login(project.app, project.person, { nonce: '\ud800' });
    expect(said(answer)).toEqual([400, expect.stringContaining('"nonce"'), 'nonce']);
  });

  it('is not the id of the login, which opens nothing', async () => {
    const { redeem } = await logins.begin(project.app, project.person);
    const { login_id: id } = decodeJwt((await redeem()).body.access_token);
    expect(said(await logins.status(String(id)))).toEqual([400, 'Invalid login', 'login']);
    expect(said(await logins.scope(String(id), 'openid'))).toEqual([404, 'Not found']);
  });

  it('200 steps and redemptions at once lead to one token answer', async () => {
    const { login, redeem } = await logins.begin(project.app, project.person);
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, turn) => {
        if (turn % 2) return (await redeem()).status;
        const { body } = await logins.scope(login, 'openid');
        return body.code ? (await redeem(body.code)).status : 0;
      }),
    );
    expect(answers.filter((status) => status === 200)).toHaveLength(1);
    expect(said(await logins.status(login))).toEqual([400, 'Login granted']);
  });

  it('ends after 15 minutes', async () => {
    const { login } = await logins.begin(project.app, several);
    world.app.clock.advance(15 * 60_000 + 1);
    expect(said(await logins.status(login))).toEqual([404, 'Not found']);
  });
});

describe('F54 the session cookie', () => {
  const cookie = (answer: { headers: Headers }) => answer.headers.getSetCookie();

  it('is set where no origin or our own is named, with the code and not before', async () => {
    const own = { origin: new URL(world.app.baseUrl).origin };
    for (const headers of [undefined, own]) {
      const [set, ...others] = cookie(await logins.login(project.app, project.person, {}, headers));
      expect(set).toMatch(/^carekey-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
      expect(others).toEqual([]);
    }
    const open = await logins.login(project.app, several);
    expect(cookie(open)).toEqual([]);
    expect(cookie(await logins.profile(open.body.login, several.patient))).toHaveLength(1);
    expect(cookie(await logins.status(open.body.login))).toEqual([]);
  });

  it('is set for no other origin, at no step', async () => {
    const headers = { origin: 'https://app.example' };
    expect(cookie(await logins.login(project.app, project.person, {}, headers))).toEqual([]);
    const open = await logins.login(project.app, several, {}, headers);
    expect(cookie(await logins.profile(open.body.login, several.patient, headers))).toEqual([]);
  });

  it('is not read: the session of another person changes nothing', async () => {
    const [set] = cookie(await logins.login(project.app, project.admin));
    const headers = { cookie: set!.split(';')[0]! };
    const { status } = await logins.login(project.app, { ...project.person, ...wrong }, {}, headers);
    expect(status).toBe(400);
  });
});

describe('F89 from where and whose passwords an app may take', () => {
  let client: WorldClient;
  const origin = 'https://app.example';

  it('W-281 no origin and those of the client are accepted', async () => {
    expect((await logins.login(project.app, project.person)).status).toBe(200);
    expect((await logins.login(project.app, project.person, {}, { origin })).status).toBe(200);
  });

  it.each(['https://evil.example', 'null', 'https://app.example.evil.example', 'http://app.example', ''])(
    'W-282 origin %p is refused before the password is looked at',
    async (foreign) => {
      const answer = await logins.login(project.app, project.person, {}, { origin: foreign });
      expect(said(answer)).toEqual([400, 'Invalid origin']);
    },
  );

  it('an app that may take none is refused, whoever signs in', async () => {
    client = await world.addClient(project.id, { name: 'Third', directSignIn: 'none' });
    for (const person of [project.person, { ...project.person, ...wrong }])
      expect(said(await logins.login(client, person))).toEqual([
        403,
        expect.stringMatching(/may not take passwords/),
      ]);
  });

  it('W-247 a person without a password is refused like a wrong password', async () => {
    const email = 'no-password@clinic.example';
    const { app } = world;
    await app.get(Db).tx((tx) =>
      app.get(OnboardingService).addPerson(tx, actor, project.id, {
        email,
        givenName: 'Nora',
        familyName: 'Quill',
        profileType: 'Patient',
        scope: 'project',
      }),
    );
    expect(said(await logins.login(project.app, { email, ...wrong }))).toEqual([
      400,
      'Email or password is invalid',
    ]);
  });
});

describe('the record of it', () => {
  const recorded = async (type: AuditEventType) => {
    const rows = await world.app
      .get(Db)
      .read((tx) =>
        world.app.get(AuditService).page(tx, { projectId: project.id, types: [type], limit: 100 }),
      );
    return rows.map(({ outcome, detail }) => ({ outcome, detail }));
  };

  it('says each step, allowed and refused', async () => {
    const { login } = await logins.begin(project.app, several);
    await logins.profile(login, newId(0));
    await logins.profile(login, several.patient);
    await logins.scope(login, 'email');
    await logins.scope(login, 'openid');
    await logins.login(project.app, project.person, wrong);
    expect(await recorded('login.profile-chosen')).toEqual(
      expect.arrayContaining([
        { outcome: 'refused', detail: { reason: 'profile-not-found' } },
        { outcome: 'success', detail: { scope: 'openid' } },
      ]),
    );
    expect(await recorded('login.scope-chosen')).toEqual(
      expect.arrayContaining([
        { outcome: 'refused', detail: { reason: 'invalid-scope' } },
        { outcome: 'success', detail: { scope: 'openid' } },
      ]),
    );
    expect(await recorded('sign-in.password')).toEqual(
      expect.arrayContaining([
        { outcome: 'refused', detail: expect.objectContaining({ reason: 'wrong' }) },
        { outcome: 'success', detail: null },
      ]),
    );
  });
});

describe('guessing', () => {
  it('V09 V23 ASVS-6.3.1 of 200 parallel guesses exactly as many are checked as the budget has', async () => {
    const person = await world.addPerson(project.id);
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => logins.login(project.app, { ...person, ...wrong })),
    );
    const checked = answers.filter(({ status }) => status === 400);
    const refused = answers.filter(({ status }) => status === 429);
    // A machine that is busy turns some away before anything is counted.
    const busy = answers.filter(({ status }) => status === 503);
    expect([checked.length, refused.length + busy.length]).toEqual([10, 190]);
    expect(said(refused[0]!)).toEqual([429, 'Too Many Requests']);
    expect(refused[0]!.headers.get('ratelimit')).toMatch(/^"requests";r=0;t=\d+$/);
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThanOrEqual(3);
    expect((await logins.login(project.app, person)).status).toBe(429);
    const { browser, form } = await signInPage();
    const page = await browser.submit(form, { email: person.email, password: person.password });
    expect([page.status, await page.text()]).toEqual([429, expect.stringMatching(/wait|later/i)]);
  });

  /** The hosted page of the same project: the budget is one for both. */
  async function signInPage() {
    const browser = new BrowserAgent(world.app.baseUrl);
    const page = await browser.get(`/signin?project=${project.id}`);
    return { browser, form: formTo(await page.text(), '/signin') };
  }

  it('F26 ASVS-6.3.8 unknown, deactivated, foreign and wrong are answered in the same bytes', async () => {
    const person = await world.addPerson(project.id);
    const off = await world.addPerson(project.id);
    const { app } = world;
    await app.get(Db).tx((tx) => app.get(UsersService).deactivate(tx, actor, project.id, off.userId));
    const attempts = [
      { ...person, ...wrong },
      off,
      world.other.person,
      { email: 'nobody@clinic.example', ...wrong },
    ];
    const bodies = await Promise.all(
      attempts.map(async (attempt) => {
        const { status, body } = await logins.login(project.app, attempt);
        return JSON.stringify({ status, ...body, extension: undefined });
      }),
    );
    expect(new Set(bodies).size).toBe(1);
  });
});

describe('GET /auth/clientinfo', () => {
  it('W-447 says what the client has, and nothing where there is nothing', async () => {
    const { id } = await world.addClient(project.id, {
      name: 'Portal',
      welcomeString: 'Welcome to the North clinic',
      logoUrl: 'https://north.example/logo.svg',
    });
    expect(await world.agent.get(`auth/clientinfo/${id}`)).toMatchObject({
      status: 200,
      body: { welcomeString: 'Welcome to the North clinic', logo: { url: 'https://north.example/logo.svg' } },
    });
    expect((await world.agent.get(`auth/clientinfo/${project.app.id}`)).body).toEqual({});
  });

  it.each(['x', newId(0)])('W-447 %s is not found', async (id) => {
    expect(said(await world.agent.get(`auth/clientinfo/${id}`))).toEqual([404, 'Not found']);
  });
});
