import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { FhirAgent, outcome, refused } from '../helpers/fhir-agent.js';

let world: AdminWorld;
let fhir: FhirAgent;
let foreignAdmin: string;
beforeAll(async () => {
  world = await startAdminWorld();
  fhir = new FhirAgent(world);
  foreignAdmin = await world.adminToken(world.other.id);
});
afterAll(() => world.close());

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever the server answered
type Json = any;
const types = ['AccessPolicy', 'ClientApplication', 'Project', 'ProjectMembership', 'User'] as const;
type Type = (typeof types)[number];
/** What an admin can do through FHIR. */
const allowed: Record<Type, readonly string[]> = {
  AccessPolicy: ['POST', 'PUT', 'PATCH', 'DELETE'],
  ClientApplication: ['POST', 'PUT', 'PATCH', 'DELETE'],
  Project: ['PUT', 'PATCH'],
  ProjectMembership: ['POST', 'PUT', 'PATCH', 'DELETE'],
  User: ['PUT', 'PATCH'],
};
/** What neither a policy nor the rights of an admin open; the rest is not there. */
const forbidden: Partial<Record<Type, readonly string[]>> = { Project: ['POST', 'DELETE'], User: ['DELETE'] };

const as = (token: string, method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  fhir.call({ token }, method, path, body, headers);
const asAdmin = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  as(world.tokens.admin, method, path, body, headers);
async function read(path: string): Promise<Json> {
  const { status, body } = await asAdmin('GET', path);
  expect(status).toBe(200);
  return body;
}
async function done(answer: Promise<{ status: number; body: Json }>, status = 200): Promise<Json> {
  const found = await answer;
  expect([found.status, found.status === status ? undefined : found.body]).toEqual([status, undefined]);
  return found.body;
}
const newPolicy = (more: object = {}) =>
  done(asAdmin('POST', 'AccessPolicy', { resourceType: 'AccessPolicy', name: 'Ward', ...more }), 201);
const newClient = (more: object = {}) =>
  done(
    asAdmin('POST', 'ClientApplication', { resourceType: 'ClientApplication', name: 'App', ...more }),
    201,
  );

async function placeOf(type: Type): Promise<string> {
  const { person } = world.project;
  if (type === 'Project') return `Project/${world.project.id}`;
  if (type === 'User') return `User/${person.userId}`;
  if (type === 'ProjectMembership') return `ProjectMembership/${person.membershipId}`;
  if (type === 'ClientApplication') return `ClientApplication/${world.project.app.id}`;
  return `AccessPolicy/${(await newPolicy()).id}`;
}

describe.each(types)('writing %s', (type) => {
  it('W-529 is for admins, and no more than what metadata says', async () => {
    const place = await placeOf(type);
    const body = await read(place);
    const everything = await fhir.person(
      { resourceType: '*' },
      ...types.map((one) => ({ resourceType: one })),
    );
    for (const token of [world.tokens.member, everything.token]) {
      expect(outcome(await as(token, 'POST', type, body))).toEqual(refused(403, 'forbidden'));
      expect(outcome(await as(token, 'PUT', place, body))).toEqual(refused(403, 'forbidden'));
      expect(outcome(await as(token, 'PATCH', place, []))).toEqual(refused(403, 'forbidden'));
      expect(outcome(await as(token, 'DELETE', place))).toEqual(refused(403, 'forbidden'));
    }
    for (const method of ['POST', 'DELETE']) {
      if (allowed[type].includes(method)) continue;
      const answer = await asAdmin(
        method,
        method === 'POST' ? type : place,
        method === 'POST' ? body : undefined,
      );
      const isForbidden = forbidden[type]?.includes(method);
      expect([method, ...outcome(answer)]).toEqual([
        method,
        ...(isForbidden ? refused(403, 'forbidden') : refused(404, 'not-found')),
      ]);
    }
    const { body: metadata } = await world.agent.get('fhir/R4/metadata');
    const stated = metadata.rest[0].resource.find((one: Json) => one.type === type);
    const codes = stated.interaction.map(({ code }: Json) => code).sort();
    const named: Record<string, string> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
    const reading = ['read', 'vread', 'history-instance', 'search-type'];
    expect(codes).toEqual([...reading, ...allowed[type].map((one) => named[one])].sort());
  });

  it('V22 of another project does not exist', async () => {
    const place = await placeOf(type);
    const body = await read(place);
    expect(outcome(await as(foreignAdmin, 'PUT', place, body))).toEqual(refused(404, 'not-found'));
    const patch = [{ op: 'add', path: '/name', value: 'x' }];
    expect(outcome(await as(foreignAdmin, 'PATCH', place, patch))).toEqual(refused(404, 'not-found'));
    if (allowed[type].includes('DELETE'))
      expect(outcome(await as(foreignAdmin, 'DELETE', place))).toEqual(refused(404, 'not-found'));
    expect(await read(place)).toEqual(body);
  });

  it('as it was read changes nothing; of an old version it is refused', async () => {
    const place = await placeOf(type);
    const body = await read(place);
    expect(await done(asAdmin('PUT', place, body))).toEqual(body);
    const stale = { 'if-match': 'W/"99"' };
    expect((await asAdmin('PUT', place, body, stale)).status).toBe(412);
    const extended = await asAdmin('GET', place, undefined, { 'x-medplum': 'extended' });
    const again = await asAdmin('PUT', place, extended.body, { 'x-medplum': 'extended' });
    expect(again.body).toEqual(extended.body);
  });

  it('refuses elements that cannot be written, by name, and writes nothing', async () => {
    const place = await placeOf(type);
    const body = await read(place);
    const cases: Record<Type, object> = {
      AccessPolicy: { basedOn: [{ reference: place }] },
      ClientApplication: { launchUri: 'https://app.example/launch' },
      Project: { owner: { reference: `User/${world.project.person.userId}` } },
      ProjectMembership: { profile: { reference: `Practitioner/${world.project.id}` } },
      User: { identifier: [{ value: '1' }] },
    };
    for (const more of [cases[type], { meta: { ...body.meta, tag: [{ code: 'x' }] } }]) {
      const answer = await asAdmin('PUT', place, { ...body, ...more });
      expect(outcome(answer)).toEqual(refused(400, 'not-supported'));
      expect(answer.body.issue[0].expression).toEqual([Object.keys(more)[0]]);
    }
    expect(await read(place)).toEqual(body);
  });
});

describe('an access policy', () => {
  it('is found where the answer of its making says', async () => {
    const made = await asAdmin('POST', 'AccessPolicy', { resourceType: 'AccessPolicy', name: 'Ward' });
    const location = made.headers.get('location')!;
    expect(location).toBe(`${world.app.baseUrl}fhir/R4/AccessPolicy/${made.body.id}/_history/1`);
    expect(made.headers.get('etag')).toBe('W/"1"');
    const conditional = { 'if-none-exist': 'name=Ward' };
    const answer = await asAdmin(
      'POST',
      'AccessPolicy',
      { resourceType: 'AccessPolicy', name: 'Ward' },
      conditional,
    );
    expect(outcome(answer)).toEqual(refused(400, 'not-supported'));
  });

  it('is made, replaced and patched, and opens what it says at once', async () => {
    const made = await newPolicy({
      resource: [{ resourceType: 'Patient', criteria: 'Patient?active=true' }],
    });
    expect(made).toMatchObject({ name: 'Ward', resource: [{ criteria: 'Patient?active=true' }] });
    const place = `AccessPolicy/${made.id}`;
    const replaced = await done(asAdmin('PUT', place, { ...made, resource: [{ resourceType: '*' }] }));
    expect(replaced.resource).toEqual([{ resourceType: '*' }]);
    expect(Number(replaced.meta.versionId)).toBe(Number(made.meta.versionId) + 1);
    const patch = [{ op: 'add', path: '/resource/-', value: { resourceType: 'Patient', readonly: true } }];
    expect((await done(asAdmin('PATCH', place, patch))).resource).toHaveLength(2);
    const { resource: _, ...empty } = replaced;
    expect(await done(asAdmin('PUT', place, empty))).not.toHaveProperty('resource');
  });

  it.each<[string, object]>([
    [
      'criteria that do not parse',
      { resource: [{ resourceType: 'Patient', criteria: 'Patient?nonsense=1' }] },
    ],
    [
      'criteria that take long to judge',
      { resource: [{ resourceType: 'Patient', criteria: `Patient?${'a=a'.repeat(600)}` }] },
    ],
    ['an unknown type', { resource: [{ resourceType: 'Nonsense' }] }],
    [
      'FHIRPath that may run for long',
      { resource: [{ resourceType: 'Patient', writeConstraint: [{ expression: "name.matches('a')" }] }] },
    ],
    ['an unknown element in an entry', { resource: [{ resourceType: 'Patient', everything: true }] }],
    ['a list that is none', { resource: { resourceType: 'Patient' } }],
    ['no name', { name: undefined }],
    ['an address that is none', { ipAccessRule: [{ value: 'x', action: 'allow' }] }],
  ])('W-525 is refused with %s', async (_, more) => {
    const body = { resourceType: 'AccessPolicy', name: 'Ward', ...more };
    expect(outcome(await asAdmin('POST', 'AccessPolicy', body)).slice(0, 2)).toEqual([
      400,
      'OperationOutcome',
    ]);
    const made = await newPolicy();
    const changed = { ...made, ...more };
    expect((await asAdmin('PUT', `AccessPolicy/${made.id}`, changed)).status).toBe(400);
    expect(await read(`AccessPolicy/${made.id}`)).toEqual(made);
  });

  it('of many writers at once loses nobody’s change', async () => {
    const made = await newPolicy();
    const place = `AccessPolicy/${made.id}`;
    await done(asAdmin('PUT', place, { ...made, resource: [{ resourceType: 'Patient' }] }));
    const add = (resourceType: string) =>
      asAdmin('PATCH', place, [{ op: 'add', path: '/resource/-', value: { resourceType } }]);
    const all = ['Observation', 'Condition', 'Encounter', 'Task'];
    for (const { status } of await Promise.all(all.map(add))) expect(status).toBe(200);
    const { resource } = await read(place);
    expect(resource.map(({ resourceType }: Json) => resourceType).sort()).toEqual(['Patient', ...all].sort());
  });
});

describe('a client', () => {
  it('is made without a membership; its secret is shown this once', async () => {
    const open = await newClient({ redirectUris: ['https://app.example/callback'] });
    expect(open).not.toHaveProperty('secret');
    const made = await newClient({ grantType: ['client_credentials'], accessTokenLifetime: '15m' });
    expect(made).toMatchObject({
      status: 'active',
      accessTokenLifetime: '900s',
      grantType: ['client_credentials'],
    });
    const { id, secret } = made;
    expect(secret).toMatch(/^[\w-]{43,}$/);
    expect(await read(`ClientApplication/${id}`)).not.toHaveProperty('secret');
    const credentials = { id, secret, redirectUri: '' };
    expect((await world.agent.clientCredentials(credentials)).status).not.toBe(200);
    const reference = `ClientApplication/${id}`;
    const policy = await newPolicy({ resource: [{ resourceType: 'Patient' }] });
    const membership = await done(
      asAdmin('POST', 'ProjectMembership', {
        resourceType: 'ProjectMembership',
        project: { reference: `Project/${world.project.id}` },
        user: { reference },
        profile: { reference },
        accessPolicy: { reference: `AccessPolicy/${policy.id}` },
      }),
      201,
    );
    expect(membership).toMatchObject({ active: true, admin: false, user: { reference } });
    expect((await world.agent.clientCredentials(credentials)).status).toBe(200);
    expect(membership).toMatchObject({ invitedBy: { reference: expect.any(String) } });
    const forged = await asAdmin('POST', 'ProjectMembership', {
      ...membership,
      id: undefined,
      meta: undefined,
    });
    expect([forged.status, forged.body.issue[0].expression]).toEqual([400, ['invitedBy']]);
    const twice = { ...membership, id: undefined, meta: undefined, invitedBy: undefined };
    expect((await asAdmin('POST', 'ProjectMembership', twice)).status).toBe(409);
  });

  it('a secret is for no cache on the way', async () => {
    const app = { resourceType: 'ClientApplication', name: 'App', grantType: ['client_credentials'] };
    const { body, headers } = await asAdmin('POST', 'ClientApplication', app);
    expect(body).toHaveProperty('secret');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('F119 takes no secret from anybody, and keeps the one that it has', async () => {
    const made = await newClient({ grantType: ['client_credentials'] });
    const chosen = await asAdmin('POST', 'ClientApplication', {
      resourceType: 'ClientApplication',
      name: 'App',
      secret: 'chosen',
    });
    expect(chosen.status).toBe(400);
    const place = `ClientApplication/${made.id}`;
    const now = await read(place);
    const { secret, ...shown } = made;
    expect(now).toEqual(shown);
    await done(asAdmin('PUT', place, { ...now, description: 'Renewed', secret: 'chosen' }));
    const { server } = world.project;
    const before = await read(`ClientApplication/${server.id}`);
    await done(asAdmin('PUT', `ClientApplication/${server.id}`, { ...before, description: 'Kept' }));
    expect((await world.agent.clientCredentials(server)).status).toBe(200);
    await done(asAdmin('PUT', `ClientApplication/${server.id}`, before));
  });

  it('is switched off and on, and old tokens with it', async () => {
    const client = await world.addClient(world.project.id, {
      name: 'Robot',
      grantTypes: ['client_credentials'],
    });
    const place = `ClientApplication/${client.id}`;
    const active = await read(place);
    const { body } = await world.agent.clientCredentials(client);
    const off = await done(asAdmin('PUT', place, { ...active, status: 'off', description: 'Resting' }));
    expect(off).toMatchObject({ status: 'off', description: 'Resting' });
    expect((await as(body.access_token, 'GET', 'Patient')).status).toBe(401);
    expect((await world.agent.clientCredentials(client)).status).not.toBe(200);
    expect((await asAdmin('PUT', place, { ...off, status: 'error' })).status).toBe(400);
    await done(asAdmin('PUT', place, { ...off, status: 'active' }));
    expect((await world.agent.clientCredentials(client)).status).toBe(200);
  });

  it.each<[string, object]>([
    ['a redirect address that is none', { redirectUris: ['javascript:alert(1)'] }],
    ['a redirect address with a fragment', { redirectUris: ['https://app.example/#x'] }],
    ['a lifetime that is none', { accessTokenLifetime: 'soon' }],
    ['a lifetime that is too short', { accessTokenLifetime: '10s' }],
    ['an unknown grant', { grantType: ['telepathy'] }],
    ['a scope that is none', { defaultScope: ['patient/Patient.wr'] }],
    ['no PKCE and no secret', { pkceOptional: true }],
    ['a picture at an address that is none', { signInForm: { logo: { url: 'data:x' } } }],
    ['a form with more than is kept', { signInForm: { showScopeSelection: true } }],
    ['an address of keys that is none', { jwksUri: 'ftp://keys.example' }],
    ['a list that is none', { redirectUris: 'https://app.example/' }],
  ])('is refused with %s', async (_, more) => {
    const body = { resourceType: 'ClientApplication', name: 'App', ...more };
    const { status, body: answer } = await asAdmin('POST', 'ClientApplication', body);
    expect([status, answer.resourceType]).toEqual([400, 'OperationOutcome']);
  });
});

describe('a membership', () => {
  it('W-481 makes an admin and ends one, by the rules of every door', async () => {
    const person = await world.addPerson(world.project.id);
    const place = `ProjectMembership/${person.membershipId}`;
    const before = await read(place);
    const admin = await done(asAdmin('PATCH', place, [{ op: 'replace', path: '/admin', value: true }]));
    expect(admin.admin).toBe(true);
    // Who becomes an admin gets the default policy of admins, as with GraphQL.
    expect(admin.accessPolicy).not.toEqual(before.accessPolicy);
    const { auditRecords } = await fhir.ask(
      '{ auditRecords(types: [MEMBERSHIP_CHANGED], first: 1) { edges { node { type target } } } }',
    );
    expect(auditRecords.edges[0].node.target).toBe(place);
    const { accessPolicy: _, ...none } = admin;
    expect((await asAdmin('PUT', place, none)).status).toBe(400);
    const named = {
      ...admin,
      admin: false,
      active: false,
      externalId: 'Outside-1',
      identifier: [{ system: 'https://medplum.com/identifier/label', value: 'Ward 3' }],
      access: [
        {
          policy: admin.accessPolicy,
          parameter: [{ name: 'of', valueReference: { reference: 'Organization/1' } }],
        },
      ],
    };
    const { meta: ___, ...changed } = await done(asAdmin('PUT', place, named));
    const { meta: ____, ...wanted } = named;
    expect(changed).toMatchObject({ ...wanted, accessPolicy: expect.anything() });
    expect(
      (await asAdmin('PUT', place, { ...named, identifier: [{ system: 'urn:x', value: 'a' }] })).status,
    ).toBe(400);
  });

  it('W-529 is not moved to another person, profile or project', async () => {
    const { person } = world.project;
    const place = `ProjectMembership/${person.membershipId}`;
    const before = await read(place);
    const moved = {
      ...before,
      user: { reference: `User/${world.project.admin.userId}` },
      project: { reference: `Project/${world.other.id}` },
    };
    expect(await done(asAdmin('PUT', place, moved))).toEqual(before);
    const other = { ...before, profile: { reference: `Practitioner/${world.project.id}` } };
    expect((await asAdmin('PUT', place, other)).status).toBe(400);
  });

  it('V22 F117 names nothing of another project, and nobody whose account is the server’s', async () => {
    const { id } = await newClient();
    const foreign = await done(as(foreignAdmin, 'GET', 'AccessPolicy?_count=1'));
    const theirs = `AccessPolicy/${foreign.entry[0].resource.id}`;
    const sora = await world.addServerPerson(world.project.id);
    const ours = { reference: `ClientApplication/${id}` };
    const patient = await done(asAdmin('POST', 'Patient', { resourceType: 'Patient' }), 201);
    const profile = { reference: `Patient/${patient.id}` };
    const base = { resourceType: 'ProjectMembership', user: ours, profile: ours };
    const statuses: number[] = [];
    for (const more of [
      { accessPolicy: { reference: theirs } },
      { access: [{ policy: { reference: theirs } }] },
      { project: { reference: `Project/${world.other.id}` } },
      {
        user: { reference: `ClientApplication/${world.other.app.id}` },
        profile: { reference: `ClientApplication/${world.other.app.id}` },
      },
      { user: { reference: `User/${world.other.person.userId}` }, profile },
      { user: { reference: `User/${sora.userId}` }, profile },
      { user: ours, profile },
    ])
      statuses.push((await asAdmin('POST', 'ProjectMembership', { ...base, ...more })).status);
    expect(statuses).toEqual([404, 404, 404, 404, 404, 404, 404]);
    expect(
      (await asAdmin('POST', 'ProjectMembership', { ...base, user: { reference: 'Bot/1' } })).status,
    ).toBe(400);
    const place = `ProjectMembership/${world.project.person.membershipId}`;
    const before = await read(place);
    expect((await asAdmin('PUT', place, { ...before, accessPolicy: { reference: theirs } })).status).toBe(
      404,
    );
    expect(await read(place)).toEqual(before);
  });

  it('W-484 is deleted, and its access ends; again there is nothing left to do', async () => {
    const { token, membershipId } = await fhir.person({ resourceType: 'Practitioner' });
    expect((await as(token, 'GET', 'Practitioner')).status).toBe(200);
    const place = `ProjectMembership/${membershipId}`;
    expect((await asAdmin('DELETE', place, undefined, { 'if-match': 'W/"77"' })).status).toBe(412);
    await done(asAdmin('DELETE', place));
    expect((await as(token, 'GET', 'Practitioner')).status).toBe(401);
    expect(outcome(await asAdmin('GET', place))).toEqual(refused(410, 'deleted'));
    await done(asAdmin('DELETE', place));
  });

  it('of the last super admin stays', async () => {
    const token = world.tokens.super;
    const found = await done(as(token, 'GET', 'ProjectMembership?admin=true&_count=100'));
    const people = found.entry.filter(({ resource }: Json) => resource.user.reference.startsWith('User/'));
    for (const { resource } of people) {
      const answer = await as(token, 'DELETE', `ProjectMembership/${resource.id}`);
      expect(outcome(answer)).toEqual(refused(409, 'conflict'));
      const demoted = await as(token, 'PUT', `ProjectMembership/${resource.id}`, {
        ...resource,
        admin: false,
      });
      expect(outcome(demoted)).toEqual(refused(409, 'conflict'));
    }
  });
});

describe('a project and its users', () => {
  it('the project changes its name, settings and defaults; protected fields stay', async () => {
    const place = `Project/${world.project.id}`;
    const before = await read(place);
    const policy = await newPolicy();
    const reference = `AccessPolicy/${policy.id}`;
    const changed = await done(
      asAdmin('PUT', place, {
        ...before,
        description: 'At the lake',
        superAdmin: true,
        features: ['bots'],
        setting: [
          { name: 'passwordMinimum', valueInteger: 12 },
          { name: 'onBehalfOfWithinOwnPolicy', valueBoolean: true },
        ],
        defaultAccessPolicies: before.defaultAccessPolicies.map((one: Json) =>
          one.profileType === 'Patient' ? { ...one, accessPolicy: { reference } } : one,
        ),
      }),
    );
    expect(changed).toMatchObject({
      description: 'At the lake',
      setting: [{ valueInteger: 12 }, { valueBoolean: true }, { valueBoolean: false }],
    });
    expect(changed.defaultAccessPolicies[0]).toEqual({ profileType: 'Patient', accessPolicy: { reference } });
    expect(changed).not.toHaveProperty('features');
    const { project } = await fhir.ask('query($id: ID!) { project(id: $id) { superAdmin } }', {
      id: world.project.id,
    });
    expect(project.superAdmin).toBe(false);
    const { setting: _, ...silent } = changed;
    expect((await done(asAdmin('PUT', place, silent))).setting).toEqual(changed.setting);
    for (const more of [
      { setting: [{ name: 'passwordMinimum' }] },
      { setting: [{ name: 'passwordMinimum', valueInteger: 1 }] },
      { setting: [{ name: 'unknown', valueInteger: 1 }] },
      { setting: [{ name: 'passwordMinimum', valueBoolean: true }] },
      { setting: [{ name: 'passwordMinimum', valueInteger: 12, valueBoolean: true }] },
      { setting: [{ name: 'onBehalfOfWithinOwnPolicy', valueInteger: 1 }] },
      { active: false },
      { name: undefined },
      { defaultAccessPolicies: [] },
    ])
      expect((await asAdmin('PUT', place, { ...changed, ...more })).status).toBe(400);
    await done(asAdmin('PUT', place, before));
  });

  it('a user changes names; the rest is not for admins to say', async () => {
    const place = `User/${world.project.person.userId}`;
    const before = await read(place);
    const changed = await done(
      asAdmin('PUT', place, {
        ...before,
        firstName: 'Eve',
        email: 'else@example.org',
        emailVerified: true,
        passwordHash: 'x',
      }),
    );
    expect(changed).toEqual({ ...before, firstName: 'Eve', meta: expect.anything() });
    expect((await asAdmin('PUT', place, { ...changed, firstName: '' })).status).toBe(400);
    expect((await asAdmin('PUT', place, { ...changed, mfaRequired: true })).status).toBe(400);
  });
});

describe('a token that SMART scopes limit', () => {
  it('reads what a scope names, and administers nothing', async () => {
    const { admin, app, server, person } = world.project;
    const tokenFor = async (scope: string) =>
      (await world.agent.codeFlow(app, admin, { scope: `openid ${scope}` })).body.access_token as string;
    const named = await tokenFor('user/ClientApplication.cruds user/ProjectMembership.cruds');
    const client = await done(as(named, 'GET', `ClientApplication/${server.id}`));
    expect(outcome(await as(named, 'GET', `User/${person.userId}`))).toEqual(refused(403, 'forbidden'));
    const membership = await done(as(named, 'GET', `ProjectMembership/${person.membershipId}`));
    for (const [type, body] of [
      ['ClientApplication', { ...client, name: 'Mine' }],
      ['ProjectMembership', { ...membership, admin: true }],
    ] as const) {
      const place = `${type}/${body.id}`;
      expect(outcome(await as(named, 'PUT', place, body))).toEqual(refused(403, 'forbidden'));
      const patch = [{ op: 'add', path: '/active', value: true }];
      expect(outcome(await as(named, 'PATCH', place, patch))).toEqual(refused(403, 'forbidden'));
      expect(outcome(await as(named, 'POST', type, body))).toEqual(refused(403, 'forbidden'));
    }
    const place = `ProjectMembership/${person.membershipId}`;
    expect(outcome(await as(named, 'DELETE', place))).toEqual(refused(403, 'forbidden'));
    const wide = await tokenFor('user/*.cruds');
    for (const type of types) expect(outcome(await as(wide, 'GET', type))).toEqual(refused(403, 'forbidden'));
  });
});

describe('anything in the place of an element', () => {
  const odd = [
    null,
    5,
    '',
    [],
    {},
    [null],
    [[]],
    [{}],
    true,
    { reference: 5 },
    'x'.repeat(5_000),
    '\u0000',
    [7],
    '__proto__',
  ];
  const elements: Record<Type, readonly string[]> = {
    AccessPolicy: ['name', 'compartment', 'resource', 'ipAccessRule', 'basedOn'],
    ClientApplication: [
      ...[
        'status',
        'name',
        'description',
        'signInForm',
        'jwksUri',
        'redirectUris',
        'redirectUri',
        'pkceOptional',
      ],
      ...['accessTokenLifetime', 'allowedOrigin', 'defaultScope', 'grantType', 'secret', 'identityProvider'],
    ],
    Project: [
      'name',
      'description',
      'setting',
      'defaultAccessPolicies',
      'superAdmin',
      'secret',
      'link',
      'site',
    ],
    ProjectMembership: [
      ...[
        'identifier',
        'active',
        'admin',
        'user',
        'profile',
        'project',
        'externalId',
        'accessPolicy',
        'access',
      ],
      ...['userName', 'invitedBy'],
    ],
    User: ['firstName', 'lastName', 'email', 'project', 'mfaSecret', 'identifier'],
  };

  it.each(types)('of %s is written or refused, never a fault', async (type) => {
    const place = await placeOf(type);
    const before = await read(place);
    const statuses = new Set<number>();
    for (const name of [...elements[type], 'meta', 'text', 'contained', 'extension', 'unknown', '_name'])
      for (const value of odd) {
        const { status } = await asAdmin('PUT', place, { ...before, [name]: value });
        expect([name, value, status < 500]).toEqual([name, value, true]);
        statuses.add(status);
        if (allowed[type].includes('POST')) {
          const made = await asAdmin('POST', type, { ...before, [name]: value });
          expect([name, value, made.status < 500]).toEqual([name, value, true]);
        }
        await done(asAdmin('PUT', place, before));
      }
    expect([...statuses]).toEqual(expect.arrayContaining([400]));
    const { meta: _, ...after } = await read(place);
    const { meta: __, ...wanted } = before;
    expect(after).toEqual(wanted);
  });
});
