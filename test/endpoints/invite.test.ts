import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Db } from '../../src/kernel/db.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { BrowserAgent, formTo } from '../helpers/browser-agent.js';
import { LoginAgent, said } from '../helpers/login-agent.js';
import { type Mailbox, startMailbox } from '../helpers/mailbox.js';
import type { JsonAnswer } from '../helpers/oauth-agent.js';

let world: AdminWorld;
let mailbox: Mailbox;
let logins: LoginAgent;
beforeAll(async () => {
  mailbox = await startMailbox();
  world = await startAdminWorld({ env: mailbox.env });
  logins = new LoginAgent(world.agent);
});
afterAll(async () => {
  await world.close();
  await mailbox.close();
});

const password = 'amber kettle window 73';
const newEmail = () => `guest-${randomUUID()}@example.org`;
const practitioner = (email = newEmail(), more: object = {}) => ({
  resourceType: 'Practitioner',
  firstName: 'Mira',
  lastName: 'Quill',
  email,
  ...more,
});

/** Invites as an admin of the first project, or with another token. */
function invite(
  body: object,
  token = world.tokens.admin,
  project: string = world.project.id,
): Promise<JsonAnswer> {
  return logins.post(`admin/projects/${project}/invite`, body, { authorization: `Bearer ${token}` });
}

/** The two parts of a link in a mail. */
function partsOf(link: string | undefined): { id: string; secret: string } {
  const [, id = '', secret = ''] = /\/setpassword\/([^/]+)\/([^/]+)$/.exec(link ?? '') ?? [];
  return { id, secret };
}

const setPassword = (link: string | undefined, more: object = {}) =>
  logins.post('auth/setpassword', { ...partsOf(link), password, ...more });

const signIn = (email: string, more: object = {}) =>
  logins.login(world.project.app, { email, password }, more);

const mailsTo = (email: string) => mailbox.mails.filter(({ to }) => to === email);

/** What was mailed once everything that was to be mailed has left: a mail that is sent after it has come. */
async function afterEveryMail(): Promise<void> {
  const email = newEmail();
  await invite(practitioner(email));
  await mailbox.next(email);
}

const resources = async (token: string, search: string) =>
  (await world.agent.get(`fhir/R4/${search}`, { authorization: `Bearer ${token}` })).body;

describe('POST /admin/projects/{id}/invite', () => {
  it('W-448 W-449 W-463 W-468 W-477 invites somebody new: welcome mail, server-scoped user, inviter, default policy', async () => {
    const email = newEmail();
    const { status, body } = await invite(practitioner(email.toUpperCase()));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      resourceType: 'ProjectMembership',
      active: true,
      admin: false,
      project: { reference: `Project/${world.project.id}` },
      profile: { reference: expect.stringMatching(/^Practitioner\//) },
      invitedBy: { reference: expect.stringMatching(/^ClientApplication\//) },
      accessPolicy: { reference: expect.stringMatching(/^AccessPolicy\//) },
    });
    expect(body.contained).toBeUndefined();
    const mail = await mailbox.next(email);
    expect(mail.link).toMatch(new RegExp(`^${world.app.baseUrl}setpassword/[0-9a-f-]{36}/[\\w-]{43}$`));
    expect((await resources(world.tokens.admin, `User?email=${email}`)).total ?? 0).toBe(0);
    expect(said(await signIn(email))).toEqual([400, 'Email or password is invalid']);
    expect((await setPassword(mail.link)).status).toBe(200);
    const browser = new BrowserAgent(world.app.baseUrl);
    const page = await (await browser.get('/signin')).text();
    await browser.submit(formTo(page, '/signin'), { email, password });
    expect(await (await browser.get('/me')).text()).not.toContain('not accepted yet');
    expect((await browser.get('/me')).status).toBe(200);
  });

  it('W-450 F60 an existing person is told, and the membership waits to be accepted; the answer has the same shape', async () => {
    const known = await world.addServerPerson(world.other.id);
    const fresh = await invite(practitioner());
    const again = await invite(practitioner(known.email));
    expect(Object.keys(again.body).sort()).toEqual(Object.keys(fresh.body).sort());
    const mail = await mailbox.next(known.email);
    expect(mail.link).toBe(`${world.app.baseUrl}signin`);
    const browser = new BrowserAgent(world.app.baseUrl);
    const page = await (await browser.get('/signin')).text();
    await browser.submit(formTo(page, '/signin'), { email: known.email, password: known.password });
    const me = await (await browser.get('/me')).text();
    expect(me).toContain('Accept the invitation of North clinic');
    const accept = formTo(me, '/me/memberships/accept');
    const wanted = { ...accept, fields: { ...accept.fields, membership: again.body.id as string } };
    expect((await browser.submit(wanted)).headers.get('location')).toBe('/me?done=membership');
    expect((await browser.submit(wanted)).headers.get('location')).toBe('/me');
    const { data } = await world.graphql(
      'admin',
      'query($id: ID!) { membership(id: $id) { state user { email } } }',
      { id: again.body.id },
    );
    expect(data.membership).toEqual({ state: 'ACTIVE', user: { email: known.email } });
  });

  it('nobody accepts the invitation of somebody else', async () => {
    const [one, other] = [
      await world.addServerPerson(world.other.id),
      await world.addServerPerson(world.other.id),
    ];
    const { body } = await invite(practitioner(other.email));
    await invite(practitioner(one.email));
    const browser = new BrowserAgent(world.app.baseUrl);
    const page = await (await browser.get('/signin')).text();
    await browser.submit(formTo(page, '/signin'), { email: one.email, password: one.password });
    const form = formTo(await (await browser.get('/me')).text(), '/me/memberships/accept');
    const answer = await browser.submit({ ...form, fields: { ...form.fields, membership: body.id } });
    expect(answer.headers.get('location')).toBe('/me');
    const query = 'query($id: ID!) { membership(id: $id) { state } }';
    expect((await world.graphql('admin', query, { id: body.id })).data.membership.state).toBe('PENDING');
  });

  it('W-452 W-464 W-466 an existing member: 409; upsert changes the same one; another profile is 409; forceNewMembership makes one', async () => {
    const email = newEmail();
    const scope = { scope: 'project' };
    const first = await invite(practitioner(email, scope));
    expect((await invite(practitioner(email, scope))).status).toBe(409);
    const upsert = { ...scope, upsert: true, membership: { admin: true } };
    const changed = await invite(practitioner(email, upsert), world.tokens.super);
    expect(changed.body).toMatchObject({ id: first.body.id, admin: true });
    expect(changed.body.invitedBy).not.toEqual(first.body.invitedBy);
    const created = await invite(practitioner());
    const profile = { membership: { profile: created.body.profile } };
    expect(said(await invite(practitioner(email, { ...upsert, ...profile })))).toEqual([
      409,
      'User is already a member of this project with a different profile',
    ]);
    const label = [{ system: 'https://medplum.com/identifier/label', value: 'Ward 3' }];
    const another = { ...scope, forceNewMembership: true, membership: { identifier: label } };
    const more = await invite(practitioner(email, another));
    expect(more.status).toBe(200);
    expect(more.body.id).not.toBe(first.body.id);
    expect(more.body.user).toEqual(first.body.user);
    expect(more.body.identifier).toEqual(label);
    // The same address at the other scope would be a second person of this name.
    expect((await invite(practitioner(email, { scope: 'server' }))).status).toBe(409);
    expect((await invite(practitioner(email, { scope: 'server', forceNewMembership: true }))).status).toBe(
      200,
    );
  });

  it('W-456 W-457 by externalId: a project-scoped user without an address, no mail; the same id again is 409', async () => {
    const externalId = randomUUID();
    const patient = { resourceType: 'Patient', firstName: 'Ben', lastName: 'Quill', externalId };
    const { status, body } = await invite(patient);
    expect([status, body.externalId, body.contained]).toEqual([200, externalId, undefined]);
    const user = await resources(world.tokens.admin, body.user.reference);
    expect(user).toMatchObject({
      resourceType: 'User',
      project: { reference: `Project/${world.project.id}` },
    });
    expect(user.email).toBeUndefined();
    expect((await invite(patient)).status).toBe(409);
    const elsewhere = await world.adminToken(world.other.id);
    expect((await invite(patient, elsewhere, world.other.id)).status).toBe(200);
  });

  it('W-455 F59 sendEmail false mails nothing; the link is handed out for a project-scoped user of this call only', async () => {
    const email = newEmail();
    const quiet = { sendEmail: false, scope: 'project' };
    const { body } = await invite(practitioner(email, quiet));
    const [link] = body.contained;
    expect(link).toMatchObject({ resourceType: 'UserSecurityRequest', type: 'invite', user: body.user });
    const again = await invite(practitioner(email, { ...quiet, forceNewMembership: true }));
    const ofServer = await invite(practitioner(newEmail(), { sendEmail: false }));
    const withMail = await invite(practitioner(newEmail(), { scope: 'project' }));
    const withPassword = await invite(practitioner(newEmail(), { ...quiet, password }));
    for (const one of [again, ofServer, withMail, withPassword])
      expect([one.status, one.body.contained]).toEqual([200, undefined]);
    const set = await logins.post('auth/setpassword', { id: link.id, secret: link.secret, password });
    expect(set.status).toBe(200);
    expect((await signIn(email, { projectId: world.project.id })).status).toBe(200);
    // Whoever was handed the link proved nothing about the address.
    expect((await resources(world.tokens.admin, body.user.reference)).emailVerified).toBe(false);
    await afterEveryMail();
    expect(mailsTo(email)).toEqual([]);
  });

  it('F59 a password makes the user project-scoped, and is refused with scope server', async () => {
    const email = newEmail();
    const { body } = await invite(practitioner(email, { password }));
    expect(await resources(world.tokens.admin, body.user.reference)).toHaveProperty('project');
    expect((await signIn(email, { projectId: world.project.id })).status).toBe(200);
    const refused = await invite(practitioner(newEmail(), { password, scope: 'server' }));
    expect([refused.status, refused.body.issue[0].expression]).toEqual([400, ['password']]);
    expect((await invite(practitioner(newEmail(), { password: 'short' }))).status).toBe(400);
  });

  it('W-467 W-476 scope project shows the user to the admin; a patient may be invited at server scope', async () => {
    const own = await invite(practitioner(newEmail(), { scope: 'project' }));
    expect(await resources(world.tokens.admin, own.body.user.reference)).toHaveProperty('project');
    const patient = (more: object) => ({ ...practitioner(), resourceType: 'Patient', ...more });
    const ofProject = await invite(patient({}));
    const ofServer = await invite(patient({ scope: 'server' }));
    expect((await resources(world.tokens.admin, ofProject.body.user.reference)).resourceType).toBe('User');
    expect((await resources(world.tokens.admin, ofServer.body.user.reference)).resourceType).toBe(
      'OperationOutcome',
    );
  });

  it('W-460 W-469 admin and access policies are kept as they were given', async () => {
    const created = await world.graphql(
      'admin',
      'mutation { createAccessPolicy(input: { name: "Ward", resource: [{ resourceType: "Patient", criteria: "Patient?_id=%who" }] }) { accessPolicy { id } } }',
    );
    const id: string = created.data.createAccessPolicy.accessPolicy.id;
    const policy = { reference: `AccessPolicy/${id}` };
    const parameter = [{ name: 'who', valueString: 'x' }];
    const { body } = await invite(
      practitioner(newEmail(), {
        membership: { admin: true, accessPolicy: policy, access: [{ policy, parameter }] },
      }),
      world.tokens.super,
    );
    expect(body).toMatchObject({ admin: true, accessPolicy: policy, access: [{ policy, parameter }] });
    const old = await invite(
      practitioner(newEmail(), { accessPolicy: policy, admin: false }),
      world.tokens.super,
    );
    expect(old.body).toMatchObject({ admin: false, accessPolicy: policy });
  });

  it('an inviter cannot grant more than the own access', async () => {
    const make = async (resource: string) => {
      const { data } = await world.graphql(
        'super',
        `mutation($p: ID) { createAccessPolicy(input: { projectId: $p, name: "Some", resource: [${resource}] }) { accessPolicy { id } } }`,
        { p: world.project.id },
      );
      return { reference: `AccessPolicy/${data.createAccessPolicy.accessPolicy.id}` };
    };
    const wide = await make('{ resourceType: "*" }');
    const narrow = await make('{ resourceType: "Patient", interaction: [READ] }');
    const as = (accessPolicy: object) => invite(practitioner(newEmail(), { membership: { accessPolicy } }));
    expect((await as(narrow)).status).toBe(200);
    const refused = await as(wide);
    expect(refused.status).toBe(403);
    expect(refused.body.issue[0].details.text).toContain('reaches further');
    // Whoever looks after the whole server may.
    const bySuper = practitioner(newEmail(), { membership: { accessPolicy: wide } });
    expect((await invite(bySuper, world.tokens.super)).status).toBe(200);
  });

  it('W-462 a super admin invites into the project of the path; for an admin another project does not exist', async () => {
    const there = await invite(practitioner(), world.tokens.super, world.other.id);
    expect(there.body.project).toEqual({ reference: `Project/${world.other.id}` });
    for (const project of [world.other.id, randomUUID(), 'x'])
      expect((await invite(practitioner(), world.tokens.admin, project)).status).toBe(404);
    expect((await invite(practitioner(), world.tokens.super, randomUUID())).status).toBe(404);
  });

  it('W-453 W-459 a member without admin rights is refused, and nobody; a client with them may', async () => {
    const email = newEmail();
    expect((await invite(practitioner(email), world.tokens.member)).status).toBe(403);
    expect((await logins.post(`admin/projects/${world.project.id}/invite`, practitioner(email))).status).toBe(
      401,
    );
    await afterEveryMail();
    expect(mailsTo(email)).toEqual([]);
    expect((await invite(practitioner(email))).status).toBe(200);
  });

  it.each<[string, object, string | RegExp, string | undefined]>([
    ['W-454 no type', { resourceType: undefined }, 'Resource type is required', 'resourceType'],
    ['W-454 no first name', { firstName: '' }, 'First name is required', 'firstName'],
    ['W-454 no last name', { lastName: null }, 'Last name is required', 'lastName'],
    [
      'W-454 neither address nor external id',
      { email: '', scope: 'project' },
      'Either email or externalId is required',
      'email',
    ],
    ['an address that is none', { email: 'mira' }, /e-mail address/, 'email'],
    ['two addresses', { email: 'a@example.org, b@example.org' }, /e-mail address/, 'email'],
    [
      'F98 a name with a line end',
      { firstName: 'Mira\r\nBcc: x@evil.example' },
      /control characters/,
      'givenName',
    ],
    ['a type that is no profile', { resourceType: 'Bot' }, /must be Patient/, 'resourceType'],
    ['a scope that is none', { scope: 'world' }, /project or server/, 'scope'],
    ['text for a flag', { upsert: 'yes' }, /true or false/, 'upsert'],
    ['something unknown', { emial: 'x' }, /emial/, undefined],
    ['a membership that is none', { membership: 'x' }, /object/, 'membership'],
    ['something unknown of a membership', { membership: { userName: 'x' } }, /userName/, undefined],
    ['mfaRequired', { mfaRequired: true }, /setting of the project/, 'mfaRequired'],
    ['W-474 a related person without a patient', { resourceType: 'RelatedPerson' }, /patient/, 'patient'],
    [
      'W-474 a related person of a patient who is not there',
      { resourceType: 'RelatedPerson', patient: { reference: `Patient/${randomUUID()}` } },
      /patient/,
      'patient',
    ],
    [
      'W-470 a policy that does not exist',
      { membership: { accessPolicy: { reference: 'AccessPolicy/01890000-0000-7000-8000-000000000000' } } },
      'Access policy 01890000-0000-7000-8000-000000000000 does not exist',
      'accessPolicy',
    ],
    [
      'W-473 such a policy among several',
      { access: [{ policy: { reference: 'AccessPolicy/01890000-0000-7000-8000-000000000000' } }] },
      /does not exist/,
      'accessPolicy',
    ],
    [
      'a profile that does not exist',
      { membership: { profile: { reference: `Practitioner/${randomUUID()}` } } },
      /^Profile does not belong to project/,
      'membership.profile',
    ],
    [
      'a profile of another type',
      { membership: { profile: { reference: `Patient/${randomUUID()}` } } },
      /^Profile/,
      'membership.profile',
    ],
  ])('refuses %s, and mails nothing', async (_, wrong, sentence, field) => {
    const email = newEmail();
    const answer = await invite({ ...practitioner(email), ...wrong });
    const [status, text, expression] = said(answer);
    expect([status, expression]).toEqual([400, field]);
    if (typeof sentence === 'string') expect(text).toBe(sentence);
    else expect(text).toMatch(sentence);
    expect(mailsTo(email)).toEqual([]);
  });

  it('W-471 a policy or profile of another project is answered like one that does not exist', async () => {
    const { data } = await world.graphql(
      'super',
      'mutation($p: ID) { createAccessPolicy(input: { projectId: $p, name: "Theirs" }) { accessPolicy { id } } }',
      { p: world.other.id },
    );
    const id: string = data.createAccessPolicy.accessPolicy.id;
    const theirs = await invite(practitioner(), world.tokens.super, world.other.id);
    const accessPolicy = { reference: `AccessPolicy/${id}` };
    expect(said(await invite(practitioner(newEmail(), { membership: { accessPolicy } })))).toEqual([
      400,
      `Access policy ${id} does not exist`,
      'accessPolicy',
    ]);
    const { profile } = theirs.body;
    expect(said(await invite(practitioner(newEmail(), { membership: { profile } })))[0]).toBe(400);
  });

  it('W-475 takes the one profile with the address that nobody has; of several it asks which', async () => {
    const email = newEmail();
    const create = () =>
      logins.post(
        'fhir/R4/Practitioner',
        { resourceType: 'Practitioner', telecom: [{ system: 'email', value: email }] },
        { authorization: `Bearer ${world.tokens.admin}` },
      );
    const { body: profile } = await create();
    const first = await invite(practitioner(email));
    expect(first.body.profile.reference).toBe(`Practitioner/${profile.id}`);
    const other = newEmail();
    const both = { resourceType: 'Practitioner', telecom: [{ system: 'email', value: other }] };
    const authorization = `Bearer ${world.tokens.admin}`;
    for (const _ of [1, 2]) await logins.post('fhir/R4/Practitioner', both, { authorization });
    expect((await invite(practitioner(other))).status).toBe(412);
  });

  it('two invitations of one address at once: one person, one membership', async () => {
    const email = newEmail();
    const answers = await Promise.all([1, 2, 3].map(() => invite(practitioner(email))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const elsewhere = await world.adminToken(world.other.id);
    const shared = newEmail();
    const both = await Promise.all([
      invite(practitioner(shared)),
      invite(practitioner(shared), elsewhere, world.other.id),
    ]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(both[0]!.body.user).toEqual(both[1]!.body.user);
  });
});

const show = 'invitation { id state email membershipId explain }';
const inviteBy = (input: object, as: 'admin' | 'super' = 'admin') =>
  world.graphql(
    as,
    `mutation($input: InviteUserInput!) { inviteUser(input: $input) { membership { id state } ${show} link { url } } }`,
    {
      input: { givenName: 'Mira', familyName: 'Quill', profileType: 'Practitioner', ...input },
    },
  );
const change = (
  name: 'resendInvitation' | 'revokeInvitation',
  id: string,
  as: 'admin' | { token: string } = 'admin',
) => world.graphql(as, `mutation($id: ID!) { ${name}(input: { id: $id }) { ${show} } }`, { id });
const stateOf = async (id: string) =>
  (await world.graphql('admin', 'query($id: ID!) { invitation(id: $id) { state } }', { id })).data.invitation
    .state;

describe('invitations in GraphQL', () => {
  it('says what became of one: handed over, opened by the person, accepted', async () => {
    const email = newEmail();
    const { data } = await inviteBy({ email });
    const { id } = data.inviteUser.invitation;
    expect(data.inviteUser.invitation).toMatchObject({ email, membershipId: data.inviteUser.membership.id });
    expect(data.inviteUser.link).toBeNull();
    const { link } = await mailbox.next(email);
    const browser = new BrowserAgent(world.app.baseUrl);
    const page = await (await browser.get(link!)).text();
    expect(page).toContain('North clinic');
    expect(page).not.toContain('type="password"');
    expect(await stateOf(id)).toBe('HANDED_OVER');
    const form = formTo(page, new URL(link!).pathname);
    const opened = await (await browser.submit(form, { action: 'open' })).text();
    expect(await stateOf(id)).toBe('OPENED');
    const done = await browser.submit(formTo(opened, form.action), { password });
    expect([done.status, done.headers.get('location')]).toEqual([303, '/signin?ready=1']);
    expect(await stateOf(id)).toBe('ACCEPTED');
    for (const name of ['resendInvitation', 'revokeInvitation'] as const)
      expect((await change(name, id)).errors[0]!.extensions.reason).toBe('invitation-over');
  });

  it('sends again with a new link: the one before opens nothing', async () => {
    const email = newEmail();
    const { data } = await inviteBy({ email });
    const { id } = data.inviteUser.invitation;
    const first = await mailbox.next(email);
    expect((await change('resendInvitation', id)).data.resendInvitation.invitation.id).toBe(id);
    const second = await mailbox.next(email);
    expect(said(await setPassword(first.link))).toEqual([400, 'Already used']);
    expect((await setPassword(second.link)).status).toBe(200);
  });

  it('takes back: the link opens nothing, the membership is gone', async () => {
    const email = newEmail();
    const { data } = await inviteBy({ email });
    const { invitation, membership } = data.inviteUser;
    const { link } = await mailbox.next(email);
    expect((await change('revokeInvitation', invitation.id)).data.revokeInvitation.invitation.state).toBe(
      'REVOKED',
    );
    expect(said(await setPassword(link))).toEqual([400, 'Already used']);
    expect(await (await new BrowserAgent(world.app.baseUrl).get(link!)).text()).toContain(
      'This link does not work',
    );
    const { errors } = await world.graphql('admin', 'query($id: ID!) { membership(id: $id) { id } }', {
      id: membership.id,
    });
    expect(errors[0]!.extensions.code).toBe('NOT_FOUND');
  });

  it('another project finds no invitation', async () => {
    const { data } = await inviteBy({ email: newEmail() });
    const token = await world.adminToken(world.other.id);
    const { id } = data.inviteUser.invitation;
    for (const name of ['resendInvitation', 'revokeInvitation'] as const)
      expect((await change(name, id, { token })).errors[0]!.extensions.code).toBe('NOT_FOUND');
    const list = await world.graphql({ token }, '{ invitations { edges { node { id } } } }');
    expect(JSON.stringify(list.data)).not.toContain(id);
    const own = await world.graphql('admin', '{ invitations(first: 100) { edges { node { id } } } }');
    expect(JSON.stringify(own.data)).toContain(id);
  });

  it('rulings 23, F122: the secret of a link stands nowhere in the database', async () => {
    const email = newEmail();
    await inviteBy({ email });
    const { secret } = partsOf((await mailbox.next(email)).link);
    const tables = await world.app
      .get(Db)
      .read((tx) =>
        tx.manager.query(
          `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`,
        ),
      );
    for (const { name } of tables) {
      const found = await world.app
        .get(Db)
        .read((tx) =>
          tx.manager.query(`SELECT 1 FROM ${name} AS t WHERE t::text LIKE $1 LIMIT 1`, [`%${secret}%`]),
        );
      expect([name, found]).toEqual([name, []]);
    }
  });

  it('V38 an expired one accepts nobody, by link or by choice, whatever the tidying does; sent again it does', async () => {
    const email = newEmail();
    const known = await world.addServerPerson(world.other.id);
    const fresh = await inviteBy({ email });
    const pending = await inviteBy({ email: known.email });
    const { link } = await mailbox.next(email);
    world.app.clock.advance(7 * 86_400_000 + 1);
    const tokens = await world.adminToken(world.project.id);
    expect(said(await setPassword(link))).toEqual([400, 'Expired']);
    const query = 'query($id: ID!) { invitation(id: $id) { state } }';
    const ids = [fresh, pending].map(({ data }) => data.inviteUser.invitation.id as string);
    for (const id of ids)
      expect((await world.graphql({ token: tokens }, query, { id })).data.invitation.state).toBe('EXPIRED');
    const browser = new BrowserAgent(world.app.baseUrl);
    const page = await (await browser.get('/signin')).text();
    await browser.submit(formTo(page, '/signin'), { email: known.email, password: known.password });
    const me = await (await browser.get('/me')).text();
    const form = formTo(me, '/me/memberships/accept');
    const wanted = { ...form, fields: { ...form.fields, membership: pending.data.inviteUser.membership.id } };
    expect((await browser.submit(wanted)).status).toBe(410);
    await change('resendInvitation', ids[1]!, { token: tokens });
    expect((await browser.submit(wanted)).headers.get('location')).toBe('/me?done=membership');
  });
});
