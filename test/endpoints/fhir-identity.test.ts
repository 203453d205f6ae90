import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { FhirAgent, outcome, refused } from '../helpers/fhir-agent.js';

let world: AdminWorld;
let fhir: FhirAgent;
/** One of each type of the first project, and of the other. */
let ours: Record<string, string>;
let theirs: Record<string, string>;
beforeAll(async () => {
  world = await startAdminWorld();
  fhir = new FhirAgent(world);
  const one = async (token: string, type: string) =>
    (await fhir.call({ token }, 'GET', `${type}?_count=1`)).body.entry[0].resource.id as string;
  const all = async (token: string) =>
    Object.fromEntries(await Promise.all(types.map(async (type) => [type, await one(token, type)])));
  ours = await all(world.tokens.admin);
  theirs = await all(await world.adminToken(world.other.id));
});
afterAll(() => world.close());

const types = ['AccessPolicy', 'ClientApplication', 'Project', 'ProjectMembership', 'User'] as const;
const nobody = '01890000-0000-7000-8000-000000000000';
const get = (token: string, path: string, headers: Record<string, string> = {}) =>
  fhir.call({ token }, 'GET', path, undefined, headers);
const admin = () => world.tokens.admin;
async function ids(token: string, search: string): Promise<string[]> {
  const { status, body } = await get(token, search);
  expect([status, body.resourceType]).toEqual([200, 'Bundle']);
  return (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id);
}

describe.each(types)('%s at the FHIR door', (type) => {
  it('is read by an admin, with its version; whose it is only when asked', async () => {
    const answer = await get(admin(), `${type}/${ours[type]}`);
    expect(answer.status).toBe(200);
    const { meta } = answer.body;
    expect(answer.body).toMatchObject({ resourceType: type, id: ours[type] });
    expect(Object.keys(meta).sort()).toEqual(['lastUpdated', 'versionId']);
    expect(answer.headers.get('etag')).toBe(`W/"${meta.versionId}"`);
    const extended = await get(admin(), `${type}/${ours[type]}`, { 'x-medplum': 'extended' });
    expect(extended.body.meta).toMatchObject({
      project: world.project.id,
      compartment: [{ reference: `Project/${world.project.id}` }],
    });
  });

  it('W-483 W-512 W-529 is nobody else’s to see, whatever the policy says', async () => {
    const everything = await fhir.person(
      { resourceType: '*' },
      ...types.map((one) => ({ resourceType: one })),
    );
    for (const token of [world.tokens.member, everything.token])
      for (const path of [`${type}/${ours[type]}`, `${type}/${nobody}`, type, `${type}?_id=${ours[type]}`])
        expect(outcome(await get(token, path))).toEqual(refused(403, 'forbidden'));
    expect(outcome(await fhir.call(undefined, 'GET', `${type}/${ours[type]}`))).toEqual(
      refused(401, 'login'),
    );
  });

  it('V22 F108 of another project is answered like what does not exist', async () => {
    const answers = [
      await get(admin(), `${type}/${theirs[type]}`),
      await get(admin(), `${type}/${nobody}`),
      await get(admin(), `${type}/1`),
      await get(world.tokens.super, `${type}/${ours[type]}`),
    ];
    for (const answer of answers) expect(outcome(answer)).toEqual(refused(404, 'not-found'));
    const words = answers.map(({ body: { extension: _, ...rest } }) => JSON.stringify(rest));
    expect(new Set(words).size).toBe(1);
    expect(await ids(admin(), `${type}?_id=${theirs[type]}`)).toEqual([]);
    expect(await ids(admin(), `${type}?_id=${theirs[type]},${ours[type]}`)).toEqual([ours[type]]);
    expect(await ids(admin(), `${type}?_project=Project/${world.other.id}`)).toEqual([]);
  });

  it('is found a page at a time, in both orders, and counted as far as it is visible', async () => {
    const every = await ids(admin(), `${type}?_count=1000`);
    const { body } = await get(admin(), `${type}?_total=accurate&_count=1`);
    expect(body.total).toBe(every.length);
    for (const sort of ['_id', '-_id', '_lastUpdated', '-_lastUpdated']) {
      const seen: string[] = [];
      for (let path = `${type}?_count=2&_sort=${sort}`; path; ) {
        const page = await get(admin(), path);
        seen.push(
          ...(page.body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id),
        );
        const next = page.body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
        path = next ? next.slice(next.indexOf(`/${type}?`) + 1) : '';
      }
      expect([...seen].sort()).toEqual([...every].sort());
      expect(new Set(seen).size).toBe(seen.length);
    }
  });

  it('is searched by published parameters only', async () => {
    expect(outcome(await get(admin(), `${type}?nonsense=1`))).toEqual(refused(400, 'not-supported'));
    expect(outcome(await get(admin(), `${type}?_sort=name`))).toEqual(refused(400, 'not-supported'));
  });

  it('records what was read and what was refused', async () => {
    await get(admin(), `${type}/${ours[type]}`);
    await get(world.tokens.member, `${type}/${ours[type]}`);
    const { auditRecords } = await fhir.ask(
      '{ auditRecords(types: [RESOURCE_READ, ACCESS_REFUSED], first: 2) { edges { node { type target } } } }',
    );
    const [newest, before] = auditRecords.edges.map(({ node }: { node: object }) => node);
    expect(newest).toMatchObject({ type: 'ACCESS_REFUSED' });
    expect(before).toMatchObject({ type: 'RESOURCE_READ', target: `${type}/${ours[type]}` });
  });
});

describe('what is shown', () => {
  it('F116 of a client: everything but its secrets', async () => {
    const { id } = world.project.server;
    const { body } = await get(admin(), `ClientApplication/${id}`);
    expect(body).toEqual({
      resourceType: 'ClientApplication',
      id,
      meta: expect.anything(),
      status: 'active',
      name: 'North clinic server',
      redirectUris: ['https://server.example/callback'],
      pkceOptional: false,
      accessTokenLifetime: '3600s',
      refreshTokenLifetime: '1209600s',
      grantType: ['authorization_code', 'refresh_token', 'client_credentials'],
    });
    expect(JSON.stringify(body)).not.toContain(world.project.server.secret);
  });

  it('W-467 of a user of the project: names and address; W-468 a server-scoped one is not found', async () => {
    const { person } = world.project;
    const { body } = await get(admin(), `User/${person.userId}`);
    expect(body).toEqual({
      resourceType: 'User',
      id: person.userId,
      meta: expect.anything(),
      firstName: 'Ada',
      lastName: expect.any(String),
      email: person.email,
      emailVerified: false,
      project: { reference: `Project/${world.project.id}` },
    });
    expect(await ids(admin(), `User?email=${person.email}`)).toEqual([person.userId]);
    const sora = await world.addServerPerson(world.project.id);
    expect(await ids(admin(), `User?email=${sora.email}`)).toEqual([]);
    expect(outcome(await get(admin(), `User/${sora.userId}`))).toEqual(refused(404, 'not-found'));
    const [membership] = await ids(admin(), `ProjectMembership?user=User/${sora.userId}`);
    expect(membership).toBe(sora.membershipId);
  });

  it('of a membership: who, as whom, under which policy', async () => {
    const { person } = world.project;
    const { body } = await get(admin(), `ProjectMembership/${person.membershipId}`);
    expect(body).toMatchObject({
      resourceType: 'ProjectMembership',
      active: true,
      admin: false,
      project: { reference: `Project/${world.project.id}` },
      user: { reference: `User/${person.userId}` },
      profile: { reference: expect.stringMatching(/^Practitioner\//) },
      accessPolicy: { reference: expect.stringMatching(/^AccessPolicy\//) },
    });
    const found = async (search: string) => ids(admin(), `ProjectMembership?_count=1000&${search}`);
    expect(await found(`profile=${body.profile.reference}`)).toEqual([person.membershipId]);
    expect(await found(`access-policy=${body.accessPolicy.reference}`)).toContain(person.membershipId);
    expect(await found('admin=true')).not.toContain(person.membershipId);
    expect(await found('admin=false&active=true')).toContain(person.membershipId);
    expect((await get(admin(), 'ProjectMembership?profile-type=Practitioner')).status).toBe(400);
  });

  it('of the project: no more than an admin may know', async () => {
    const { body } = await get(admin(), `Project/${world.project.id}`);
    expect(body).toMatchObject({
      resourceType: 'Project',
      name: 'North clinic',
      active: true,
      setting: [
        { name: 'passwordMinimum', valueInteger: 15 },
        { name: 'onBehalfOfWithinOwnPolicy', valueBoolean: false },
        { name: 'secondFactorRequired', valueBoolean: false },
      ],
    });
    expect(body.defaultAccessPolicies.map(({ profileType }: { profileType: string }) => profileType)).toEqual(
      ['Patient', 'Practitioner', 'RelatedPerson', 'Admin'],
    );
    for (const name of ['superAdmin', 'strictMode', 'systemSecret']) expect(body).not.toHaveProperty(name);
    const own = await get(world.tokens.super, `Project/${world.superProject}`);
    expect(own.body).toMatchObject({ superAdmin: true, strictMode: true });
    expect(await ids(world.tokens.super, 'Project')).toEqual([world.superProject]);
    expect(await ids(admin(), 'Project?name=north')).toEqual([world.project.id]);
    expect(await ids(admin(), 'Project?name=south')).toEqual([]);
  });

  it('the whole policy, as it was made', async () => {
    const { createAccessPolicy } = await fhir.ask(
      'mutation($input: CreateAccessPolicyInput!) { createAccessPolicy(input: $input) { accessPolicy { id } } }',
      {
        input: {
          name: 'Whole',
          compartment: 'Organization/1',
          resource: [
            {
              resourceType: 'Patient',
              criteria: 'Patient?active=true',
              interaction: ['READ'],
              compartment: '%patient',
            },
          ],
          ipAccessRule: [{ value: '10.0.0.0/8', action: 'BLOCK' }],
        },
      },
    );
    const { body } = await get(admin(), `AccessPolicy/${createAccessPolicy.accessPolicy.id}`);
    expect(body).toMatchObject({
      name: 'Whole',
      compartment: { reference: 'Organization/1' },
      resource: [
        {
          resourceType: 'Patient',
          criteria: 'Patient?active=true',
          interaction: ['read'],
          compartment: { reference: '%patient' },
        },
      ],
      ipAccessRule: [{ value: '10.0.0.0/8', action: 'block' }],
    });
  });
});

describe('operations of the wire protocol', () => {
  it.each(['$smart-launch', '$rotate-secret', '$update-email', '$rescope', '$init'])(
    '%s does not exist',
    async (name) => {
      for (const path of [`ClientApplication/${ours['ClientApplication']}/${name}`, `Project/${name}`])
        for (const method of ['GET', 'POST']) {
          const body = method === 'POST' ? {} : undefined;
          const { status } = await fhir.call({ token: admin() }, method, path, body);
          expect([path, method, status]).toEqual([path, method, 404]);
        }
    },
  );
});

describe('a Patient', () => {
  it('neither contains nor confirms what is seen by admins only', async () => {
    const { token } = await fhir.person({ resourceType: 'Patient' });
    const naming = (reference: string) =>
      fhir.call({ token }, 'POST', 'Patient', {
        resourceType: 'Patient',
        extension: [{ url: 'https://example.org/x', valueReference: { reference } }],
      });
    const known = await naming(`User/${ours['User']}`);
    const unknown = await naming(`User/${nobody}`);
    expect(known.status).toBe(unknown.status);
    const holding = await fhir.call({ token }, 'POST', 'Patient', {
      resourceType: 'Patient',
      contained: [{ resourceType: 'User', id: 'x', firstName: 'A', lastName: 'B' }],
    });
    expect(holding.status).toBe(400);
  });
});
