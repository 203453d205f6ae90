import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Purges } from '../../src/kernel/purges.js';
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
const extended = { 'x-medplum': 'extended' };
const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = extended) =>
  fhir.call({ token: world.tokens.admin }, method, path, body, headers);
async function done(answer: Promise<{ status: number; body: Json }>): Promise<Json> {
  const found = await answer;
  expect([found.status, found.status < 300 ? undefined : found.body]).toEqual([found.status, undefined]);
  return found.body;
}
const read = (path: string) => done(call('GET', path));
const newPolicy = (more: object = {}) =>
  done(call('POST', 'AccessPolicy', { resourceType: 'AccessPolicy', name: 'Ward', ...more }));
const newClient = (more: object = {}) =>
  done(call('POST', 'ClientApplication', { resourceType: 'ClientApplication', name: 'App', ...more }));

/** One of the type that nobody else changes, and an element of it that an admin can write. */
async function one(type: Type): Promise<{ place: string; change: (text: string) => object }> {
  if (type === 'AccessPolicy')
    return { place: `${type}/${(await newPolicy()).id}`, change: (name) => ({ name }) };
  if (type === 'ClientApplication')
    return { place: `${type}/${(await newClient()).id}`, change: (name) => ({ name }) };
  if (type === 'Project')
    return { place: `${type}/${world.project.id}`, change: (description) => ({ description }) };
  const person = await world.addPerson(world.project.id);
  if (type === 'ProjectMembership')
    return { place: `${type}/${person.membershipId}`, change: (externalId) => ({ externalId }) };
  return { place: `${type}/${person.userId}`, change: (firstName) => ({ firstName }) };
}

/** What GraphQL changes of it, as somebody else would. */
async function changeElsewhere(type: Type, id: string, version: number): Promise<void> {
  const edit = { AccessPolicy: 'AccessPolicy', ClientApplication: 'Client', Project: 'Project' } as const;
  const run = (operation: string, input: object) =>
    fhir.ask(
      `mutation($input: ${operation[0]!.toUpperCase()}${operation.slice(1)}Input!) {
      ${operation}(input: $input) { __typename } }`,
      { input },
    );
  if (type === 'ProjectMembership')
    await run('editMembership', { id, version, changes: { label: 'Elsewhere' } });
  else if (type === 'User') await run('editUser', { id, version, familyName: 'Elsewhere' });
  else await run(`edit${edit[type]}`, { id, version, name: 'Elsewhere' });
}

describe.each(types)('%s as it was', (type) => {
  it('is kept whoever changed it, and read by version: a Bundle, newest first', async () => {
    const { place, change } = await one(type);
    const id = place.split('/')[1]!;
    const first = await read(place);
    const second = await done(call('PUT', place, { ...first, ...change('Second') }));
    await changeElsewhere(type, id, Number(second.meta.versionId));
    const third = await read(place);
    expect(third).not.toEqual(second);
    const { meta } = second;
    expect(meta.author.reference).toMatch(/^ClientApplication\//);
    expect(Number(meta.versionId)).toBe(Number(first.meta.versionId) + 1);
    for (const version of [first, second, third]) {
      const answer = await call('GET', `${place}/_history/${version.meta.versionId}`);
      expect([answer.status, answer.body]).toEqual([200, version]);
      expect(answer.headers.get('etag')).toBe(`W/"${version.meta.versionId}"`);
    }
    const bundle = await read(`${place}/_history`);
    expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'history' });
    expect(bundle.entry.slice(0, 3).map(({ resource }: Json) => resource)).toEqual([third, second, first]);
    expect(bundle.entry[0].request).toEqual({ method: 'PUT', url: place });
    const made = bundle.entry.find(({ resource }: Json) => resource.meta.versionId === '1');
    expect(made.request).toEqual({ method: 'POST', url: type });
    expect(made.response.status).toBe('201');
    const page = await read(`${place}/_history?_count=1&_offset=1`);
    expect(page.entry.map(({ resource }: Json) => resource)).toEqual([second]);
    const since = await read(`${place}/_history?_since=${third.meta.lastUpdated}`);
    expect(since.entry[0].resource).toEqual(third);
    expect(await read(`${place}/_history?_offset=1000`)).not.toHaveProperty('entry');
  });

  it('V22 W-529 is for admins of the project only; what is no version is not found', async () => {
    const { place } = await one(type);
    const everything = await fhir.person(
      { resourceType: '*' },
      ...types.map((each) => ({ resourceType: each })),
    );
    for (const token of [world.tokens.member, everything.token])
      for (const path of [`${place}/_history`, `${place}/_history/1`])
        expect(outcome(await fhir.call({ token }, 'GET', path))).toEqual(refused(403, 'forbidden'));
    for (const path of [`${place}/_history`, `${place}/_history/1`])
      expect(outcome(await fhir.call({ token: foreignAdmin }, 'GET', path))).toEqual(
        refused(404, 'not-found'),
      );
    for (const version of ['0', '77', '-1', '1.0', '01', '99999999999', 'x', world.project.id])
      expect([version, ...outcome(await call('GET', `${place}/_history/${version}`))]).toEqual([
        version,
        ...refused(404, 'not-found'),
      ]);
  });
});

describe('old versions', () => {
  it('F116 hold no secret of a client, and hide what the rights of an admin hide', async () => {
    const made = await newClient({ grantType: ['client_credentials'] });
    const place = `ClientApplication/${made.id}`;
    await fhir.ask(
      'mutation($input: RotateClientSecretInput!) { rotateClientSecret(input: $input) { client { id } } }',
      { input: { id: made.id } },
    );
    await done(call('PUT', place, { ...(await read(place)), name: 'Other' }));
    const bundle = await read(`${place}/_history`);
    expect(bundle.entry).toHaveLength(3);
    expect(JSON.stringify(bundle)).not.toMatch(/secret|hash/i);
    const project = `Project/${world.project.id}`;
    await done(call('PUT', project, { ...(await read(project)), description: 'Hidden' }));
    const history = await read(`${project}/_history`);
    for (const { resource } of history.entry) {
      expect(resource).not.toHaveProperty('superAdmin');
      expect(resource).not.toHaveProperty('strictMode');
    }
  });

  it('of a project have the default policies of their time, in one version for each write', async () => {
    const place = `Project/${world.project.id}`;
    const before = await read(place);
    const policies = [await newPolicy(), await newPolicy()];
    const withPatient = (id: string, base: Json) => ({
      ...base,
      defaultAccessPolicies: base.defaultAccessPolicies.map((each: Json) =>
        each.profileType === 'Patient'
          ? { ...each, accessPolicy: { reference: `AccessPolicy/${id}` } }
          : each,
      ),
    });
    const second = await done(call('PUT', place, withPatient(policies[0].id, before)));
    expect(Number(second.meta.versionId)).toBe(Number(before.meta.versionId) + 1);
    await fhir.ask(
      'mutation($input: SetDefaultAccessPolicyInput!) { setDefaultAccessPolicy(input: $input) { __typename } }',
      { input: { for: 'Patient', accessPolicyId: policies[1].id } },
    );
    const third = await read(place);
    expect(third.defaultAccessPolicies).toEqual(withPatient(policies[1].id, before).defaultAccessPolicies);
    const fourth = await done(call('PUT', place, { ...third, description: 'Fourth' }));
    const bundle = await read(`${place}/_history?_count=4`);
    expect(bundle.entry.map(({ resource }: Json) => resource)).toEqual([fourth, third, second, before]);
    for (const version of [before, second, third])
      expect(await read(`${place}/_history/${version.meta.versionId}`)).toEqual(version);
    const stale = await call('PUT', place, withPatient(policies[0].id, before), {
      'if-match': `W/"${third.meta.versionId}"`,
    });
    expect(stale.status).toBe(412);
  });

  it('name as author the profile of whoever wrote, and nobody for the server', async () => {
    const person = await world.addPerson(world.project.id);
    const place = `ProjectMembership/${person.membershipId}`;
    const first = await read(place);
    expect(first.meta).not.toHaveProperty('author');
    const { profile } = await read(`ProjectMembership/${world.project.admin.membershipId}`);
    const { app, admin } = world.project;
    const token = (await world.agent.codeFlow(app, admin, { scope: 'openid' })).body.access_token;
    await done(fhir.call({ token }, 'PUT', place, { ...first, externalId: 'Theirs' }, extended));
    await done(call('PUT', place, { ...(await read(place)), externalId: 'Ours' }));
    const { entry } = await read(`${place}/_history`);
    expect(entry.map(({ resource }: Json) => resource.meta.author?.reference)).toEqual([
      expect.stringMatching(/^ClientApplication\//),
      profile.reference,
      undefined,
    ]);
    const plain = await done(call('GET', `${place}/_history/2`, undefined, {}));
    expect(Object.keys(plain.meta).sort()).toEqual(['lastUpdated', 'versionId']);
  });
});

describe('deleting', () => {
  it('a policy: gone, absent from searches, its history says so; as it was it can still be read', async () => {
    const made = (await call('POST', 'AccessPolicy', { resourceType: 'AccessPolicy', name: 'Short' })).body;
    const place = `AccessPolicy/${made.id}`;
    expect((await call('DELETE', place, undefined, { 'if-match': 'W/"9"' })).status).toBe(412);
    expect((await call('DELETE', place)).status).toBe(200);
    expect(outcome(await call('GET', place))).toEqual(refused(410, 'deleted'));
    expect(outcome(await call('PUT', place, made))).toEqual(refused(410, 'deleted'));
    expect((await call('DELETE', place)).status).toBe(200);
    expect((await call('GET', `AccessPolicy?_id=${made.id}`)).body).not.toHaveProperty('entry');
    expect((await call('GET', `${place}/_history/1`)).body).toEqual(made);
    expect(outcome(await call('GET', `${place}/_history/2`))).toEqual(refused(410, 'deleted'));
    const { body } = await call('GET', `${place}/_history`);
    expect(body.entry.map(({ request, response }: Json) => [request.method, response.etag])).toEqual([
      ['DELETE', 'W/"2"'],
      ['POST', 'W/"1"'],
    ]);
    expect(body.entry[0]).not.toHaveProperty('resource');
    const theirs = { token: await world.adminToken(world.other.id) };
    expect(outcome(await fhir.call(theirs, 'GET', place))).toEqual(refused(404, 'not-found'));
  });

  it('a policy that members or defaults have is refused, in words; nothing is changed', async () => {
    const person = await world.addPerson(world.project.id);
    const membership = await read(`ProjectMembership/${person.membershipId}`);
    const place = `ProjectMembership/${person.membershipId}`;
    const [first, second] = [await newPolicy(), await newPolicy()];
    const reference = (id: string) => ({ reference: `AccessPolicy/${id}` });
    await done(
      call('PUT', place, { ...membership, access: [{ policy: reference(first.id) }], active: false }),
    );
    const project = await read(`Project/${world.project.id}`);
    const inUse = [`AccessPolicy/${first.id}`, project.defaultAccessPolicies[0].accessPolicy.reference];
    for (const one of inUse) {
      const answer = await call('DELETE', one);
      expect(outcome(answer)).toEqual(refused(409, 'conflict'));
      expect(answer.body.issue[0].details.text).toMatch(/another one first/);
      const id = one.split('/')[1];
      const graphql = await world.graphql(
        'admin',
        'mutation($input: RemoveAccessPolicyInput!) { removeAccessPolicy(input: $input) { removedId } }',
        { input: { id } },
      );
      expect(graphql.errors[0]?.extensions).toMatchObject({ reason: 'access-policy-in-use' });
      await read(one);
    }
    const now = await read(place);
    await done(call('PUT', place, { ...now, access: [{ policy: reference(second.id) }] }));
    expect(
      await fhir.ask(
        'mutation($input: RemoveAccessPolicyInput!) { removeAccessPolicy(input: $input) { removedId } }',
        { input: { id: first.id } },
      ),
    ).toEqual({ removeAccessPolicy: { removedId: first.id } });
    expect((await call('DELETE', `AccessPolicy/${second.id}`)).status).toBe(409);
  });

  it('a policy while it is given to a member: one of both is refused', async () => {
    const person = await world.addPerson(world.project.id);
    const place = `ProjectMembership/${person.membershipId}`;
    for (let round = 0; round < 6; round++) {
      const { id } = await newPolicy();
      const before = await read(place);
      const access = [{ policy: { reference: `AccessPolicy/${id}` } }];
      const [gone, given] = await Promise.all([
        call('DELETE', `AccessPolicy/${id}`),
        call('PUT', place, { ...before, access }),
      ]);
      expect([
        [200, 404],
        [409, 200],
      ]).toContainEqual([gone.status, given.status]);
      expect((await call('GET', `AccessPolicy/${id}`)).status).toBe(gone.status === 200 ? 410 : 200);
    }
  });

  it('a client: its secret, tokens, membership and apps’ logins end with it', async () => {
    const client = await world.addClient(world.project.id, {
      name: 'Robot',
      grantTypes: ['client_credentials'],
    });
    const place = `ClientApplication/${client.id}`;
    const { access_token: token } = (await world.agent.clientCredentials(client)).body;
    expect((await fhir.call({ token }, 'GET', 'Patient')).status).not.toBe(401);
    const { entry } = await read(`ProjectMembership?profile=${place}`);
    const membership = `ProjectMembership/${entry[0].resource.id}`;
    await done(call('DELETE', place));
    expect((await fhir.call({ token }, 'GET', 'Patient')).status).toBe(401);
    expect((await world.agent.clientCredentials(client)).status).toBe(401);
    for (const each of [place, membership]) {
      expect(outcome(await call('GET', each))).toEqual(refused(410, 'deleted'));
      const history = await read(`${each}/_history`);
      expect(history.entry[0].request.method).toBe('DELETE');
    }
    expect(await read(`ClientApplication?_id=${client.id}`)).not.toHaveProperty('entry');
    const { auditRecords } = await fhir.ask(
      '{ auditRecords(types: [CLIENT_REMOVED, MEMBERSHIP_REMOVED], first: 2) { edges { node { target } } } }',
    );
    expect(auditRecords.edges.map(({ node }: Json) => node.target).sort()).toEqual(
      [place, membership].sort(),
    );
  });

  it('a client that people signed in through ends their logins', async () => {
    const app = await world.addClient(world.project.id, {
      name: 'Portal',
      grantTypes: ['authorization_code', 'refresh_token'],
      redirectUris: ['https://portal.example/callback'],
    });
    const { person } = world.project;
    const { access_token: token, refresh_token: refresh } = (
      await world.agent.codeFlow({ ...app, redirectUri: 'https://portal.example/callback' }, person, {
        scope: 'openid offline_access',
      })
    ).body;
    const removed = await fhir.ask(
      'mutation($input: ClientIdInput!) { removeClient(input: $input) { removedId } }',
      { input: { id: app.id } },
    );
    expect(removed).toEqual({ removeClient: { removedId: app.id } });
    expect((await fhir.call({ token }, 'GET', 'Patient')).status).toBe(401);
    const again = await world.agent.token({
      grant_type: 'refresh_token',
      refresh_token: refresh,
      client_id: app.id,
    });
    expect(again.status).toBeGreaterThanOrEqual(400);
    const { logins } = await fhir.ask('{ logins(first: 5) { edges { node { clientName } } } }');
    expect(logins.edges.length).toBeGreaterThan(0);
  });

  it('of the client that one came through, or that the server needs, is refused', async () => {
    const token = await world.adminToken(world.project.id);
    const me = (await fhir.call({ token }, 'GET', 'ProjectMembership?_sort=-_lastUpdated&_count=1')).body;
    const { reference } = me.entry[0].resource.profile;
    expect(outcome(await fhir.call({ token }, 'DELETE', reference))).toEqual(refused(409, 'conflict'));
    expect((await fhir.call({ token }, 'GET', reference)).status).toBe(200);
    await done(call('DELETE', reference));
    expect((await fhir.call({ token }, 'GET', reference)).status).toBe(401);
  });

  it('of a project or a user is nobody’s to do: they are switched off', async () => {
    const { person } = world.project;
    for (const place of [`Project/${world.project.id}`, `User/${person.userId}`])
      expect(outcome(await call('DELETE', place))).toEqual(refused(403, 'forbidden'));
  });

  it('a membership goes over the version that was read: no change in between is lost', async () => {
    for (let round = 0; round < 8; round++) {
      const person = await world.addPerson(world.project.id);
      const place = `ProjectMembership/${person.membershipId}`;
      const before = await read(place);
      const headers = { 'if-match': `W/"${before.meta.versionId}"` };
      const [gone, changed] = await Promise.all([
        call('DELETE', place, undefined, headers),
        call('PUT', place, { ...before, externalId: `Kept ${round} ${person.userId}` }),
      ]);
      expect([
        [200, 410],
        [200, 404],
        [412, 200],
      ]).toContainEqual([gone.status, changed.status]);
    }
  });
});

describe('switching off', () => {
  it.each([
    ['ClientApplication', { status: 'off' }, { name: 'Else' }],
    ['ProjectMembership', { active: false }, { admin: true }],
  ] as const)(
    'a %s goes over the version that was read: of two at once one is told',
    async (type, off, other) => {
      for (let round = 0; round < 8; round++) {
        const { place } = await one(type);
        const before = await read(place);
        const headers = { 'if-match': `W/"${before.meta.versionId}"` };
        const answers = await Promise.all([
          call('PUT', place, { ...before, ...off }, headers),
          call('PUT', place, { ...before, ...other }, headers),
        ]);
        expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
      }
    },
  );
});

describe('the life of old versions', () => {
  const adminNow = () => world.adminToken(world.project.id);

  it('are deleted six years after their time, the newest never', async () => {
    const { id } = await newPolicy();
    const place = `AccessPolicy/${id}`;
    await done(call('PUT', place, { ...(await read(place)), name: 'Second' }));
    const purge = async (years: number) => {
      world.app.clock.advance(years * 366 * 86_400_000);
      await world.app.get(Purges).send({}, { signal: new AbortController().signal });
    };
    const token = await adminNow();
    expect((await fhir.call({ token }, 'GET', `${place}/_history`)).body.entry).toHaveLength(2);
    await purge(7);
    const later = await adminNow();
    const { body } = await fhir.call({ token: later }, 'GET', `${place}/_history`);
    expect(body.entry.map(({ request, resource }: Json) => [request.method, resource.name])).toEqual([
      ['PUT', 'Second'],
    ]);
  });
});
