import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { MembershipsService } from '../../src/memberships/memberships.service.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { AssertionSigner, assertionForm, newClientKey } from '../helpers/client-keys.js';
import { FhirAgent, type FhirPerson } from '../helpers/fhir-agent.js';
import { newPolicy } from '../helpers/members.js';
import { basicHeader, type JsonAnswer, type TestClient } from '../helpers/oauth-agent.js';

interface OwnClient extends TestClient {
  readonly version: number;
  readonly membership: { readonly id: string; readonly version: number };
}

const header = 'x-medplum-on-behalf-of';
const extended = { 'x-medplum': 'extended' };
const unknownId = '01890000-0000-7000-8000-000000000000';
const words = {
  notAllowed:
    'You may not act on behalf of a member. It takes admin rights, or a client that may act for members.',
  unknown: 'Your project has no active member of this name.',
  invalid:
    'X-Medplum-On-Behalf-Of names one member: ProjectMembership/{id}, or a profile like Practitioner/{id}.',
  address: 'IP address not allowed. The access policy lets you in from other addresses only.',
};

let world: AdminWorld;
let fhir: FhirAgent;
/** Admin of the project. */
let backend: OwnClient;
/** May act for members; sees no dates of birth, and only those of the ward. */
let relay: OwnClient;
/** See patients of one ward each. */
let north: FhirPerson;
let south: FhirPerson;
const ward = (name: string) => ({ organization: `Organization/${name}` });
const patientsOf = (name: string) => [
  { resourceType: 'Patient', criteria: `Patient?organization=${ward(name).organization}` },
];

beforeAll(async () => {
  world = await startAdminWorld();
  fhir = new FhirAgent(world);
  backend = await newClient({}, { admin: true });
  const accessPolicyId = await newPolicy(world, [
    {
      resourceType: 'Patient',
      hiddenFields: ['birthDate'],
      interaction: ['CREATE', 'READ', 'SEARCH', 'UPDATE'],
    },
  ]);
  relay = await newClient({ mayActForMembers: true }, { accessPolicyId });
  north = await fhir.person(...patientsOf('north'));
  south = await fhir.person(...patientsOf('south'));
});
afterAll(() => world.close());

/** A client made through `/graphql`. */
async function newClient(settings: object, membership: object = {}): Promise<OwnClient> {
  const { createClient } = await fhir.ask(
    `mutation($input: CreateClientInput!) { createClient(input: $input) { client { id version } secret membership { id version } } }`,
    { input: { name: 'Acts', grantTypes: ['CLIENT_CREDENTIALS'], membership, ...settings } },
  );
  const { client, secret, membership: of } = createClient;
  return { id: client.id, version: client.version, secret, membership: of, redirectUri: '' };
}

const basic = (client: TestClient) => ({ authorization: basicHeader(client) });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const tokenOf = async (client: TestClient): Promise<string> =>
  (await world.agent.clientCredentials(client)).body.access_token;
const byMembership = ({ membershipId }: { membershipId: string }) => ({
  [header]: `ProjectMembership/${membershipId}`,
});
const byProfile = ({ profile }: { profile: string }) => ({ [header]: profile });

const patient = (of: string, more: object = {}) => ({
  resourceType: 'Patient',
  name: [{ family: 'Quill', given: ['Ada'] }],
  birthDate: '1980-01-31',
  managingOrganization: { reference: ward(of).organization },
  ...more,
});
const call = (
  headers: Record<string, string>,
  method: string,
  path: string,
  body?: unknown,
): Promise<JsonAnswer> => fhir.call(undefined, method, path, body, headers);

async function made(headers: Record<string, string>, of: string, more: object = {}) {
  const answer = await call({ ...headers, ...extended }, 'POST', 'Patient', patient(of, more));
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

/** Status and words of a refusal, without what differs from request to request. */
const said = ({ status, body }: JsonAnswer) => [status, body.issue?.[0]?.details.text];

describe('who may act on behalf of a member', () => {
  const callers: [string, () => Promise<Record<string, string>>, [number, string?]][] = [
    ['W-504 an admin client with its secret', async () => basic(backend), [200]],
    ['W-505 an admin client with a token', async () => bearer(await tokenOf(backend)), [200]],
    ['a client that may act for members, with its secret', async () => basic(relay), [200]],
    ['a client that may act for members, with a token', async () => bearer(await tokenOf(relay)), [200]],
    [
      'an admin who is a person',
      async () =>
        bearer((await world.agent.codeFlow(world.project.app, world.project.admin)).body.access_token),
      [200],
    ],
    ['W-508 a client that is no admin', async () => basic(world.project.server), [403, words.notAllowed]],
    ['W-508 a person who is no admin', async () => bearer(north.token), [403, words.notAllowed]],
    [
      'an admin who granted an app scopes for resources only',
      async () => {
        const scope = 'openid user/Patient.rs';
        const { body } = await world.agent.codeFlow(world.project.app, world.project.admin, { scope });
        return bearer(body.access_token);
      },
      [403, words.notAllowed],
    ],
    [
      'an app of another house that an admin signed in to',
      async () => {
        const app = await world.addClient(world.project.id, {
          name: 'Of another house',
          redirectUris: ['https://app.example/callback'],
          scopesOnly: true,
        });
        const scope = 'openid user/Patient.rs';
        return bearer((await world.agent.codeFlow(app, world.project.admin, { scope })).body.access_token);
      },
      [403, words.notAllowed],
    ],
    [
      'a person who signed in to a client that may act for members',
      async () => {
        const app = await world.addClient(world.project.id, {
          name: 'Both',
          redirectUris: ['https://app.example/callback'],
          grantTypes: ['authorization_code', 'client_credentials'],
          authenticatedGrants: ['client_credentials'],
          mayActForMembers: true,
        });
        return bearer((await world.agent.codeFlow(app, world.project.person)).body.access_token);
      },
      [403, words.notAllowed],
    ],
    [
      'F72 a super admin: nobody acts from the super-admin project',
      async () => bearer(world.tokens.super),
      [403, words.notAllowed],
    ],
  ];

  it.each(callers)('%s', async (_, credentials, [status, text]) => {
    const headers = await credentials();
    for (const named of [byMembership(north), byProfile(north)]) {
      const answer = await call({ ...headers, ...named }, 'GET', 'Patient');
      expect(said(answer)).toEqual([status, text]);
      // Whoever may not learns nothing about the name either.
      if (status === 403)
        for (const text of ['rubbish', `Practitioner/${unknownId}`])
          expect(said(await call({ ...headers, [header]: text }, 'GET', 'Patient'))).toEqual(said(answer));
    }
  });

  it('F72 a bad credential stays 401, whoever is named', async () => {
    for (const headers of [{}, bearer('a.b.c'), basic({ ...backend, secret: 'x' })]) {
      const answer = await call({ ...headers, ...byMembership(north) }, 'GET', 'Patient');
      expect([answer.status, answer.body.id]).toEqual([401, 'unauthorized']);
    }
  });
});

describe('whom the header names', () => {
  const unknown: [string, () => Promise<string> | string][] = [
    ['W-509 a membership of another project', () => `ProjectMembership/${world.other.person.membershipId}`],
    [
      'W-509 a profile of another project',
      async () => {
        const { body } = await world.agent.codeFlow(world.other.app, world.other.person);
        return String(decodeJwt(body.access_token)['profile']);
      },
    ],
    ['a client of another project', () => `ClientApplication/${world.other.server.id}`],
    ['F72 a member of the super-admin project', superMember],
    ['a membership that does not exist', () => `ProjectMembership/${unknownId}`],
    ['a profile that does not exist', () => `Practitioner/${unknownId}`],
    ['an id that no row can have', () => 'ProjectMembership/abc123'],
    ['an id in capitals', () => `ProjectMembership/${north.membershipId.toUpperCase()}`],
    ['a profile under another type', () => north.profile.replace('Practitioner', 'Patient')],
    ['a person who is no profile', () => `User/${north.userId}`],
    ['a type that is never a profile', () => `Observation/${unknownId}`],
    ['a type that is none', () => `Nonsense/${unknownId}`],
    ['a bot', () => `Bot/${unknownId}`],
    [
      'a deactivated membership',
      async () => {
        const person = await fhir.person(...patientsOf('north'));
        await act('deactivateMembership', 'MembershipIdInput', person.membershipId);
        return `ProjectMembership/${person.membershipId}`;
      },
    ],
    [
      'the profile of a deactivated person',
      async () => {
        const person = await fhir.person(...patientsOf('north'));
        await act('deactivateUser', 'UserIdInput', person.userId);
        return person.profile;
      },
    ],
    [
      'a deactivated client',
      async () => {
        const client = await newClient({});
        await act('deactivateClient', 'ClientIdInput', client.id);
        return `ClientApplication/${client.id}`;
      },
    ],
    [
      'a membership that waits for its person',
      async () => `ProjectMembership/${(await world.addServerPerson(world.project.id)).membershipId}`,
    ],
  ];

  it.each(unknown)('%s: 403, in the same words', async (_, name) => {
    const named = await name();
    for (const client of [backend, relay]) {
      const { status, body } = await call({ ...basic(client), [header]: named }, 'GET', 'Patient');
      const { extension: _, ...outcome } = body;
      expect([status, outcome]).toEqual([
        403,
        {
          resourceType: 'OperationOutcome',
          id: 'forbidden',
          issue: [{ severity: 'error', code: 'forbidden', details: { text: words.unknown } }],
        },
      ]);
    }
  });

  it.each([
    ['nothing', () => ''],
    ['rubbish', () => 'rubbish'],
    ['a bare id', () => north.membershipId],
    ['a type without an id', () => 'ProjectMembership/'],
    ['an id without a type', () => `/${north.membershipId}`],
    ['a version', () => `${north.profile}/_history/1`],
    ['two members', () => `${north.profile}, ${south.profile}`],
    ['two members without a space', () => `${north.profile},${south.profile}`],
    ['an address', () => `${world.app.baseUrl}fhir/R4/${north.profile}`],
    ['a search', () => 'Practitioner?name=x'],
    ['a fragment', () => `${north.profile}#x`],
    ['a type in small letters', () => north.profile.toLowerCase()],
    ['an id of 65 letters', () => `Practitioner/${'a'.repeat(65)}`],
    ['8 kB', () => `Practitioner/${'a'.repeat(8000)}`],
    ['a path', () => 'ProjectMembership/../Practitioner'],
  ])('%s: 400', async (_, name) => {
    const answer = await call({ ...basic(backend), [header]: name() }, 'GET', 'Patient');
    expect(said(answer)).toEqual([400, words.invalid]);
  });

  it('a header that comes twice: 400, never the first', async () => {
    for (const values of [
      [north.profile, south.profile],
      [north.profile, north.profile],
    ])
      expect(await raw(new Agent(), { ...basic(backend), [header]: values })).toMatchObject({ status: 400 });
  });

  it('every form of a name is the same member: a person, a patient, a client', async () => {
    const one = await made({ ...basic(backend), ...byMembership(north) }, 'north');
    const device = await newClient({}, { accessPolicyId: await newPolicy(world, patientsOf('north')) });
    const names = [
      `ProjectMembership/${north.membershipId}`,
      north.profile,
      `ProjectMembership/${device.membership.id}`,
      `ClientApplication/${device.id}`,
    ];
    for (const name of names)
      expect((await call({ ...basic(backend), [header]: name }, 'GET', `Patient/${one.id}`)).status).toBe(
        200,
      );
    const own = await world.addPerson(world.project.id, { profileType: 'Patient' });
    const { membership } = await fhir.ask(
      'query($id: ID!) { membership(id: $id) { profile { reference } } }',
      { id: own.membershipId },
    );
    const named = { [header]: membership.profile.reference };
    const read = await call({ ...basic(backend), ...named }, 'GET', membership.profile.reference);
    expect([read.status, read.body.resourceType]).toEqual([200, 'Patient']);
    expect((await call({ ...basic(backend), ...named }, 'GET', `Patient/${one.id}`)).status).toBe(404);
  });

  it('a profile belongs to one membership, so that a name is never two', async () => {
    const members = world.app.get(MembershipsService);
    const [, profileId] = north.profile.split('/');
    const second = {
      projectId: world.project.id,
      member: { userId: north.userId },
      profileType: 'Practitioner' as const,
      profileId: profileId as never,
      state: 'active' as const,
    };
    await expect(
      world.app.get(Db).tx((tx) => members.create(tx, systemActor('test'), second, {}, { another: true })),
    ).rejects.toMatchObject({ code: 'profile-taken' });
  });
});

/** Ends something through `/graphql`. */
async function act(mutation: string, input: string, id: string): Promise<void> {
  await fhir.ask(`mutation($input: ${input}!) { ${mutation}(input: $input) { __typename } }`, {
    input: { id },
  });
}

async function superMember(): Promise<string> {
  const { data } = await world.graphql(
    'super',
    'query($id: ID!) { memberships(projectId: $id) { edges { node { id } } } }',
    { id: world.superProject },
  );
  return `ProjectMembership/${data.memberships.edges[0].node.id}`;
}

describe('what is done on behalf of a member', () => {
  it.each([
    ['W-504', () => basic(backend)],
    ['W-505', async () => bearer(await tokenOf(backend))],
  ])('%s is written by the client, for the member', async (_, credentials) => {
    const headers = await credentials();
    const author = { reference: `ClientApplication/${backend.id}` };
    const first = await made({ ...headers, ...byMembership(north) }, 'north');
    expect(first.meta).toMatchObject({ author, onBehalfOf: { reference: north.profile } });
    const path = `Patient/${first.id}`;
    const plain = await call({ ...headers, ...byMembership(north) }, 'GET', path);
    expect(Object.keys(plain.body.meta).sort()).toEqual(['lastUpdated', 'versionId']);
    // The next writer says for whom anew: the member itself for nobody, the client for another one.
    const changed = { ...first, gender: 'female' };
    const second = await call({ ...bearer(north.token), ...extended }, 'PUT', path, changed);
    expect(second.body.meta).toMatchObject({ author: { reference: north.profile } });
    expect(second.body.meta.onBehalfOf).toBeUndefined();
    const other = await fhir.person(...patientsOf('north'));
    const third = await call({ ...headers, ...byProfile(other), ...extended }, 'PATCH', path, [
      { op: 'add', path: '/active', value: true },
    ]);
    expect(third.body.meta).toMatchObject({ author, onBehalfOf: { reference: other.profile } });
    await call({ ...headers, ...byProfile(north) }, 'DELETE', path);
    const { body } = await call(
      { ...headers, ...byMembership(north), ...extended },
      'GET',
      `${path}/_history`,
    );
    expect(body.entry.map(({ resource }: { resource?: { meta: object } }) => resource?.meta)).toEqual([
      undefined,
      expect.objectContaining({ onBehalfOf: { reference: other.profile } }),
      expect.not.objectContaining({ onBehalfOf: expect.anything() }),
      expect.objectContaining({ onBehalfOf: { reference: north.profile } }),
    ]);
  });

  it('W-506 is read back as the same member, and not there for one of another ward', async () => {
    const one = await made({ ...basic(backend), ...byMembership(north) }, 'north');
    const path = `Patient/${one.id}`;
    for (const named of [byMembership(north), byProfile(north)])
      expect((await call({ ...basic(backend), ...named }, 'GET', path)).status).toBe(200);
    for (const [method, suffix] of [
      ['GET', ''],
      ['GET', '/_history'],
      ['GET', `/_history/${one.meta.versionId}`],
      ['PUT', ''],
      ['DELETE', ''],
    ] as const) {
      const body = method === 'PUT' ? one : undefined;
      // The version is right, but whoever does not see it is not told so.
      const condition = method === 'GET' ? 'if-none-match' : 'if-match';
      const more = { [condition]: `W/"${one.meta.versionId}"` };
      const headers = { ...basic(backend), ...byMembership(south), ...more };
      expect((await call(headers, method, `${path}${suffix}`, body)).status).toBe(404);
    }
    expect(
      (await call({ ...basic(backend), ...byMembership(south) }, 'POST', 'Patient', patient('north'))).status,
    ).toBe(403);
  });

  it('searches, counts and pages as far as the member sees, also from where somebody else was', async () => {
    const family = `Page${Date.now()}`;
    const named = { name: [{ family }] };
    for (const name of ['north', 'north', 'north', 'south', 'south']) await made(basic(backend), name, named);
    const search = async (headers: Record<string, string>, query: string) => {
      const { body } = await call(
        { ...basic(backend), ...headers },
        'GET',
        `Patient?family=${family}&${query}`,
      );
      return body;
    };
    const total = async (headers: Record<string, string>) => (await search(headers, '_total=accurate')).total;
    expect([await total({}), await total(byMembership(north)), await total(byProfile(south))]).toEqual([
      5, 3, 2,
    ]);
    const first = await search(byMembership(north), '_count=1&_sort=_id');
    const next = first.link.find(({ relation }: { relation: string }) => relation === 'next').url;
    const page = async (headers: Record<string, string>) => {
      const { body } = await call({ ...basic(backend), ...headers }, 'GET', next.split('fhir/R4/')[1]);
      return (body.entry ?? []).map(
        ({ resource }: { resource: { managingOrganization: { reference: string } } }) =>
          resource.managingOrganization.reference,
      );
    };
    expect(await page(byMembership(north))).toEqual(['Organization/north']);
    expect(await page(byMembership(south))).toEqual(['Organization/south']);
  });

  it('If-Match is judged as the member sees it', async () => {
    const one = await made({ ...basic(backend), ...byMembership(north) }, 'north');
    const put = (version: string) =>
      call(
        { ...basic(backend), ...byMembership(north), 'if-match': `W/"${version}"` },
        'PUT',
        `Patient/${one.id}`,
        { ...one, gender: 'female' },
      );
    expect((await put(unknownId)).status).toBe(412);
    expect((await put(one.meta.versionId)).status).toBe(200);
    expect((await put(one.meta.versionId)).status).toBe(412);
  });

  it('W-510 carries the account of the member’s policy, whatever the caller says', async () => {
    const stamped = await fhir.personUnder({
      compartment: 'Organization/stamp',
      resource: [{ resourceType: 'Patient' }],
    });
    const meta = {
      account: { reference: 'Organization/mine' },
      author: { reference: north.profile },
      onBehalfOf: { reference: south.profile },
    };
    const one = await made({ ...basic(backend), ...byMembership(stamped) }, 'north', { meta });
    expect(one.meta).toMatchObject({
      author: { reference: `ClientApplication/${backend.id}` },
      onBehalfOf: { reference: stamped.profile },
      account: { reference: 'Organization/stamp' },
    });
    // An admin says the account, but only under its own name.
    const admin = await fhir.personUnder({ resource: [{ resourceType: 'Patient' }] }, { admin: true });
    const relayed = await made({ ...basic(backend), ...byMembership(admin) }, 'north', { meta });
    expect(relayed.meta.account).toBeUndefined();
    expect((await made(basic(backend), 'north', { meta })).meta.account).toEqual(meta.account);
  });

  it('W-511 F72 is in the record with both: the system, and the member for whom it acted', async () => {
    // Its own: refusals beyond 30 a minute of one client are counted, not recorded one by one.
    const own = await newClient({}, { admin: true });
    const one = await made({ ...basic(own), ...byProfile(north) }, 'north');
    await call({ ...basic(own), ...byProfile(north) }, 'GET', `Patient/${one.id}`);
    await call({ ...basic(own), ...byProfile(north) }, 'GET', 'Patient?family=quill');
    await call({ ...basic(own), ...byProfile(south) }, 'GET', `Patient/${one.id}`);
    await call({ ...basic(own), ...byProfile({ profile: `Practitioner/${unknownId}` }) }, 'GET', 'Patient');
    await call({ ...basic(own), [header]: 'any text/at all' }, 'GET', 'Patient');
    const { auditRecords } = await fhir.ask(
      '{ auditRecords(first: 6) { edges { node { type actorKind clientId membershipId userId detail { name value } } } } }',
    );
    const records = auditRecords.edges.map(
      ({ node }: { node: { detail: { name: string; value: string }[] } }) => ({
        ...node,
        detail: Object.fromEntries(node.detail.map(({ name, value }) => [name, value])),
      }),
    );
    const system = {
      actorKind: 'CLIENT',
      clientId: own.id,
      membershipId: own.membership.id,
      userId: null,
    };
    const acted = ({ membershipId, profile, userId }: FhirPerson) => ({
      onBehalfOf: `ProjectMembership/${membershipId}`,
      onBehalfOfProfile: profile,
      onBehalfOfUser: `User/${userId}`,
    });
    const refusal = { rule: 'on-behalf-of', handler: 'FhirSearchController.byUrl' };
    expect(records).toEqual([
      { type: 'ACCESS_REFUSED', ...system, detail: { ...refusal, reason: 'on-behalf-of-invalid' } },
      {
        type: 'ACCESS_REFUSED',
        ...system,
        detail: { ...refusal, reason: 'on-behalf-of-unknown', named: `Practitioner/${unknownId}` },
      },
      {
        type: 'ACCESS_REFUSED',
        ...system,
        detail: { door: 'fhir', interaction: 'read', type: 'Patient', id: one.id, ...acted(south) },
      },
      {
        type: 'RESOURCE_SEARCHED',
        ...system,
        detail: expect.objectContaining({ type: 'Patient', parameters: 'family', ...acted(north) }),
      },
      { type: 'RESOURCE_READ', ...system, detail: acted(north) },
      { type: 'RESOURCE_CREATED', ...system, detail: expect.objectContaining(acted(north)) },
    ]);
  });
});

describe('how far it goes', () => {
  it('an admin reaches all that the member may; another client only what its own policy opens too', async () => {
    const one = await made({ ...basic(backend), ...byMembership(north) }, 'north');
    const path = `Patient/${one.id}`;
    const seen = async (client: TestClient, method = 'GET', suffix = '', body?: object) =>
      call({ ...basic(client), ...byMembership(north) }, method, `${path}${suffix}`, body);
    expect((await seen(backend)).body.birthDate).toBe('1980-01-31');
    const { body } = await seen(relay);
    expect([body.id, body.birthDate]).toEqual([one.id, undefined]);
    // What it does not see, it does not erase; what its own policy does not open, it does not do.
    expect((await seen(relay, 'PUT', '', { ...body, gender: 'female' })).status).toBe(200);
    expect((await seen(backend)).body).toMatchObject({ birthDate: '1980-01-31', gender: 'female' });
    for (const [method, suffix] of [
      ['DELETE', ''],
      ['GET', '/_history'],
    ] as const) {
      expect((await seen(relay, method, suffix)).status).toBe(403);
    }
    expect((await call({ ...basic(relay), ...byMembership(north) }, 'GET', north.profile)).status).toBe(403);
    expect((await call({ ...basic(relay), ...byMembership(south) }, 'GET', path)).status).toBe(404);
    expect(
      said(await call({ ...basic(relay), ...byMembership(north) }, 'GET', 'Patient?birthdate=1980'))[0],
    ).toBe(403);
  });

  it('an admin too, where the project says so; and its rights do not come with it', async () => {
    const { accessPolicyId } = await ownPolicy(backend, [{ resourceType: 'Patient', readonly: true }]);
    const setting = async (onBehalfOfWithinOwnPolicy: boolean) => {
      const { project } = await fhir.ask(`{ project(id: "${world.project.id}") { version } }`);
      const input = {
        id: world.project.id,
        version: project.version,
        settings: { onBehalfOfWithinOwnPolicy },
      };
      const { editProject } = await fhir.ask(
        'mutation($input: EditProjectInput!) { editProject(input: $input) { project { settings { onBehalfOfWithinOwnPolicy } explain } } }',
        { input },
      );
      expect(editProject.project.settings).toEqual({ onBehalfOfWithinOwnPolicy });
      return editProject.project.explain.join(' ');
    };
    const statuses = async () => {
      const headers = { ...basic(backend), ...byMembership(north) };
      return [
        (await call(headers, 'GET', 'Patient')).status,
        (await call(headers, 'POST', 'Patient', patient('north'))).status,
      ];
    };
    expect(await statuses()).toEqual([200, 201]);
    expect(await setting(true)).toContain('only what its own policy opens too');
    try {
      expect(await statuses()).toEqual([200, 403]);
    } finally {
      await setting(false);
      await givePolicy(backend, accessPolicyId);
    }
    expect(await statuses()).toEqual([200, 201]);
  });

  it('a stolen credential gets no further than the entries of its own policy: not out of its account either', async () => {
    const desk = 'Organization/desk';
    const bound = { resourceType: 'Patient', criteria: `Patient?_compartment=${desk}` };
    const device = await newClient(
      { mayActForMembers: true },
      { accessPolicyId: await newPolicy(world, [bound], { compartment: desk }) },
    );
    const inside = await fhir.personUnder({ compartment: desk, resource: [{ resourceType: 'Patient' }] });
    const outside = await fhir.person({ resourceType: 'Patient' });
    const make = (person: FhirPerson) =>
      call({ ...basic(device), ...byMembership(person), ...extended }, 'POST', 'Patient', patient('north'));
    const one = await make(inside);
    expect([one.status, one.body.meta.account]).toEqual([201, { reference: desk }]);
    expect((await make(outside)).status).toBe(403);
    const foreign = await made(basic(backend), 'north');
    for (const person of [inside, outside]) {
      const headers = { ...basic(device), ...byMembership(person) };
      expect((await call(headers, 'GET', `Patient/${foreign.id}`)).status).toBe(404);
      expect((await call(headers, 'GET', `Patient/${one.body.id}`)).status).toBe(200);
    }
  });

  it('scopes of a client that acts keep limiting it', async () => {
    const scoped = await newClient({ mayActForMembers: true, scopesOnly: true });
    // Without scopes it reaches nothing as itself, and so nothing for anybody.
    expect((await call({ ...basic(scoped), ...byMembership(north) }, 'GET', 'Patient')).status).toBe(403);
    const key = await newClientKey('ES384');
    const client = await world.addClient(world.project.id, {
      name: 'Signs',
      grantTypes: ['client_credentials'],
      jwks: { keys: [key.jwk] },
      allowedScopes: ['system/Patient.s'],
      mayActForMembers: true,
    });
    const assertion = await new AssertionSigner(client.id, `${world.app.baseUrl}oauth2/token`, key).sign();
    const asked = {
      grant_type: 'client_credentials',
      scope: 'system/Patient.s',
      ...assertionForm(assertion),
    };
    const headers = { ...bearer((await world.agent.token(asked)).body.access_token), ...byMembership(north) };
    const one = await made({ ...basic(backend), ...byMembership(north) }, 'north');
    expect((await call(headers, 'GET', 'Patient')).status).toBe(200);
    expect((await call(headers, 'GET', `Patient/${one.id}`)).status).toBe(403);
    expect((await call(headers, 'POST', 'Patient', patient('north'))).status).toBe(403);
  });

  it('address rules hold for whoever calls and for the member', async () => {
    const shut = { resource: patientsOf('north'), ipAccessRule: [{ value: '*', action: 'BLOCK' }] };
    const person = await fhir.person(...patientsOf('north'));
    await fhir.setPolicies(person, shut);
    expect(said(await call({ ...basic(backend), ...byMembership(person) }, 'GET', 'Patient'))).toEqual([
      403,
      words.address,
    ]);
    const client = await newClient(
      { mayActForMembers: true },
      {
        accessPolicyId: await newPolicy(world, [{ resourceType: 'Patient' }], {
          ipAccessRule: shut.ipAccessRule,
        }),
      },
    );
    expect(said(await call({ ...basic(client), ...byMembership(north) }, 'GET', 'Patient'))).toEqual([
      403,
      words.address,
    ]);
    expect(said(await call({ ...basic(client), [header]: 'rubbish' }, 'GET', 'Patient'))).toEqual([
      403,
      words.address,
    ]);
  });

  it('F83 the end of either ends it at once', async () => {
    const acts = async (client: TestClient, person: FhirPerson) =>
      (await call({ ...basic(client), ...byProfile(person) }, 'GET', 'Patient')).status;
    const person = await fhir.person(...patientsOf('north'));
    expect([await acts(backend, person), await acts(relay, person)]).toEqual([200, 200]);
    for (const verb of ['deactivate', 'activate'] as const) {
      await act(`${verb}Membership`, 'MembershipIdInput', person.membershipId);
      const expected = verb === 'activate' ? 200 : 403;
      expect([await acts(backend, person), await acts(relay, person)]).toEqual([expected, expected]);
    }
    await fhir.setPolicies(person, { resource: [{ resourceType: 'Practitioner' }] });
    expect(await acts(backend, person)).toBe(403);
    // Taken back by who gave it.
    const client = await newClient({ mayActForMembers: true });
    const token = await tokenOf(client);
    const withToken = async () =>
      (await call({ ...bearer(token), ...byProfile(north) }, 'GET', 'Patient')).status;
    expect([await acts(client, north), await withToken()]).toEqual([200, 200]);
    const edit = `mutation($input: EditClientInput!) { editClient(input: $input) { client { mayActForMembers explain } } }`;
    const { editClient } = await fhir.ask(edit, {
      input: { id: client.id, version: client.version, mayActForMembers: false },
    });
    expect(editClient.client.mayActForMembers).toBe(false);
    expect([await acts(client, north), await withToken()]).toEqual([403, 403]);
    await fhir.ask(edit, { input: { id: client.id, version: client.version + 1, mayActForMembers: true } });
    expect(await withToken()).toBe(200);
    await world.agent.revoke(client, token);
    expect([await acts(client, north), await withToken()]).toEqual([200, 401]);
    await act('deactivateClient', 'ClientIdInput', client.id);
    expect(await acts(client, north)).toBe(401);
  });

  it('F72 administers nothing, also where both are admins', async () => {
    const admin = await fhir.personUnder({ resource: [{ resourceType: '*' }] }, { admin: true });
    const path = `ProjectMembership/${north.membershipId}`;
    const ask = async (client: TestClient, person: FhirPerson, method: string, at: string, body?: object) =>
      (await call({ ...basic(client), ...byMembership(person) }, method, at, body)).status;
    const { body: membership } = await call(basic(backend), 'GET', path);
    const writes: [string, string, object?][] = [
      ['PUT', path, { ...membership, admin: true }],
      ['PATCH', path, [{ op: 'add', path: '/admin', value: true }]],
      ['DELETE', path],
      ['POST', 'ClientApplication', { resourceType: 'ClientApplication', name: 'Stays behind' }],
      ['PATCH', `ClientApplication/${relay.id}`, [{ op: 'add', path: '/status', value: 'off' }]],
      ['POST', 'AccessPolicy', { resourceType: 'AccessPolicy', name: 'Opens more' }],
      ['PATCH', `User/${north.userId}`, [{ op: 'add', path: '/lastName', value: 'Other' }]],
      ['PATCH', `Project/${world.project.id}`, [{ op: 'add', path: '/name', value: 'Other' }]],
    ];
    for (const person of [admin, north])
      for (const client of [backend, relay])
        for (const [method, at, body] of writes)
          expect([at, await ask(client, person, method, at, body)]).toEqual([at, 403]);
    const reads = [path, 'ProjectMembership', 'User', 'ClientApplication', 'AccessPolicy', 'Project'];
    for (const at of reads) {
      expect([at, await ask(backend, admin, 'GET', at)]).toEqual([at, 200]);
      // Nobody learns of accounts by acting for an admin without being one.
      expect([at, await ask(relay, admin, 'GET', at)]).toEqual([at, 403]);
      expect([at, await ask(backend, north, 'GET', at)]).toEqual([at, 403]);
    }
    expect((await call(basic(backend), 'GET', path)).body).toEqual(membership);
  });

  it('F72 gets no token, and opens no other door', async () => {
    const { body } = await world.agent.token({ grant_type: 'client_credentials' }, { basic: backend });
    const plain = decodeJwt(body.access_token);
    const asked = await world.agent.post(
      'oauth2/token',
      { grant_type: 'client_credentials' },
      {
        basic: backend,
        headers: byMembership(north),
      },
    );
    const { membership, profile } = decodeJwt(asked.body.access_token);
    expect({ membership, profile }).toEqual({ membership: plain['membership'], profile: plain['profile'] });
    const me = await world.agent.get('auth/me', { ...basic(backend), ...byMembership(north) });
    expect([me.body.profile.id, me.body.membership.id]).toEqual([backend.id, backend.membership.id]);
    for (const path of ['graphql', 'auth/changepassword', 'auth/revoke']) {
      const headers = { ...basic(backend), ...byMembership(north), 'content-type': 'application/json' };
      expect((await world.agent.request(path, { method: 'POST', headers, body: '{}' })).status).toBe(403);
    }
  });
});

/** Gives a client a policy of its own; answers the one that it had. */
async function ownPolicy(
  client: OwnClient,
  resource: readonly object[],
): Promise<{ accessPolicyId: string }> {
  const { membership } = await fhir.ask('query($id: ID!) { membership(id: $id) { accessPolicy { id } } }', {
    id: client.membership.id,
  });
  const interactions = resource.map((entry) => entry);
  await givePolicy(client, await newPolicy(world, interactions));
  return { accessPolicyId: membership.accessPolicy.id };
}

async function givePolicy(client: OwnClient, accessPolicyId: string): Promise<void> {
  const { membership } = await fhir.ask('query($id: ID!) { membership(id: $id) { version } }', {
    id: client.membership.id,
  });
  await fhir.ask(
    'mutation($input: EditMembershipInput!) { editMembership(input: $input) { membership { id } } }',
    {
      input: { id: client.membership.id, version: membership.version, changes: { accessPolicyId } },
    },
  );
}

/** One GET over this agent's connections, and the port that it went out from. */
function raw(
  agent: Agent,
  headers: Record<string, string | string[]>,
): Promise<{ status: number; port: number; wards: string[] }> {
  const target = new URL('fhir/R4/Patient?_count=500', world.app.baseUrl);
  return new Promise((resolve, reject) => {
    const sent = request(target, { agent, headers }, (answer) => {
      let text = '';
      const port = answer.socket.localPort!;
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => {
        const entries: { resource: { managingOrganization?: { reference: string } } }[] =
          JSON.parse(text).entry ?? [];
        const wards = entries.flatMap(({ resource }) => resource.managingOrganization?.reference ?? []);
        resolve({ status: answer.statusCode!, port, wards: [...new Set(wards)].sort() });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('V47 nothing of it stays', () => {
  const all = ['Organization/north', 'Organization/south'];
  let questions: [Record<string, string>, number, string[]][];
  beforeAll(async () => {
    for (const name of ['north', 'south']) await made(basic(backend), name);
    const server = basic(world.project.server);
    questions = [
      [{ ...basic(backend), ...byMembership(north) }, 200, ['Organization/north']],
      [basic(backend), 200, all],
      [{ ...basic(backend), ...byProfile(south) }, 200, ['Organization/south']],
      [{ ...server, ...byMembership(north) }, 403, []],
      [{ ...basic(relay), ...byProfile(north) }, 200, ['Organization/north']],
      [basic(relay), 200, all],
      [{ ...basic(backend), [header]: `Practitioner/${unknownId}` }, 403, []],
      [bearer(north.token), 200, ['Organization/north']],
      [basic(backend), 200, all],
    ];
  });

  it('to the next request on the same connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number>();
    for (const [headers, status, wards] of [...questions, ...questions].flatMap((one) => [
      one,
      questions[1]!,
    ])) {
      const answer = await raw(agent, headers);
      ports.add(answer.port);
      expect([answer.status, answer.wards]).toEqual([status, wards]);
    }
    expect(ports.size).toBe(1);
    agent.destroy();
  });

  it('to others at the same time', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const rounds = Array.from({ length: 12 }, () => questions).flat();
    const answers = await Promise.all(rounds.map(([headers]) => raw(agent, headers)));
    expect(answers.map(({ status, wards }) => [status, wards])).toEqual(
      rounds.map(([, status, wards]) => [status, wards]),
    );
    agent.destroy();
  });

  it('in a cache on the way: no answer may be kept, and it says what it depends on', async () => {
    const { headers } = await call({ ...basic(backend), ...byMembership(north) }, 'GET', 'Patient');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('vary')).toContain('X-Medplum-On-Behalf-Of');
  });
});

describe('making one only if there is none', () => {
  it('finds what was made for the same member, not what was made for another one', async () => {
    const onlyCreates = () => fhir.person({ resourceType: 'Patient', interaction: ['create'] });
    const [one, other] = [await onlyCreates(), await onlyCreates()];
    const identifier = [{ system: 'https://device.example', value: '1' }];
    const make = async (person: FhirPerson) => {
      const headers = { 'if-none-exist': 'identifier=https://device.example|1', ...byProfile(person) };
      const body = patient('north', { identifier });
      return (await call({ ...basic(backend), ...headers }, 'POST', 'Patient', body)).status;
    };
    expect([await make(one), await make(one), await make(other), await make(other)]).toEqual([
      201, 200, 201, 200,
    ]);
  });
});

describe('explainAccess says what the door does, and why', () => {
  const query = `query($id: ID!, $interaction: PolicyInteraction!, $type: String!, $reference: String, $for: String, $scopes: [String!], $address: String) {
    explainAccess(membershipId: $id, interaction: $interaction, resourceType: $type, reference: $reference, onBehalfOf: $for, scopes: $scopes, address: $address) { allowed reason } }`;
  const explained = async (
    membershipId: string,
    more: object,
  ): Promise<{ allowed: boolean; reason: string }> =>
    (await fhir.ask(query, { id: membershipId, interaction: 'READ', type: 'Patient', ...more }))
      .explainAccess;

  it('for every caller, member and resource of a table', async () => {
    const inWard = {
      north: (await made(basic(backend), 'north')).id as string,
      south: (await made(basic(backend), 'south')).id as string,
    };
    const plain = await newClient({});
    const callers = { backend, relay, plain };
    const names = [
      `ProjectMembership/${north.membershipId}`,
      north.profile,
      south.profile,
      `ClientApplication/${plain.id}`,
      `ProjectMembership/${world.other.person.membershipId}`,
      `Practitioner/${unknownId}`,
      'rubbish',
    ];
    let both = 0;
    for (const [name, client] of Object.entries(callers))
      for (const named of names)
        for (const [of, id] of Object.entries(inWard)) {
          const answer = await call({ ...basic(client), [header]: named }, 'GET', `Patient/${id}`);
          const { allowed, reason } = await explained(client.membership.id, {
            reference: `Patient/${id}`,
            for: named,
          });
          expect([name, named, of, allowed]).toEqual([name, named, of, answer.status === 200]);
          const [, text] = said(answer);
          if (text === words.notAllowed || text === words.unknown || text === words.invalid)
            expect(reason).toBe(text);
          if (allowed) both++;
        }
    expect(both).toBeGreaterThan(4);
  });

  it('bounded by the own policy of a client that is no admin, and by the scopes of its token', async () => {
    const asked = { for: north.profile, interaction: 'DELETE' };
    expect(await explained(backend.membership.id, asked)).toMatchObject({ allowed: true });
    expect(await explained(relay.membership.id, asked)).toMatchObject({ allowed: false });
    const scopes = ['system/Patient.rs'];
    expect(await explained(backend.membership.id, { for: north.profile, scopes })).toEqual({
      allowed: false,
      reason: words.notAllowed,
    });
  });

  it('whoever acts administers nothing, also for an admin', async () => {
    const admin = `ProjectMembership/${world.project.admin.membershipId}`;
    for (const type of ['ProjectMembership', 'AccessPolicy']) {
      const id = type === 'ProjectMembership' ? world.project.admin.membershipId : unknownId;
      const answer = await call({ ...basic(backend), [header]: admin }, 'PUT', `${type}/${id}`, {
        resourceType: type,
        id,
      });
      expect(answer.status).toBe(403);
      const asked = { type, interaction: 'UPDATE' };
      expect(await explained(backend.membership.id, { ...asked, for: admin })).toEqual({
        allowed: false,
        reason: `It takes admin rights to update ${type}.`,
      });
      expect(await explained(backend.membership.id, asked)).toMatchObject({ allowed: true });
    }
  });

  it('by the address rules of both', async () => {
    const accessPolicyId = await newPolicy(world, [{ resourceType: 'Patient' }], {
      ipAccessRule: [
        { name: 'House', value: '10.0.0.0/8', action: 'ALLOW' },
        { value: '*', action: 'BLOCK' },
      ],
    });
    const bound = await newClient({}, { accessPolicyId });
    const forIt = { for: `ClientApplication/${bound.id}` };
    expect(await explained(backend.membership.id, { ...forIt, address: '192.0.2.1' })).toEqual({
      allowed: false,
      reason: words.address,
    });
    expect(await explained(backend.membership.id, { ...forIt, address: '10.1.2.3' })).toMatchObject({
      allowed: true,
    });
  });
});
