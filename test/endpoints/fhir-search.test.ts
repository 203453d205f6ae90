import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { DirectoryService } from '../../src/directory/directory.service.js';
import type { ProfileType } from '../../src/directory/profile-resource.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import type { ProjectId } from '../../src/kernel/ids.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import type { JsonAnswer } from '../helpers/oauth-agent.js';
import { newSdk } from '../helpers/sdk.js';

let world: AdminWorld;
/** Reads all. */
let token: string;
/** Patients of the first project, by family name. */
let patients: Readonly<Record<'quill' | 'quillon' | 'odon' | 'smith', string>>;

beforeAll(async () => {
  world = await startAdminWorld();
  token = await reader({ resourceType: '*' });
  const { id: north } = world.project;
  patients = {
    quill: await makePatient(north, 'Ada', 'Quill'),
    quillon: await makePatient(north, 'Bo', 'Quillon'),
    odon: await makePatient(north, 'Mary Ann', 'Ödön'),
    smith: await makePatient(north, 'Cy', "O'Smith, Jr|x"),
  };
  await makePatient(world.other.id, 'Ada', 'Quill');
});
afterAll(() => world.close());

let people = 0;
async function makeProfile(projectId: ProjectId, type: ProfileType, more: object): Promise<string> {
  people += 1;
  const person = { givenName: 'Ada', familyName: 'Quill', email: `Kin-${people}@Example.org`, ...more };
  const db = world.app.get(Db);
  const directory = world.app.get(DirectoryService);
  const made = await db.tx((tx) => directory.createProfile(tx, systemActor('test'), projectId, type, person));
  return made.id;
}
const makePatient = (projectId: ProjectId, givenName: string, familyName: string) =>
  makeProfile(projectId, 'Patient', { givenName, familyName });

async function ask(query: string, variables: object) {
  const { data, errors } = await world.graphql('admin', query, variables);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return data;
}

/** The token of somebody whose membership has this one policy. */
async function reader(...resource: readonly object[]): Promise<string> {
  const person = await world.addPerson(world.project.id);
  const { createAccessPolicy } = await ask(
    'mutation($input: CreateAccessPolicyInput!) { createAccessPolicy(input: $input) { accessPolicy { id } } }',
    { input: { name: 'Reading', resource } },
  );
  const id = person.membershipId;
  const { membership } = await ask('query($id: ID!) { membership(id: $id) { version } }', { id });
  const changes = { accessPolicyId: createAccessPolicy.accessPolicy.id };
  await ask(
    'mutation($input: EditMembershipInput!) { editMembership(input: $input) { membership { id } } }',
    { input: { id, version: membership.version, changes } },
  );
  const { body } = await world.agent.codeFlow(world.project.app, person, { scope: 'openid' });
  return body.access_token;
}

const get = (path: string, headers: Record<string, string> = {}, by = token): Promise<JsonAnswer> =>
  world.agent.get(`fhir/R4/${path}`, { authorization: `Bearer ${by}`, ...headers });

/** A page that is there already: only its address is followed. */
const follow = ({ body }: JsonAnswer, relation: string, by = token): Promise<JsonAnswer> => {
  const url = body.link.find((one: { relation: string }) => one.relation === relation)?.url;
  if (!url) throw new Error(`There is no link "${relation}"`);
  return world.agent.get(url, { authorization: `Bearer ${by}` });
};

const idsOf = ({ status, body }: JsonAnswer): string[] => {
  expect([status, body.resourceType, body.type]).toEqual([200, 'Bundle', 'searchset']);
  return (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id);
};
const relations = ({ body }: JsonAnswer) =>
  body.link.map(({ relation }: { relation: string }) => relation).join(' ');
const outcome = ({ status, body }: JsonAnswer) => [status, body.resourceType, body.issue?.[0]?.code];
const names = (...list: (keyof typeof patients)[]) => list.map((name) => patients[name]).sort();

describe('a search', () => {
  it('answers a searchset: full addresses, matches, and whose they are only when asked', async () => {
    const answer = await get('Patient?family:exact=Quill');
    expect(answer.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    const [entry, ...more] = answer.body.entry;
    expect(more).toEqual([]);
    expect(entry.fullUrl).toBe(`${world.app.baseUrl}fhir/R4/Patient/${patients.quill}`);
    expect(entry.search).toEqual({ mode: 'match' });
    expect(Object.keys(entry.resource.meta).sort()).toEqual(['lastUpdated', 'versionId']);
    expect(answer.body).not.toHaveProperty('total');
    const extended = await get('Patient?family:exact=Quill', { 'x-medplum': 'extended' });
    expect(extended.body.entry[0].resource.meta.project).toBe(world.project.id);
    const none = await get('Patient?family=nobody');
    expect(idsOf(none)).toEqual([]);
    expect(none.body).not.toHaveProperty('entry');
  });

  it.each<[string, (keyof typeof patients)[]]>([
    ['', ['quill', 'quillon', 'odon', 'smith']],
    ['family=quill', ['quill', 'quillon']],
    ['family=QUILLO', ['quillon']],
    ['family=odon', ['odon']],
    ['family:exact=Quill', ['quill']],
    ['family:exact=quill', []],
    ['given=mary', ['odon']],
    ['given=ann', []],
    ['name=ada,bo', ['quill', 'quillon']],
    ['name=quill&name=bo', ['quillon']],
    ['name=quill&given=cy', []],
    ["family=o'smith\\, jr|x", ['smith']],
    ["family=o'smith\\, jr\\|x,odon", ['smith', 'odon']],
    ['family=%20Quill', ['quill', 'quillon']],
    ['given=mary+ann', ['odon']],
    ['gender:missing=true', ['quill', 'quillon', 'odon', 'smith']],
    ['gender:missing=false', []],
    ['birthdate:missing=true&family=odon', ['odon']],
    ['birthdate=1970', []],
    ['birthdate=ge1970&birthdate=lt1980', []],
    ['gender:not=male&family=quillon', ['quillon']],
    ['identifier=urn:mrn|1', []],
    ['active=true', []],
    ['_lastUpdated=gt2020-01-01&family=quillon', ['quillon']],
    ['_lastUpdated=lt2020-01-01', []],
    ['_profile=urn:x', []],
    ['family=', ['quill', 'quillon', 'odon', 'smith']],
  ])('finds Patient?%s', async (query, expected) => {
    expect(idsOf(await get(`Patient?${query}`)).sort()).toEqual(names(...expected));
  });

  it('finds by id, by mail address whatever its case, by reference of every form, by compartment and project', async () => {
    const { quill, quillon } = patients;
    expect(idsOf(await get(`Patient?_id=${quill},${quillon},x`)).sort()).toEqual(names('quill', 'quillon'));
    const { body } = await get(`Patient?_id=${quill.toUpperCase()}`);
    const email = body.entry[0].resource.telecom[0].value;
    for (const query of [`email=${email.toUpperCase()}`, `email=${email}`, `telecom=${email}`])
      expect(idsOf(await get(`Patient?${query}`))).toEqual([quill]);
    const related = await makeProfile(world.project.id, 'RelatedPerson', { patient: `Patient/${quill}` });
    for (const value of [quill, `Patient/${quill}`, `${world.app.baseUrl}fhir/R4/Patient/${quill}`])
      expect(idsOf(await get(`RelatedPerson?patient=${value}`))).toEqual([related]);
    expect(idsOf(await get(`RelatedPerson?patient:Patient=${quill}`))).toEqual([related]);
    expect(idsOf(await get(`RelatedPerson?patient=Practitioner/${quill}`))).toEqual([]);
    expect(idsOf(await get(`RelatedPerson?_compartment=Patient/${quill}`))).toEqual([related]);
    expect(idsOf(await get(`Patient?_compartment=Patient/${quill}`))).toEqual([quill]);
    const own = `_project=Project/${world.project.id}`;
    expect(idsOf(await get(`Patient?${own}&family=quillon`))).toEqual([quillon]);
  });

  it('takes the same as a form, beside the address, and nothing else as a body', async () => {
    const headers = { authorization: `Bearer ${token}` };
    const post = (body: string | undefined, type: string, query = '') =>
      world.agent.request(`fhir/R4/Patient/_search${query}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': type },
        ...(body !== undefined && { body }),
      });
    const form = 'application/x-www-form-urlencoded';
    const found = await post('name=quill&name=bo', form);
    expect(idsOf(found)).toEqual([patients.quillon]);
    expect(relations(found)).toBe('self first');
    expect(idsOf(await post('name=bo', form, '?name=quill'))).toEqual([patients.quillon]);
    expect(idsOf(await post('', form, '?family=odon'))).toEqual([patients.odon]);
    expect(outcome(await post('{"name":"bo"}', 'application/json'))).toEqual([
      415,
      'OperationOutcome',
      'not-supported',
    ]);
    expect(outcome(await post('_sort=name', form))).toEqual([400, 'OperationOutcome', 'not-supported']);
  });

  it('finds what was written at once, as it was written last, and nothing that was deleted', async () => {
    const send = (method: string, path: string, body?: object) =>
      world.agent.request(`fhir/R4/${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
        ...(body && { body: JSON.stringify(body) }),
      });
    const practitioner = {
      resourceType: 'Practitioner',
      identifier: [{ system: 'urn:npi', value: '17,3' }],
      name: [{ family: 'Fresh', given: ['Eve'] }],
      gender: 'female',
      birthDate: '1970-05',
      address: [{ city: 'Zürich', line: ['Main St 1'] }],
    };
    const { status, body } = await send('POST', 'Practitioner', practitioner);
    expect(status).toBe(201);
    const found = async (query: string) => idsOf(await get(`Practitioner?${query}`));
    for (const query of [
      'family=fresh',
      'identifier=urn:npi|17\\,3',
      'identifier=urn:npi|',
      'address-city=ZURI',
      'address=main',
      'gender=male,female',
      'gender:missing=false',
      'gender:not=male&family=fresh',
    ])
      expect([query, ...(await found(query))]).toEqual([query, body.id]);
    const changed = { ...body, name: [{ family: 'Stale' }], gender: undefined };
    expect((await send('PUT', `Practitioner/${body.id}`, changed)).status).toBe(200);
    expect(await found('family=fresh')).toEqual([]);
    expect(await found('gender=female')).toEqual([]);
    expect(await found('family=stale&gender:missing=true')).toEqual([body.id]);
    expect((await send('DELETE', `Practitioner/${body.id}`)).status).toBe(200);
    expect(await found('family=stale')).toEqual([]);
    expect(await found(`_id=${body.id}`)).toEqual([]);
  });

  it('finds patients by date of birth, as vague as it is', async () => {
    const made: Record<string, string> = {};
    for (const birthDate of ['1970', '1970-05', '1970-05-02', '1971-01-01']) {
      const { body } = await world.agent.request('fhir/R4/Patient', {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
        body: JSON.stringify({ resourceType: 'Patient', name: [{ family: 'Born' }], birthDate }),
      });
      made[body.id] = birthDate;
    }
    const born = async (query: string) =>
      idsOf(await get(`Patient?family=born&${query}`))
        .map((id) => made[id])
        .sort();
    const [year, month, day, next] = ['1970', '1970-05', '1970-05-02', '1971-01-01'];
    expect(await born('birthdate=1970')).toEqual([year, month, day]);
    expect(await born('birthdate=1970-05')).toEqual([month, day]);
    expect(await born('birthdate=1970-05-02,1971-01-01')).toEqual([day, next]);
    expect(await born('birthdate=ne1970')).toEqual([next]);
    expect(await born('birthdate=lt1970-05')).toEqual([year]);
    expect(await born('birthdate=gt1970-05-02')).toEqual([year, month, next]);
    expect(await born('birthdate=ge1970-05-02')).toEqual([year, month, day, next]);
    expect(await born('birthdate=sa1970')).toEqual([next]);
    expect(await born('birthdate=eb1971')).toEqual([year, month, day]);
    expect(await born('birthdate=le1970-05&birthdate=ge1970-05')).toEqual([year, month, day]);
    expect(await born('birthdate=ge1970-05-01&birthdate=lt1970-06-01&birthdate=ne1970')).toEqual([]);
    expect(await born('birthdate=ge1971&birthdate=lt1972')).toEqual([next]);
    expect(await born('birthdate:missing=true')).toEqual([]);
    for (const id of Object.keys(made))
      await world.agent.request(`fhir/R4/Patient/${id}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
      });
  });

  it('W-390 V22 never finds what is of another project', async () => {
    const foreign = await makePatient(world.other.id, 'Foreign', 'Person');
    for (const query of [
      `_id=${foreign}`,
      'family=person',
      `_project=Project/${world.other.id}`,
      `_compartment=Patient/${foreign}`,
      'gender:not=male&_total=accurate&_count=100',
    ])
      expect(idsOf(await get(`Patient?${query}`))).not.toContain(foreign);
    expect((await get('Patient?_count=0')).body.total).toBe(4);
  });

  const refusals: readonly (readonly [query: string, code: string])[] = [
    ['nonsense=1', 'not-supported'],
    ['family:contains=x', 'not-supported'],
    ['family:text=x', 'not-supported'],
    ['gender:exact=male', 'not-supported'],
    ['gender:in=x', 'not-supported'],
    ['phonetic=x', 'not-supported'],
    ['organization.name=x', 'not-supported'],
    ['organization:Organization.name=x', 'not-supported'],
    ['_has:Observation:patient:code=1', 'not-supported'],
    ['_content=x', 'not-supported'],
    ['_text=x', 'not-supported'],
    ['_filter=x', 'not-supported'],
    ['_list=x', 'not-supported'],
    ['_query=x', 'not-supported'],
    ['_include=Patient:organization', 'not-supported'],
    ['_revinclude=Observation:subject', 'not-supported'],
    ['_contained=true', 'not-supported'],
    ['_type=Patient', 'not-supported'],
    ['_sort=family', 'not-supported'],
    ['_sort=_id,family', 'not-supported'],
    ['_summary=true', 'not-supported'],
    ['_summary=text', 'not-supported'],
    ['_format=xml', 'not-supported'],
    ['__proto__=1', 'not-supported'],
    ['constructor=1', 'not-supported'],
    ['_summary=some', 'invalid'],
    ['_total=many', 'invalid'],
    ['_count=-1', 'invalid'],
    ['_count=1001', 'invalid'],
    ['_count=x', 'invalid'],
    ['_count=1&_count=2', 'invalid'],
    ['_sort=_id&_sort=_id', 'invalid'],
    ['_offset=10001', 'invalid'],
    ['_offset=1.5', 'invalid'],
    ['_cursor=x', 'invalid'],
    ['_cursor=after.01890000-0000-7000-8000-000000000000&_sort=_lastUpdated', 'invalid'],
    ['_cursor=after.1.01890000-0000-7000-8000-000000000000', 'invalid'],
    ['_cursor=after.01890000-0000-7000-8000-000000000000&_offset=1', 'invalid'],
    ['_elements=a b', 'invalid'],
    ['gender=male,', 'invalid'],
    ['birthdate=yesterday', 'invalid'],
    ['birthdate=ap2020', 'invalid'],
    ['gender:missing=maybe', 'invalid'],
    ['organization:Organization=Organization/1', 'invalid'],
    ['name=%CC%81', 'invalid'],
    ['name=%zz', 'invalid'],
    ['name=%ff', 'invalid'],
    ['na%me=x', 'invalid'],
    [`_id=${Array.from({ length: 1001 }, () => 'x').join(',')}`, 'invalid'],
    [Array.from({ length: 101 }, () => 'name=x').join('&'), 'invalid'],
  ];
  it.each(refusals.map(([query, code]) => ({ label: query.slice(0, 60), query, code })))(
    'refuses Patient?$label',
    async ({ query, code }) => {
      expect(outcome(await get(`Patient?${query}`))).toEqual([400, 'OperationOutcome', code]);
    },
  );

  it('leaves out what is not supported where the caller prefers that, and says what it understood', async () => {
    const lenient = { prefer: 'return=minimal; handling=lenient' };
    const answer = await get('Patient?family=quillon&nonsense=1&_include=x&_sort=family&_count=5', lenient);
    expect(idsOf(answer)).toEqual([patients.quillon]);
    expect(answer.body.link[0].url).toBe(`${world.app.baseUrl}fhir/R4/Patient?family=quillon&_count=5`);
    expect(outcome(await get('Patient?_count=x', lenient))).toEqual([400, 'OperationOutcome', 'invalid']);
    const strict = await get('Patient?nonsense=1', { prefer: 'handling=strict' });
    expect(outcome(strict)).toEqual([400, 'OperationOutcome', 'not-supported']);
  });

  it('takes signs that mean something elsewhere for what they are', async () => {
    for (const value of [
      "'",
      "a' | 'b",
      '\\',
      ':*',
      '!x',
      '%00',
      '<->',
      '%F0%9F%99%82',
      "'; DROP TABLE project; --",
      '%1f',
      'x:y|z$',
    ])
      for (const name of [
        'family',
        'family:exact',
        'identifier',
        'organization',
        '_tag',
        '_id',
        '_profile',
      ]) {
        const answer = await get(`Patient?${name}=${value}`);
        // A text search for nothing that can be compared is refused; nothing else is.
        if (answer.status === 200) expect(idsOf(answer)).toEqual([]);
        else expect(outcome(answer)).toEqual([400, 'OperationOutcome', 'invalid']);
      }
  });
});

describe('pages', () => {
  it.each(['_id', '-_id', '_lastUpdated', '-_lastUpdated'])(
    'sorted by %s are walked to the end and back, each resource once',
    async (sort) => {
      const all = idsOf(await get(`Patient?_sort=${sort}`));
      expect(all).toEqual(sort.startsWith('-') ? names(...everyone).reverse() : names(...everyone));
      const first = await get(`Patient?_sort=${sort}&_count=3&_total=accurate`);
      expect([idsOf(first), relations(first), first.body.total]).toEqual([
        all.slice(0, 3),
        'self first next',
        4,
      ]);
      const second = await follow(first, 'next');
      expect([idsOf(second), relations(second), second.body.total]).toEqual([
        all.slice(3),
        'self first previous',
        4,
      ]);
      const back = await follow(second, 'previous');
      expect([idsOf(back), relations(back)]).toEqual([all.slice(0, 3), 'self first next']);
      expect(idsOf(await follow(back, 'self'))).toEqual(all.slice(0, 3));
      expect(idsOf(await follow(second, 'first'))).toEqual(all.slice(0, 3));
    },
  );

  it('begin where `_offset` says', async () => {
    const all = idsOf(await get('Patient'));
    const answer = await get('Patient?_offset=1&_count=2');
    expect([idsOf(answer), relations(answer)]).toEqual([all.slice(1, 3), 'self first next previous']);
    expect(answer.body.link[0].url).toContain('_offset=1');
    expect(idsOf(await follow(answer, 'next'))).toEqual(all.slice(3));
    expect(idsOf(await follow(answer, 'previous'))).toEqual(all.slice(0, 1));
    expect(idsOf(await get('Patient?_offset=10000'))).toEqual([]);
  });

  it.each(['_count=0', '_summary=count', '_summary=count&_count=5', '_count=0&_total=none'])(
    'are left out by %s, which counts',
    async (query) => {
      const { body } = await get(`Patient?family=quill&${query}`);
      expect(body).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: 2 });
      expect(body).not.toHaveProperty('entry');
    },
  );

  it('count what is found whatever the page', async () => {
    for (const total of ['accurate', 'estimate'])
      expect((await get(`Patient?_total=${total}&_count=1`)).body.total).toBe(4);
    expect((await get('Patient?_total=none')).body).not.toHaveProperty('total');
  });

  it('hold a part of each resource where that is asked, and say so', async () => {
    const tag = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }];
    for (const name of ['_elements', '_fields']) {
      const { body } = await get(`Patient?family=quillon&${name}=id,name,_lastUpdated,deceased,nonsense`);
      const { resource } = body.entry[0];
      expect(Object.keys(resource).sort()).toEqual(['id', 'meta', 'name', 'resourceType']);
      expect(resource.meta.tag).toEqual(tag);
    }
    const { body } = await get('RelatedPerson?_elements=name');
    expect(Object.keys(body.entry[0].resource).sort()).toEqual([
      'id',
      'meta',
      'name',
      'patient',
      'resourceType',
    ]);
    const data = await get('Patient?_summary=data&family=odon');
    expect(data.body.entry[0].resource.meta.tag).toEqual(tag);
    expect((await get('Patient?_summary=false&family=odon')).body.entry[0].resource.meta.tag).toBeUndefined();
  });
});

const everyone = ['quill', 'quillon', 'odon', 'smith'] as const;

describe('a policy at a search', () => {
  it('W-512 forbids types that it does not open, and types that nobody has are not found', async () => {
    const by = await reader(
      { resourceType: 'Practitioner' },
      { resourceType: 'Patient', interaction: ['READ'] },
    );
    for (const path of ['Patient', 'Patient?family=quill', 'RelatedPerson', 'Nonsense', 'User', '*', '%2A'])
      expect(outcome(await get(path, {}, by))).toEqual([403, 'OperationOutcome', 'forbidden']);
    expect(outcome(await get('Observation'))).toEqual([404, 'OperationOutcome', 'not-found']);
    const { status } = await world.agent.get('fhir/R4/Patient');
    expect(status).toBe(401);
  });

  it('W-519 W-523 opens what its entries find, and counts nothing else', async () => {
    const by = await reader(
      { resourceType: 'Patient', criteria: 'Patient?family=quillon' },
      { resourceType: 'Patient', criteria: `Patient?_id=${patients.odon}` },
    );
    const all = await get('Patient?_total=accurate', {}, by);
    expect([idsOf(all).sort(), all.body.total]).toEqual([names('quillon', 'odon'), 2]);
    expect((await get('Patient?_count=0', {}, by)).body.total).toBe(2);
    expect(idsOf(await get('Patient?family=quill', {}, by))).toEqual([patients.quillon]);
    const page = await get('Patient?_count=1', {}, by);
    expect(idsOf(await follow(page, 'next', by))).toHaveLength(1);
    expect(relations(await follow(page, 'next', by))).toBe('self first previous');
    expect(idsOf(await get(`Patient?_id=${patients.smith}`, {}, by))).toEqual([]);
  });

  it('W-517 W-538 opens what is in a compartment, for `*` too', async () => {
    const related = await makeProfile(world.project.id, 'RelatedPerson', {
      patient: `Patient/${patients.odon}`,
    });
    const by = await reader({ resourceType: '*', criteria: `*?_compartment=Patient/${patients.odon}` });
    expect(idsOf(await get('Patient', {}, by))).toEqual([patients.odon]);
    expect(idsOf(await get('RelatedPerson', {}, by))).toEqual([related]);
    expect(idsOf(await get('Practitioner', {}, by))).toEqual([]);
  });

  it('W-527 fills in whose it is', async () => {
    const by = await reader({ resourceType: 'Practitioner', criteria: 'Practitioner?_id=%profile.id' });
    const own = String(decodeJwt(by)['profile']);
    expect(idsOf(await get('Practitioner', {}, by))).toEqual([own.slice('Practitioner/'.length)]);
  });

  it('W-522 hides fields, each entry those of what it opens', async () => {
    const by = await reader(
      { resourceType: 'Patient', criteria: 'Patient?family=quill', hiddenFields: ['telecom', 'name.given'] },
      { resourceType: 'Patient', criteria: 'Patient?family=odon' },
    );
    const { body } = await get('Patient?_sort=_id', {}, by);
    const shown = body.entry.map(({ resource }: { resource: Record<string, unknown> }) => [
      resource['id'],
      resource['name'],
      'telecom' in resource,
    ]);
    expect(shown).toEqual([
      [patients.quill, [{ family: 'Quill' }], false],
      [patients.quillon, [{ family: 'Quillon' }], false],
      [patients.odon, [{ given: ['Mary Ann'], family: 'Ödön' }], true],
    ]);
  });

  it('records each search by what it asked about, never with what, and each refusal', async () => {
    const by = await reader({ resourceType: 'Patient', hiddenFields: ['birthDate'] });
    await get('Patient?family=quill&given=ada', {}, by);
    await get('Patient?birthdate=1970', {}, by);
    const { auditRecords } = await ask(
      '{ auditRecords(types: [RESOURCE_SEARCHED, ACCESS_REFUSED], first: 2) { edges { node { type detail { name value } } } } }',
      {},
    );
    const records = auditRecords.edges.map(
      ({ node }: { node: { type: string; detail: { name: string; value: string }[] } }) => ({
        record: node.type,
        ...Object.fromEntries(node.detail.map(({ name, value }) => [name, value])),
      }),
    );
    expect(records).toEqual([
      expect.objectContaining({
        record: 'ACCESS_REFUSED',
        door: 'fhir',
        interaction: 'search',
        reason: 'The policy hides what birthdate asks about',
      }),
      { record: 'RESOURCE_SEARCHED', type: 'Patient', count: '1', parameters: 'family given' },
    ]);
  });

  it('lets nobody ask about what any of its entries hides, not even with other parameters beside it', async () => {
    const by = await reader(
      { resourceType: 'Patient', criteria: 'Patient?family=odon' },
      {
        resourceType: 'Patient',
        criteria: 'Patient?family=quill',
        hiddenFields: ['telecom.value', 'name.given', 'birthDate', 'meta.lastUpdated', 'deceasedDateTime'],
      },
      // What opens no search hides nothing from searches.
      { resourceType: 'Patient', interaction: ['READ'], hiddenFields: ['gender'] },
    );
    for (const query of [
      'given=ada',
      'name=ada',
      'given:missing=true',
      'given:not=ada',
      'given:exact=Ada',
      'email=kin-1@example.org',
      'phone=1',
      'telecom=1',
      'birthdate=1970',
      'birthdate:missing=false',
      'death-date=2020',
      'deceased=true',
      '_lastUpdated=gt2020',
      '_sort=-_lastUpdated',
      'family=quill&given=ada',
      'given=ada&_count=0',
    ])
      for (const headers of [{}, { prefer: 'handling=lenient' }] as Record<string, string>[]) {
        const answer = await get(`Patient?${query}`, headers, by);
        expect([query, ...outcome(answer)]).toEqual([query, 403, 'OperationOutcome', 'forbidden']);
        expect(answer.body.issue[0].details.text).toContain('hides');
      }
    for (const query of ['family=quill', 'gender=male', `_id=${patients.quill}`, '_sort=-_id', 'address=x'])
      expect((await get(`Patient?${query}`, {}, by)).status).toBe(200);
  });
});

describe('`@medplum/core`', () => {
  it('searches: `search`, `searchResources`, `searchOne`, `searchResourcePages`', async () => {
    const medplum = newSdk(world.app.baseUrl, { fetch });
    medplum.setAccessToken(token);
    const bundle = await medplum.search('Patient', 'family=quill&_total=accurate');
    expect(bundle).toMatchObject({ type: 'searchset', total: 2 });
    const found = await medplum.searchResources('Patient', { family: 'quill', _sort: '-_lastUpdated' });
    expect(found.map(({ id }) => id)).toEqual([patients.quillon, patients.quill]);
    expect((await medplum.searchOne('Patient', 'given=mary'))?.id).toBe(patients.odon);
    expect(await medplum.searchOne('Patient', 'given=nobody')).toBeUndefined();
    const pages: string[][] = [];
    for await (const page of medplum.searchResourcePages('Patient', '_count=2'))
      pages.push(page.map(({ id }) => id!));
    expect(pages.map(({ length }) => length)).toEqual([2, 2]);
    expect(pages.flat().sort()).toEqual(names(...everyone));
    await expect(medplum.searchResources('Patient', 'nonsense=1')).rejects.toMatchObject({
      outcome: { issue: [{ code: 'not-supported' }] },
    });
  });
});
