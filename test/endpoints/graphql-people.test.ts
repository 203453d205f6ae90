import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { newSecret } from '../../src/kernel/secrets.js';
import { BrowserSignInService } from '../../src/logins/browser-sign-in.service.js';
import { MembershipsService } from '../../src/memberships/memberships.service.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';

let world: AdminWorld;
beforeAll(async () => {
  world = await startAdminWorld();
});
afterAll(() => world.close());

const password = 'violet harbor lantern 42';
let people = 0;
const newEmail = () => `person-of-api-${++people}@example.org`;

const createUser = `mutation($input: CreateUserInput!) { createUser(input: $input) { membership {
  id state active admin version explain profile { reference resourceType display } accessPolicy { name }
  user { id scope email givenName familyName active claimedAt createdAt version explain } } } }`;

const person = (more: object = {}) => ({
  input: { email: newEmail(), givenName: 'Grace', familyName: 'Hill', profileType: 'Practitioner', ...more },
});

describe('a person from invitation to the end of access', () => {
  it('ASVS-7.4.5 is made with profile and default policy, signs in, and every way of ending access bites at once', async () => {
    const wanted = person({ password, membership: { label: 'Night shift', externalId: 'N-1' } });
    const { data } = await world.graphql('admin', createUser, wanted);
    const { membership } = data.createUser;
    expect(membership).toMatchObject({
      state: 'ACTIVE',
      active: true,
      admin: false,
      profile: { resourceType: 'Practitioner', display: 'Grace Hill' },
      accessPolicy: { name: 'Default for practitioners' },
      user: { scope: 'PROJECT', email: wanted.input.email, givenName: 'Grace', active: true },
    });
    const signIn = async () => {
      const answer = await world.agent.codeFlow(world.project.app, { email: wanted.input.email, password });
      expect(answer.status).toBe(200);
      return answer.body.access_token as string;
    };
    const works = async (token: string) => (await world.graphql({ token }, '{ me { kind } }')).status === 200;
    const act = async (mutation: string, input: object) => {
      const { errors } = await world.graphql('admin', `mutation($input: ${mutation}`, { input });
      expect(errors).toEqual([]);
    };

    let token = await signIn();
    const { data: told } = await world.graphql(
      { token },
      '{ me { kind email profile projectId admin superAdmin scopes clientName loginId explain } }',
    );
    expect(told.me).toMatchObject({
      kind: 'USER',
      email: wanted.input.email,
      profile: membership.profile.reference,
      projectId: world.project.id,
      admin: false,
      superAdmin: false,
      scopes: expect.arrayContaining(['openid', 'profile', 'email']),
    });

    await act('LoginIdInput!) { revokeLogin(input: $input) { login { revokedAt explain } } }', {
      id: told.me.loginId,
    });
    expect(await works(token)).toBe(false);

    token = await signIn();
    const ofMembership = { membershipId: membership.id };
    await act(
      'RevokeMembershipLoginsInput!) { revokeMembershipLogins(input: $input) { revoked } }',
      ofMembership,
    );
    expect(await works(token)).toBe(false);

    for (const [noun, id] of [
      ['Membership', membership.id],
      ['User', membership.user.id],
      ['Client', world.project.app.id],
    ]) {
      token = await signIn();
      const field = noun.toLowerCase();
      await act(`${noun}IdInput!) { deactivate${noun}(input: $input) { ${field} { active explain } } }`, {
        id,
      });
      expect(await works(token)).toBe(false);
      await act(`${noun}IdInput!) { activate${noun}(input: $input) { ${field} { active explain } } }`, {
        id,
      });
      expect(await works(await signIn())).toBe(true);
    }

    token = await signIn();
    const { data: live } = await world.graphql(
      'admin',
      `{ sessions(userId: "${membership.user.id}") { edges { node { id vouchedBy amr } } } }`,
    );
    expect(live.sessions.edges[0].node).toMatchObject({ vouchedBy: 'PERSON', amr: ['pwd'] });
    const session = { id: live.sessions.edges[0].node.id, userId: membership.user.id };
    await act('EndSessionInput!) { endSession(input: $input) { endedId } }', session);
    expect(await works(token)).toBe(false);

    token = await signIn();
    await act('EndAllSessionsInput!) { endAllSessions(input: $input) { userId } }', {
      userId: membership.user.id,
    });
    expect(await works(token)).toBe(false);

    token = await signIn();
    await act('MembershipIdInput!) { removeMembership(input: $input) { removedId } }', { id: membership.id });
    expect(await works(token)).toBe(false);
  });

  it('a session that belongs to somebody else is not found under the wrong name', async () => {
    const { data } = await world.graphql('admin', createUser, person({ password }));
    const { user } = data.createUser.membership;
    await world.agent.codeFlow(world.project.app, { email: user.email, password });
    const { data: live } = await world.graphql(
      'admin',
      `{ sessions(userId: "${user.id}") { edges { node { id } } } }`,
    );
    const input = { id: live.sessions.edges[0].node.id, userId: world.project.person.userId };
    const { errors } = await world.graphql(
      'admin',
      'mutation($input: EndSessionInput!) { endSession(input: $input) { endedId } }',
      { input },
    );
    expect(errors[0]?.extensions.code).toBe('NOT_FOUND');
  });

  it('whoever ended something is named in the record', async () => {
    const { data: asked } = await world.graphql('admin', '{ me { membershipId clientId } }');
    const { data } = await world.graphql(
      'admin',
      '{ auditRecords(types: [LOGIN_REVOKED, SESSION_ENDED, USER_CHANGED, MEMBERSHIP_REMOVED], first: 100) { edges { node { type clientId membershipId actorKind outcome } } } }',
    );
    const records = data.auditRecords.edges.map(({ node }: { node: object }) => node);
    // What follows from an end is done by the server's own worker, some time later.
    const acts = records.filter(({ actorKind }: { actorKind: string }) => actorKind !== 'SYSTEM');
    expect(new Set(acts.map(({ type }: { type: string }) => type)).size).toBe(4);
    for (const record of acts)
      expect(record).toMatchObject({ actorKind: 'CLIENT', outcome: 'SUCCESS', ...asked.me });
  });

  it('F94 an account that a hundred failures closed says so, and is opened by unlockUser', async () => {
    const { userId, ...who } = world.project.person;
    const signIn = (ip: string, given: string) =>
      world.app.get(BrowserSignInService).withPassword(
        {
          ...systemActor('test'),
          kind: 'anonymous',
          request: { requestId: 'test', ip, userAgent: undefined },
        },
        {
          email: who.email,
          password: given,
          projectId: world.project.id,
          previous: undefined,
          browser: newSecret(),
        },
      );
    const lockout = async () => {
      const { data } = await world.graphql('admin', `{ user(id: "${userId}") { lockedOut explain } }`);
      return [data.user.lockedOut, data.user.explain.some((one: string) => one.includes('unlockUser'))];
    };
    for (let at = 0; at < 99; at++) await signIn(`198.51.100.${at}`, 'wrong wrong wrong');
    expect(await lockout()).toEqual([false, false]);
    for (let at = 99; at < 101; at++) await signIn(`198.51.100.${at}`, 'wrong wrong wrong');
    expect(await lockout()).toEqual([true, true]);
    expect(await signIn('203.0.113.1', who.password)).toMatchObject({ ok: false, reason: 'too-many' });
    const unlock = 'mutation($input: UserIdInput!) { unlockUser(input: $input) { user { id } } }';
    expect((await world.graphql('admin', unlock, { input: { id: userId } })).errors).toEqual([]);
    expect(await lockout()).toEqual([false, false]);
    expect(await signIn('203.0.113.2', who.password)).toMatchObject({ ok: true });
  });
});

describe('server-scoped people (rulings 23, 24)', () => {
  const invite = (email: string, names: object = {}) =>
    world.graphql('admin', createUser, person({ email, scope: 'SERVER', ...names }));

  it('F60 F107 the answer does not tell whether the address had an account', async () => {
    const known = newEmail();
    await world.graphql('super', createUser, {
      input: {
        ...person().input,
        email: known,
        givenName: 'Real',
        scope: 'SERVER',
        projectId: world.other.id,
      },
    });
    const before = await invite(known, { givenName: 'Typed' });
    const fresh = await invite(newEmail(), { givenName: 'Typed' });
    for (const { data } of [before, fresh]) {
      expect(data.createUser.membership).toMatchObject({
        state: 'PENDING',
        user: null,
        profile: { display: 'Typed Hill' },
      });
    }
    expect(Object.keys(before.data.createUser.membership)).toEqual(
      Object.keys(fresh.data.createUser.membership),
    );
    expect(before.data.createUser.membership.explain).toEqual(fresh.data.createUser.membership.explain);
    const told = await world.graphql(
      'admin',
      '{ memberships(first: 100) { edges { node { state user { id scope } } } } auditRecords(first: 100) { edges { node { target detail { name value } } } } users(first: 100) { edges { node { email } } } }',
    );
    const { data: server } = await world.graphql(
      'super',
      '{ users(scope: SERVER) { edges { node { id email givenName } } } }',
    );
    expect(server.users.edges.map(({ node }: { node: { email: string } }) => node.email)).toContain(known);
    for (const { node } of server.users.edges) expect(JSON.stringify(told.data)).not.toContain(node.id);
  });

  it('F61 a project admin acts on the membership, and on nothing else of the person', async () => {
    const email = newEmail();
    const { data } = await invite(email);
    const { membership } = data.createUser;
    const { data: server } = await world.graphql(
      'super',
      `{ membership(id: "${membership.id}", projectId: "${world.project.id}") { user { id version } } }`,
    );
    const { id, version } = server.membership.user;
    await world.app
      .get(Db)
      .tx((tx) => world.app.get(MembershipsService).accept(tx, systemActor('test'), membership.id));

    const { data: seen } = await world.graphql(
      'admin',
      `{ membership(id: "${membership.id}") { state user { id scope email givenName familyName active emailVerified claimedAt createdAt updatedAt version explain } } }`,
    );
    const hidden = [
      'givenName',
      'familyName',
      'active',
      'emailVerified',
      'claimedAt',
      'createdAt',
      'updatedAt',
      'version',
    ];
    expect(seen.membership).toEqual({
      state: 'ACTIVE',
      user: {
        id,
        scope: 'SERVER',
        email,
        explain: [expect.stringContaining('belongs to the person')],
        ...Object.fromEntries(hidden.map((name) => [name, null])),
      },
    });

    for (const [mutation, input] of [
      ['editUser(input: $input) { user { id } }', { type: 'EditUserInput', id, version, givenName: 'Mine' }],
      ['deactivateUser(input: $input) { user { id } }', { type: 'UserIdInput', id }],
      ['activateUser(input: $input) { user { id } }', { type: 'UserIdInput', id }],
      ['unlockUser(input: $input) { user { id } }', { type: 'UserIdInput', id }],
      ['endAllSessions(input: $input) { userId }', { type: 'EndAllSessionsInput', userId: id }],
      [
        'createMembership(input: $input) { membership { id } }',
        { type: 'CreateMembershipInput', userId: id, profileType: 'Practitioner', another: true },
      ],
    ] as const) {
      const { type, ...fields } = input;
      const run = (scope: object) =>
        world.graphql('admin', `mutation($input: ${type}!) { ${mutation} }`, {
          input: { ...fields, ...scope },
        });
      expect((await run({})).errors[0]?.extensions.code).toBe('NOT_FOUND');
      const server = type === 'CreateMembershipInput' ? { userScope: 'SERVER' } : { scope: 'SERVER' };
      expect((await run(server)).errors[0]?.extensions.code).toBe('FORBIDDEN');
    }
    const reads = [`{ user(id: "${id}") { id } }`, `{ sessions(userId: "${id}") { edges { cursor } } }`];
    for (const query of reads)
      expect((await world.graphql('admin', query)).errors[0]?.extensions.code).toBe('NOT_FOUND');

    const label =
      'mutation($input: EditMembershipInput!) { editMembership(input: $input) { membership { label } } }';
    const edit = { id: membership.id, version: membership.version + 1, changes: { label: 'Ours' } };
    expect((await world.graphql('admin', label, { input: edit })).data.editMembership.membership.label).toBe(
      'Ours',
    );
  });

  it('a super admin looks after the account itself', async () => {
    const email = newEmail();
    await invite(email);
    const { data } = await world.graphql(
      'super',
      '{ users(scope: SERVER, first: 100) { edges { node { id email version explain } } } }',
    );
    const { node } = data.users.edges.find((edge: { node: { email: string } }) => edge.node.email === email);
    expect(node.explain.join(' ')).toContain('Nobody has proved the address yet');
    const { data: edited, errors } = await world.graphql(
      'super',
      'mutation($input: EditUserInput!) { editUser(input: $input) { user { givenName scope } } }',
      { input: { id: node.id, version: node.version, scope: 'SERVER', givenName: 'Proper' } },
    );
    expect(errors).toEqual([]);
    expect(edited.editUser.user).toEqual({ givenName: 'Proper', scope: 'SERVER' });
  });

  it('a password for a server-scoped person is refused', async () => {
    const { errors } = await world.graphql('admin', createUser, person({ scope: 'SERVER', password }));
    expect(errors[0]?.extensions).toMatchObject({
      reason: 'password-needs-project-scope',
      field: 'password',
    });
  });
});
