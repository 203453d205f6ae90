import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { formTo } from '../helpers/browser-agent.js';
import { LoginAgent, said } from '../helpers/login-agent.js';
import { asAdmin, editMembership, memberWith, newPolicy, profileIn, readFhir } from '../helpers/members.js';
import { basicHeader, type TestClient, type TestPerson } from '../helpers/oauth-agent.js';
import { Visitor } from '../helpers/visitor.js';
import { redirectUri, type WorldPerson } from '../helpers/world.js';

let world: AdminWorld;
beforeAll(async () => {
  world = await startAdminWorld();
});
afterAll(() => world.close());

const everything = [{ resourceType: '*' }];
const statusOf = async (token: string, path = profileIn(token)) =>
  (await readFhir(world, `Bearer ${token}`, path)).status;

async function tokenFor(person: TestPerson, scope: string, client: TestClient = world.project.app) {
  const { status, body } = await world.agent.codeFlow(client, person, { scope });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body;
}

const shortened: Readonly<Record<string, string>> = {
  create: 'c',
  read: 'r',
  update: 'u',
  delete: 'd',
  search: 's',
  history: 'h',
  vread: 'v',
};

/** What a member may do to a type with a token of these scopes: letters, big ones for every resource of the type. */
async function matrix(membershipId: string, scopes: readonly string[], types: readonly string[]) {
  const fields = Object.keys(shortened).join(' ');
  const { accessMatrix } = await asAdmin(
    world,
    `query($id: ID!, $scopes: [String!], $types: [String!]) {
      accessMatrix(membershipId: $id, scopes: $scopes, resourceTypes: $types) { resourceType ${fields} }
    }`,
    { id: membershipId, scopes, types },
  );
  return Object.fromEntries(
    accessMatrix.map((row: Record<string, string>) => [
      row['resourceType'],
      Object.entries(shortened)
        .filter(([name]) => row[name] !== 'NONE')
        .map(([name, letter]) => (row[name] === 'ALL' ? letter.toUpperCase() : letter))
        .join(''),
    ]),
  );
}

describe('scopes at the authorization endpoint', () => {
  it.each([
    'patient/Patient.sr',
    'user/Patient.dc',
    'user/Nonsense.rs',
    'user/Patient.rs?nonsense=1',
    'user/Patient.rs?gender',
    'user/Patient.rs?_has:Observation:patient:code=1',
    'system/Patient.rs',
    'user/Patient.',
    'launch',
    'launch/encounter',
    'online_access',
  ])('SMT-11 F31 %s is invalid_scope, at every door', async (scope) => {
    const visitor = new Visitor(world, world.project.person);
    expect((await visitor.ask({ scope: `openid ${scope}` })).answer['error']).toBe('invalid_scope');
    const { status, body } = await new LoginAgent(world.agent).login(world.project.app, visitor.person, {
      scope: `openid ${scope}`,
    });
    expect([status, body.issue[0].expression]).toEqual([400, ['scope']]);
  });

  it('a request of more than 100 scopes is refused', async () => {
    const scope = Array.from({ length: 101 }, (_, at) => `user/Patient.rs?_id=${at}`).join(' ');
    const visitor = new Visitor(world, world.project.person);
    expect((await visitor.ask({ scope })).answer['error']).toBe('invalid_scope');
  });

  it('SMT-10 version 1 that was asked for is answered in version 1, and twice the same once', async () => {
    const scope = 'openid user/Practitioner.read user/Patient.write user/Patient.*';
    const person = await memberWith(world, everything);
    expect((await tokenFor(person, `${scope} user/Practitioner.read`)).scope).toBe(scope);
  });

  it('SMT-06 aud must be an address of this server', async () => {
    const visitor = new Visitor(world, world.project.person);
    const asked = (aud: string) => visitor.ask({ scope: 'user/Patient.rs', aud });
    expect((await asked('https://fhir.example/R4')).answer['error']).toBe('invalid_request');
    expect((await asked(`${world.app.baseUrl}fhir/R4`)).answer).toEqual({});
  });

  it('SMT-03 SMT-05 a code is over after a minute, a token by default after an hour', async () => {
    const visitor = new Visitor(world, await memberWith(world, everything));
    const page = await visitor.signIn(await visitor.ask({ scope: 'user/Patient.rs' }));
    const stop = await visitor.send(page, { decision: 'allow' });
    world.app.clock.advance(61_000);
    expect((await visitor.redeem(stop)).body.error).toBe('invalid_grant');
    expect((await tokenFor(visitor.person, 'user/Patient.rs')).expires_in).toBe(3600);
  });

  it('SMT-04 SMT-01 SMT-02 INF-1.2.03 state comes back, plain challenges do not pass, no verifier no token', async () => {
    const visitor = new Visitor(world, await memberWith(world, everything));
    const plain = await visitor.ask({ scope: 'user/Patient.rs', code_challenge_method: 'plain' });
    expect(plain.answer['error']).toBe('invalid_request');
    const page = await visitor.signIn(await visitor.ask({ scope: 'user/Patient.rs', state: 'opaque.~1' }));
    const { answer } = await visitor.send(page, { decision: 'allow' });
    expect(answer['state']).toBe('opaque.~1');
    const { body } = await world.agent.redeem(world.project.app, answer['code']!, 'x'.repeat(43));
    expect(body.error).toBe('invalid_grant');
  });
});

describe('what scopes leave of a policy', () => {
  const types = ['Patient', 'Practitioner', 'Observation', 'AuditEvent', 'User'];

  it.each([
    [
      'W-544 none: the policy',
      everything,
      ['openid'],
      { Patient: 'CRUDSHV', Practitioner: 'CRUDSHV', Observation: 'CRUDSHV', AuditEvent: '', User: '' },
    ],
    [
      'W-545 a wildcard policy: one type per scope',
      everything,
      ['user/Patient.rs', 'user/Observation.cu'],
      { Patient: 'RSHV', Practitioner: '', Observation: 'CU', AuditEvent: '', User: '' },
    ],
    [
      'W-546 typed entries: the intersection',
      [{ resourceType: 'Patient' }, { resourceType: 'Practitioner', readonly: true }],
      ['user/Patient.cruds', 'user/Practitioner.cruds', 'user/Observation.cruds'],
      { Patient: 'CRUDSHV', Practitioner: 'RSHV', Observation: '', AuditEvent: '', User: '' },
    ],
    [
      'W-546 a wildcard scope',
      [{ resourceType: 'Patient' }],
      ['user/*.read'],
      { Patient: 'RSHV', Practitioner: '', Observation: '', AuditEvent: '', User: '' },
    ],
    [
      'W-547 reading alone',
      everything,
      ['user/*.r'],
      { Patient: 'RHV', Practitioner: 'RHV', Observation: 'RHV', AuditEvent: '', User: '' },
    ],
    [
      'W-547 with one writing letter',
      everything,
      ['user/Patient.cs'],
      { Patient: 'CS', Practitioner: '', Observation: '', AuditEvent: '', User: '' },
    ],
    [
      'W-548 a query makes some of all',
      everything,
      ['user/Patient.rs?gender=female'],
      { Patient: 'rshv', Practitioner: '', Observation: '', AuditEvent: '', User: '' },
    ],
    [
      'SMT-09 never more than the policy',
      [{ resourceType: 'Patient', interaction: ['READ'] }],
      ['user/*.cruds', 'user/AuditEvent.rs', 'user/User.rs'],
      { Patient: 'R', Practitioner: '', Observation: '', AuditEvent: '', User: '' },
    ],
    [
      'SMT-09 a wildcard policy does not open the record',
      everything,
      ['user/AuditEvent.rs', 'user/*.rs'],
      { Patient: 'RSHV', Practitioner: 'RSHV', Observation: 'RSHV', AuditEvent: '', User: '' },
    ],
  ])('%s', async (_, resource, scopes, expected) => {
    const { membershipId } = await memberWith(world, resource);
    expect(await matrix(membershipId, scopes, types)).toEqual(expected);
  });

  it('explains which scope decided', async () => {
    const { membershipId } = await memberWith(world, [{ resourceType: 'Patient' }]);
    const why = async (resourceType: string, scopes: string[]) => {
      const { explainAccess } = await asAdmin(
        world,
        `query($id: ID!, $type: String!, $scopes: [String!]) {
          explainAccess(membershipId: $id, interaction: READ, resourceType: $type, scopes: $scopes) { allowed reason }
        }`,
        { id: membershipId, type: resourceType, scopes },
      );
      return [explainAccess.allowed, explainAccess.reason];
    };
    expect(await why('Patient', ['user/Patient.rs'])).toEqual([
      true,
      'Entry 1 of the policy "A policy" within the scope user/Patient.rs opens read of Patient.',
    ]);
    expect(await why('Patient', ['user/Practitioner.rs'])).toEqual([
      false,
      'No scope of the token opens read of Patient.',
    ]);
    expect(await why('Practitioner', ['user/Practitioner.rs'])).toEqual([
      false,
      'No entry names Practitioner.',
    ]);
    expect((await why('Patient', ['user/Patient.sr']))[1]).toMatch(
      /^No token has the scope user\/Patient\.sr/,
    );
    expect((await why('Patient', ['patient/*.rs']))[1]).toMatch(/no patient is in context/);
  });

  it('W-544 W-548 SMT-09 at the door: every resource that both open, and none besides', async () => {
    const person = await memberWith(world, everything);
    const other = profileIn((await tokenFor(await memberWith(world, everything), 'openid')).access_token);
    const open = (await tokenFor(person, 'openid')).access_token;
    const own = profileIn(open);
    const id = own.slice('Practitioner/'.length);
    for (const [scope, mine, theirs] of [
      ['openid', 200, 200],
      ['openid user/Practitioner.rs', 200, 200],
      ['user/Practitioner.read', 200, 200],
      ['user/*.r', 200, 200],
      [`user/Practitioner.rs?_id=${id}`, 200, 404],
      ['user/Practitioner.cud', 403, 403],
      ['openid user/Patient.rs', 403, 403],
    ] as const) {
      const { access_token: token } = await tokenFor(person, scope);
      expect([scope, await statusOf(token), await statusOf(token, other)]).toEqual([scope, mine, theirs]);
    }
  });

  it('hidden fields of the policy stay hidden, and /auth/me shows what is left', async () => {
    const person = await memberWith(world, [{ resourceType: 'Practitioner', hiddenFields: ['telecom'] }]);
    const { access_token: token } = await tokenFor(person, 'openid user/Practitioner.rs');
    const { body } = await readFhir(world, `Bearer ${token}`, profileIn(token));
    expect([body.resourceType, body.telecom]).toEqual(['Practitioner', undefined]);
    const me = await world.agent.get('auth/me', { authorization: `Bearer ${token}` });
    expect(me.body.accessPolicy.resource).toEqual([
      {
        resourceType: 'Practitioner',
        interaction: ['read', 'search', 'history', 'vread'],
        hiddenFields: ['telecom'],
      },
    ]);
  });

  it('F30 F39 asked for some and granted none is nothing: unticked, narrowed by refresh, or at /auth/scope', async () => {
    const person = await memberWith(world, everything);
    const ada = new Visitor(world, person);
    const page = await ada.signIn(await ada.ask({ scope: 'openid user/Practitioner.rs' }));
    const html = await (await ada.browser.get(page.url.href)).text();
    const ticks = Object.entries(formTo(html, '/consent').fields).filter(([name]) =>
      name.startsWith('scope_'),
    );
    const left = ticks.map(([name, value]) => [name, value === 'openid' ? value : '']);
    const unticked = await ada.redeem(
      await ada.send(page, { ...Object.fromEntries(left), decision: 'allow' }),
    );
    expect(unticked.body.scope).toBe('openid');
    expect(await statusOf(unticked.body.access_token)).toBe(403);

    const whole = await tokenFor(person, 'openid offline_access user/Practitioner.rs');
    expect(await statusOf(whole.access_token)).toBe(200);
    const narrowed = await world.agent.refresh(world.project.app, whole.refresh_token, { scope: 'openid' });
    expect(narrowed.body.scope).toBe('openid');
    expect(await statusOf(narrowed.body.access_token)).toBe(403);

    const logins = new LoginAgent(world.agent);
    const begun = await logins.begin(world.project.app, person, { scope: 'openid user/Practitioner.rs' });
    const chosen = await logins.scope(begun.login, 'openid');
    const { body } = await begun.redeem(chosen.body.code);
    expect([body.scope, await statusOf(body.access_token)]).toEqual(['openid', 403]);
  });

  it('SMT-08 INF-1.5.01 a refresh gives the same scopes or fewer, and refuses more', async () => {
    const person = await memberWith(world, everything);
    const first = await tokenFor(person, 'offline_access user/Practitioner.r');
    const same = await world.agent.refresh(world.project.app, first.refresh_token);
    expect(same.body.scope).toBe(first.scope);
    const more = await world.agent.refresh(world.project.app, same.body.refresh_token, {
      scope: 'user/Practitioner.rs',
    });
    expect(more.body.error).toBe('invalid_scope');
  });

  it('W-410 W-411 at /auth/scope letters may be taken away and a query added, never the reverse', async () => {
    const person = await memberWith(world, everything);
    const logins = new LoginAgent(world.agent);
    const asked = 'openid user/Practitioner.cruds user/Patient.rs?gender=male';
    const begun = await logins.begin(world.project.app, person, { scope: asked });
    for (const more of [
      'user/Patient.rs?gender=female',
      'user/Patient.rs',
      'user/*.rs',
      'user/Practitioner.sr',
    ])
      expect(said(await logins.scope(begun.login, more))).toEqual([400, 'Invalid scope', 'scope']);
    const chosen = await logins.scope(begun.login, 'openid user/Practitioner.rs?active=true');
    const { body } = await begun.redeem(chosen.body.code);
    expect(body.scope).toBe('openid user/Practitioner.rs?active=true');
    expect(await statusOf(body.access_token)).toBe(404);
    expect(await statusOf(body.access_token, 'Patient/x')).toBe(403);
  });

  it('SMT-09 a token with SMART scopes administers nothing, however much its member may', async () => {
    const admin = await world.addPerson(world.project.id, { admin: true });
    const ask = async (scope: string) => {
      const { access_token: token } = await tokenFor(admin, scope);
      const { errors } = await world.graphql({ token }, '{ clients { edges { node { id } } } }');
      return errors[0]?.extensions.code;
    };
    expect(await ask('openid')).toBeUndefined();
    expect(await ask('openid user/*.cruds')).toBe('FORBIDDEN');
  });
});

describe('a patient in context', () => {
  const patient = () => memberWith(world, everything, { profileType: 'Patient' });

  it('SMT-12 SMT-15 SMT-17 INF-1.2.06 INF-4.2.01 INF-4.2.02 INF-4.3.01 INF-4.3.02 F55 a patient is in context of their own app', async () => {
    const person = await patient();
    const answer = await tokenFor(person, 'openid fhirUser launch/patient patient/*.rs');
    const profile = profileIn(answer.access_token);
    const id = profile.slice('Patient/'.length);
    expect(answer).toMatchObject({
      token_type: 'Bearer',
      scope: 'openid fhirUser launch/patient patient/*.rs',
      patient: id,
      need_patient_banner: true,
      smart_style_url: `${world.app.baseUrl}fhir/R4/.well-known/smart-styles.json`,
    });
    expect((await fetch(answer.smart_style_url)).status).toBe(200);
    expect(decodeJwt(answer.id_token)['fhirUser']).toBe(profile);
    expect((await world.agent.userinfo(answer.access_token)).body.fhirUser).toBe(profile);
    const { body } = await world.agent.introspect(world.project.server, answer.access_token);
    expect(body).toMatchObject({
      active: true,
      scope: answer.scope,
      client_id: world.project.app.id,
      patient: id,
      fhirUser: profile,
      sub: person.userId,
      exp: expect.any(Number),
    });
    const wrong = await world.agent.introspect(world.project.server, 'a.b.c');
    expect([wrong.status, wrong.body]).toEqual([200, { active: false }]);
  });

  it('W-541 SMT-12 patient/ scopes reach the own compartment only, whatever the policy opens', async () => {
    const own = await tokenFor(await patient(), 'patient/Patient.rs');
    const other = profileIn((await tokenFor(await patient(), 'openid')).access_token);
    expect(own.patient).toBe(profileIn(own.access_token).slice('Patient/'.length));
    expect(await statusOf(own.access_token)).toBe(200);
    expect(await statusOf(own.access_token, other)).toBe(404);
    const wide = await tokenFor(await patient(), 'user/Patient.rs');
    expect(await statusOf(wide.access_token, other)).toBe(200);
    expect(wide).not.toHaveProperty('patient');
  });

  it.each(['patient/Patient.rs', 'openid launch/patient', 'openid user/*.rs patient/*.read'])(
    'SMT-12 %s is refused to whoever is no patient, before anything is asked',
    async (scope) => {
      const visitor = new Visitor(world, await memberWith(world, everything));
      const stop = await visitor.signIn(await visitor.ask({ scope }));
      expect(stop.answer['error']).toBe('invalid_scope');
      const silent = await visitor.ask({ scope, prompt: 'none' });
      expect(['consent_required', 'invalid_scope']).toContain(silent.answer['error']);
      const logins = new LoginAgent(world.agent);
      expect(said(await logins.login(world.project.app, visitor.person, { scope }))).toEqual([
        400,
        'Invalid scope',
        'scope',
      ]);
    },
  );

  it('SMT-12 the consent form cannot be sent around the question', async () => {
    const person = await patient();
    const visitor = new Visitor(world, person);
    const page = await visitor.signIn(await visitor.ask({ scope: 'patient/Patient.rs' }));
    const form = formTo(await (await visitor.browser.get(page.url.href)).text(), '/consent');
    expect(Object.values(form.fields)).toContain('patient/Patient.rs');
    expect((await visitor.send(page, { decision: 'allow' })).answer['code']).toBeDefined();
  });
});

describe('the consent page', () => {
  it('SMT-13 says each scope in plain words, with the technical name beneath', async () => {
    const visitor = new Visitor(world, await memberWith(world, everything, { profileType: 'Patient' }));
    const scope =
      'openid launch/patient patient/Observation.rs patient/*.cruds user/Basic.r user/Patient.cu?gender=female';
    const page = await visitor.signIn(await visitor.ask({ scope }));
    const html = await (await visitor.browser.get(page.url.href)).text();
    for (const line of [
      'Know whose health record it works with',
      'Read lab results and measurements in your own health record',
      'Read, add, change, and delete everything in your own health record',
      'Read entries of the kind “Basic” that you have access to',
      'Add and change personal details of patients that you have access to (only where the gender is female)',
    ])
      expect(html).toContain(line);
    for (const name of scope.split(' ')) expect(html).toContain(`value="${name}"`);
  });

  it('F88 what was allowed is remembered as a set: more of it asks again, the same does not', async () => {
    const visitor = new Visitor(world, await memberWith(world, everything));
    await visitor.tokens({ scope: 'openid user/Patient.rs user/Practitioner.rs' });
    const again = await visitor.ask({ scope: 'openid user/Practitioner.rs' });
    expect(again.answer['code']).toBeDefined();
    const more = await visitor.ask({ scope: 'openid user/Practitioner.cruds' });
    expect(more.url.pathname).toBe('/consent');
  });
});

describe('what a client may ask for', () => {
  const client = (more: object) =>
    world.addClient(world.project.id, { name: 'Limited', redirectUris: [redirectUri], ...more });
  let person: WorldPerson;
  beforeAll(async () => {
    person = await memberWith(world, everything);
  });

  it('ASVS-10.4.11 only what its list covers', async () => {
    const limited = await client({ allowedScopes: ['openid', 'user/Practitioner.cruds'] });
    for (const scope of ['openid email', 'user/Patient.rs', 'user/*.rs', 'patient/Practitioner.rs'])
      expect((await new Visitor(world, person, limited).ask({ scope })).answer['error']).toBe(
        'invalid_scope',
      );
    expect((await tokenFor(person, 'openid user/Practitioner.r', limited)).scope).toBe(
      'openid user/Practitioner.r',
    );
  });

  it('F30 one that reaches only what scopes name has nothing without them, in every way of calling', async () => {
    const ofOthers = await client({
      scopesOnly: true,
      grantTypes: ['authorization_code', 'client_credentials'],
    });
    const { access_token: without } = await tokenFor(person, 'openid', ofOthers);
    const { access_token: scoped } = await tokenFor(person, 'openid user/Practitioner.rs', ofOthers);
    const own = profileIn(without);
    expect([await statusOf(without), await statusOf(scoped)]).toEqual([403, 200]);
    const { body } = await world.agent.clientCredentials(ofOthers);
    expect(await statusOf(body.access_token, own)).toBe(403);
    expect((await readFhir(world, basicHeader(ofOthers), own)).status).toBe(403);
    const me = await world.agent.get('auth/me', { authorization: `Bearer ${without}` });
    expect([me.status, me.body.accessPolicy.resource]).toEqual([200, []]);
  });

  it('is set, listed and changed by admins, bad lists are refused, and it bites at once', async () => {
    const fields = 'id version allowedScopes scopesOnly explain';
    const create = (input: object) =>
      world.graphql(
        'admin',
        `mutation($input: CreateClientInput!) { createClient(input: $input) { client { ${fields} } } }`,
        { input: { name: 'Scoped', redirectUris: [redirectUri], ...input } },
      );
    for (const allowedScopes of [['user/Patient.sr'], ['system/Nonsense.rs'], ['two words']]) {
      const { errors } = await create({ allowedScopes });
      expect(errors[0]?.extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: expect.stringContaining('allowedScopes'),
      });
    }
    expect((await create({ defaultScope: ['user/Patient.rs?x=1'] })).errors[0]?.extensions.field).toBe(
      'defaultScope',
    );
    const { data } = await create({ allowedScopes: ['openid', 'user/*.rs'] });
    const made = data.createClient.client;
    expect(made).toMatchObject({ allowedScopes: ['openid', 'user/*.rs'], scopesOnly: false });
    const app = { id: made.id, redirectUri };
    const { access_token: token } = await tokenFor(person, 'openid', app);
    expect(await statusOf(token)).toBe(200);
    const { editClient } = await asAdmin(
      world,
      `mutation($input: EditClientInput!) { editClient(input: $input) { client { ${fields} } } }`,
      { input: { id: made.id, version: made.version, scopesOnly: true, allowedScopes: null } },
    );
    expect(editClient.client).toMatchObject({ scopesOnly: true, allowedScopes: null });
    expect(editClient.client.explain).toContain(
      'It reaches only what SMART scopes name, and administers nothing.',
    );
    expect(await statusOf(token)).toBe(403);
  });

  it('a changed policy holds for tokens with scopes at once', async () => {
    const changing = await memberWith(world, everything);
    const { access_token: token } = await tokenFor(changing, 'user/Practitioner.rs');
    expect(await statusOf(token)).toBe(200);
    const accessPolicyId = await newPolicy(world, [{ resourceType: 'Patient' }]);
    await editMembership(world, changing.membershipId, { accessPolicyId });
    expect(await statusOf(token)).toBe(403);
  });
});
