import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { FhirAgent, type FhirPerson, outcome, refused } from '../helpers/fhir-agent.js';

let world: AdminWorld;
let fhir: FhirAgent;
let writer: FhirPerson;
beforeAll(async () => {
  world = await startAdminWorld();
  fhir = new FhirAgent(world);
  writer = await fhir.person({ resourceType: '*' });
});
afterAll(() => world.close());

const extended = { 'x-medplum': 'extended' };
const ada = {
  resourceType: 'Patient',
  active: true,
  name: [{ use: 'official', family: 'Quill', given: ['Ada'] }],
  birthDate: '1980-01-31',
};
const unknownId = '01890000-0000-7000-8000-000000000000';

async function newPatient(elements: object = {}, as: { token: string } = writer, headers = extended) {
  const answer = await fhir.call(as, 'POST', 'Patient', { ...ada, ...elements }, headers);
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

const put = (resource: { id: string }, as: { token: string } = writer, headers = {}) =>
  fhir.call(as, 'PUT', `Patient/${resource.id}`, resource, headers);
const stored = async ({ id }: { id: string }) =>
  (await fhir.call(writer, 'GET', `Patient/${id}`, undefined, extended)).body;

describe('creating', () => {
  it('answers 201 with the resource, where it is, and its version', async () => {
    const { status, headers, body } = await fhir.call(writer, 'POST', 'Patient', { ...ada, id: 'mine' });
    expect(status).toBe(201);
    const { id, meta, ...rest } = body;
    expect(rest).toEqual(ada);
    expect(id).not.toBe('mine');
    expect(Object.keys(meta).sort()).toEqual(['lastUpdated', 'versionId']);
    expect(headers.get('location')).toBe(
      `${world.app.baseUrl}fhir/R4/Patient/${id}/_history/${meta.versionId}`,
    );
    expect(headers.get('etag')).toBe(`W/"${meta.versionId}"`);
    expect(headers.get('last-modified')).toBe(new Date(meta.lastUpdated).toUTCString());
    expect(headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    const read = await fhir.call(writer, 'GET', `Patient/${id}`);
    expect(read.body).toEqual(body);
    expect(read.headers.get('etag')).toBe(headers.get('etag'));
  });

  it('W-207 W-510 takes from `meta` what is the writer’s to say, and says the rest itself', async () => {
    const meta = {
      tag: [{ system: 'http://example.org/tags', code: 'a' }],
      versionId: '5',
      lastUpdated: '2000-01-01T00:00:00Z',
      project: world.other.id,
      author: { reference: 'Practitioner/1' },
      onBehalfOf: { reference: 'Practitioner/2' },
      account: { reference: 'Organization/3' },
      accounts: [{ reference: 'Organization/4' }],
      compartment: [{ reference: 'Patient/5' }],
    };
    const made = await newPatient({ meta });
    expect(made.meta).toEqual({
      tag: meta.tag,
      versionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      lastUpdated: expect.not.stringMatching(/^2000/),
      project: world.project.id,
      author: { reference: writer.profile },
      compartment: [{ reference: `Patient/${made.id}` }, { reference: `Project/${world.project.id}` }],
    });
  });

  it.each([
    ['return=minimal', ''],
    ['return=OperationOutcome', 'OperationOutcome'],
    ['return=representation', 'Patient'],
    ['respond-async; return="minimal"', ''],
    ['handling=strict', 'Patient'],
    ['return=everything', 'Patient'],
  ])('answers what `Prefer: %s` asks for', async (prefer, type) => {
    const answer = await fhir.call(writer, 'POST', 'Patient', ada, { prefer });
    expect([answer.status, answer.body.resourceType ?? answer.body]).toEqual([201, type]);
    expect(answer.headers.get('location')).toContain('/fhir/R4/Patient/');
  });

  it('W-520 a client, with its secret and with a token, under its policy', async () => {
    const { server } = world.project;
    const basic = {
      authorization: `Basic ${Buffer.from(`${server.id}:${server.secret}`).toString('base64')}`,
    };
    const token = (await world.agent.clientCredentials(server)).body.access_token;
    for (const headers of [basic, { authorization: `Bearer ${token}` }]) {
      const answer = await fhir.call(undefined, 'POST', 'Patient', ada, { ...headers, ...extended });
      expect(answer.status).toBe(201);
      expect(answer.body.meta.author).toEqual({ reference: `ClientApplication/${server.id}` });
    }
  });

  it('is there under /api too', async () => {
    const answer = await world.agent.request('api/fhir/R4/Patient', {
      method: 'POST',
      headers: { authorization: `Bearer ${writer.token}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(ada),
    });
    expect(answer.status).toBe(201);
  });

  it('a device may make what it may neither read nor change, and gets back what it sent', async () => {
    const device = await fhir.person({ resourceType: 'Patient', interaction: ['create'] });
    const made = await newPatient({}, device);
    expect(made.name).toEqual(ada.name);
    for (const [method, body] of [['GET'], ['PUT', made], ['DELETE']] as const)
      expect(outcome(await fhir.call(device, method, `Patient/${made.id}`, body))).toEqual(
        refused(403, 'forbidden'),
      );
  });
});

const huge = JSON.stringify({ ...ada, photo: [{ data: 'A'.repeat(10 * 1024 * 1024) }] });
const deep = `{"resourceType":"Patient","extension":${'[{"url":"x","extension":'.repeat(9000)}[]${'}]'.repeat(9000)}}`;

describe('creating only if there is none', () => {
  const numbered = (value: string) => ({ ...ada, identifier: [{ system: 'https://device.example', value }] });
  const create = (
    as: { token: string },
    value: string,
    condition = `identifier=https://device.example|${value}`,
  ) => fhir.call(as, 'POST', 'Patient', numbered(value), { 'if-none-exist': condition });
  const count = async (value: string) =>
    (await fhir.call(writer, 'GET', `Patient?identifier=https://device.example|${value}&_summary=count`)).body
      .total;
  const onlyCreates = () => fhir.person({ resourceType: 'Patient', interaction: ['create'] });

  it('makes the first and finds it for the others', async () => {
    const first = await create(writer, 'a1');
    expect(first.status).toBe(201);
    const again = await create(writer, 'a1');
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    expect((await create(writer, 'a1', '?identifier=https%3A%2F%2Fdevice.example%7Ca1')).status).toBe(200);
    expect((await create(writer, 'a2')).status).toBe(201);
    expect(await count('a1')).toBe(1);
    await fhir.call(writer, 'DELETE', `Patient/${first.body.id}`);
    expect((await create(writer, 'a1')).status).toBe(201);
  });

  it('of many at once one makes it, whether they may search or not', async () => {
    for (const [as, value] of [
      [writer, 'b1'],
      [await onlyCreates(), 'b2'],
    ] as const) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => create(as, value)));
      expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201]);
      expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
      expect(await count(value)).toBe(1);
    }
  });

  it('F108 whoever may not search finds what it made itself, and of others learns nothing', async () => {
    const [one, other] = [await onlyCreates(), await onlyCreates()];
    await create(writer, 'c1');
    const made = await create(one, 'c1');
    expect(made.status).toBe(201);
    const again = await create(one, 'c1');
    expect([again.status, again.body.resourceType, again.headers.get('location')]).toEqual([
      200,
      'OperationOutcome',
      made.headers.get('location'),
    ]);
    expect((await create(other, 'c1')).status).toBe(201);
    for (const condition of [
      'name=quill',
      'identifier=c1',
      'identifier=|c1',
      'identifier=a|c1,a|c2',
      '_id=x',
      'identifier:not=a|b',
    ])
      expect([condition, ...outcome(await create(one, 'c9', condition))]).toEqual([
        condition,
        ...refused(403, 'forbidden'),
      ]);
    expect(await count('c9')).toBe(0);
  });

  it('finds only what the policy shows, and is no way to what it hides', async () => {
    const narrow = await fhir.person({
      resourceType: 'Patient',
      criteria: 'Patient?gender=female',
      hiddenFields: ['birthDate'],
    });
    await create(writer, 'd1');
    const made = await fhir.call(
      narrow,
      'POST',
      'Patient',
      { ...numbered('d1'), birthDate: undefined, gender: 'female' },
      {
        'if-none-exist': 'identifier=https://device.example|d1',
      },
    );
    expect(made.status).toBe(201);
    expect(outcome(await create(narrow, 'd2', 'birthdate=1980-01-31'))).toEqual(refused(403, 'forbidden'));
    const elsewhere = { token: await world.adminToken(world.other.id) };
    expect((await create(elsewhere, 'd1')).status).not.toBe(200);
  });

  it('several: 412, and nothing is written', async () => {
    await newPatient(numbered('e1'));
    await newPatient(numbered('e1'));
    expect(outcome(await create(writer, 'e1'))).toEqual(refused(412, 'multiple-matches'));
    expect(await count('e1')).toBe(2);
  });

  it.each([
    ['nothing', ' ', 400, 'invalid'],
    ['no value', 'identifier=', 400, 'invalid'],
    ['about the result', 'identifier=a|b&_count=0', 400, 'invalid'],
    ['unknown', 'shoe-size=42', 400, 'not-supported'],
    ['broken encoding', 'identifier=%E0%A4%A', 400, 'invalid'],
  ])('refuses a condition with %s', async (_, condition, status, code) => {
    expect(outcome(await create(writer, 'f1', condition))).toEqual(refused(status, code));
    expect(await count('f1')).toBe(0);
  });

  it('is for what is kept as a document, and for creating', async () => {
    const answer = await fhir.call(
      writer,
      'PUT',
      `Patient/${unknownId}`,
      { ...ada, id: unknownId },
      { 'if-none-exist': 'a=b' },
    );
    expect(outcome(answer)).toEqual(refused(400, 'not-supported'));
    const admin = { token: world.tokens.admin };
    const policy = await fhir.call(
      admin,
      'POST',
      'AccessPolicy',
      { resourceType: 'AccessPolicy', name: 'A' },
      { 'if-none-exist': 'name=A' },
    );
    expect([400, 403]).toContain(policy.status);
    const { body } = await world.agent.get('fhir/R4/metadata');
    const kept = body.rest[0].resource.filter(
      (one: { conditionalCreate?: boolean }) => one.conditionalCreate,
    );
    expect(kept.map(({ type }: { type: string }) => type).sort()).toEqual([
      'Patient',
      'Practitioner',
      'RelatedPerson',
    ]);
  });
});

describe('what is refused', () => {
  it.each<[string, unknown, Record<string, string>, number, string]>([
    ['no JSON', '{"resourceType":', {}, 400, 'invalid'],
    ['a list', [ada], {}, 400, 'invalid'],
    ['null', 'null', {}, 400, 'invalid'],
    ['text', '"Patient"', {}, 400, 'invalid'],
    ['nothing', '', {}, 400, 'invalid'],
    ['no type', { ...ada, resourceType: undefined }, {}, 400, 'invalid'],
    ['another type', { ...ada, resourceType: 'Practitioner' }, {}, 400, 'invalid'],
    ['meta of no shape', { ...ada, meta: [{ tag: [] }] }, {}, 400, 'invalid'],
    ['meta as text', { ...ada, meta: 'x' }, {}, 400, 'invalid'],
    ['an unknown element', { ...ada, foo: 1 }, {}, 400, 'structure'],
    ['a code of no value set', { ...ada, gender: 'purple' }, {}, 400, 'code-invalid'],
    ['__proto__', '{"resourceType":"Patient","__proto__":{"admin":true}}', {}, 400, 'invalid'],
    [
      'constructor.prototype',
      '{"resourceType":"Patient","constructor":{"prototype":{"admin":true}}}',
      {},
      400,
      'invalid',
    ],
    ['toString', { ...ada, toString: 'x' }, {}, 400, 'structure'],
    ['deep JSON', deep, {}, 400, 'too-long'],
    [
      'more values than can be judged',
      { ...ada, name: Array.from({ length: 6000 }, () => ada.name[0]) },
      {},
      400,
      'too-long',
    ],
    ['10 MB', huge, {}, 413, 'too-long'],
    ['XML', '<Patient/>', { 'content-type': 'application/fhir+xml' }, 415, 'not-supported'],
    [
      'a form',
      'resourceType=Patient',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'not-supported',
    ],
    ['a patch', [], { 'content-type': 'application/json-patch+json' }, 415, 'not-supported'],
    ['plain text', JSON.stringify(ada), { 'content-type': 'text/plain' }, 415, 'not-supported'],
    ['a condition that is not kept', ada, { 'if-none-match': '*' }, 400, 'not-supported'],
    [
      'another project’s patient',
      { ...ada, link: [{ type: 'seealso', other: { reference: `Patient/${unknownId}` } }] },
      {},
      400,
      'not-found',
    ],
  ])('%s', async (_, body, headers, status, code) => {
    const before = await patients();
    expect(outcome(await fhir.call(writer, 'POST', 'Patient', body, headers))).toEqual(refused(status, code));
    expect(await patients()).toBe(before);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('names every element that is wrong', async () => {
    const { body } = await fhir.call(writer, 'POST', 'Patient', {
      ...ada,
      foo: 1,
      name: {},
      birthDate: '31.1.80',
    });
    expect(body.issue.map(({ expression }: { expression?: string[] }) => expression?.[0]).sort()).toEqual([
      'name',
    ]);
    const again = await fhir.call(writer, 'POST', 'Patient', { ...ada, foo: 1, birthDate: '31.1.80' });
    expect(again.body.issue.map((one: { expression?: string[] }) => one.expression?.[0]).sort()).toEqual([
      'Patient.birthDate',
      'Patient.foo',
    ]);
    expect(again.body.extension[0].url).toContain('tracing');
  });

  it('W-533 references into another project, of a wrong type, and to what was deleted', async () => {
    const { body: token } = await world.agent.codeFlow(world.other.app, world.other.person, {
      scope: 'openid',
    });
    const foreign = String(decodeJwt(token.access_token)['profile']);
    const gone = await newPatient();
    await fhir.call(writer, 'DELETE', `Patient/${gone.id}`);
    for (const reference of [foreign, `Practitioner/${unknownId}`, 'Practitioner/x']) {
      const answer = await fhir.call(writer, 'POST', 'Patient', {
        ...ada,
        generalPractitioner: [{ reference }],
      });
      expect(outcome(answer)).toEqual(refused(400, 'not-found'));
    }
    const related = { resourceType: 'RelatedPerson', patient: { reference: `Patient/${gone.id}` } };
    expect((await fhir.call(writer, 'POST', 'RelatedPerson', related)).status).toBe(400);
    const wrong = await fhir.call(writer, 'POST', 'Patient', {
      ...ada,
      managingOrganization: { reference: writer.profile },
    });
    expect(outcome(wrong)).toEqual(refused(400, 'structure'));
    const kept = await newPatient({
      generalPractitioner: [{ reference: writer.profile }, { reference: 'Organization/elsewhere' }],
    });
    expect(kept.generalPractitioner).toHaveLength(2);
  });

  it('W-274 W-513 W-534 W-539 types and interactions that the policy does not open; every refusal is recorded', async () => {
    const made = await newPatient();
    const reader = await fhir.person({ resourceType: 'Patient', readonly: true });
    const nobody = await fhir.person();
    for (const as of [reader, nobody])
      for (const [method, path, body] of [
        ['POST', 'Patient', ada],
        ['PUT', `Patient/${made.id}`, made],
        ['PATCH', `Patient/${made.id}`, [{ op: 'remove', path: '/active' }]],
        ['DELETE', `Patient/${made.id}`],
        ['POST', 'StructureDefinition', { resourceType: 'StructureDefinition' }],
        ['POST', 'User', { resourceType: 'User' }],
        ['POST', 'AuditEvent', { resourceType: 'AuditEvent' }],
        ['POST', 'Nonsense', { resourceType: 'Nonsense' }],
      ] as const) {
        expect(outcome(await fhir.call(as, method, path, body))).toEqual(refused(403, 'forbidden'));
      }
    expect((await fhir.call(reader, 'GET', `Patient/${made.id}`)).status).toBe(200);
    expect(await stored(made)).toEqual(made);
    const { auditRecords } = await fhir.ask(
      '{ auditRecords(types: [ACCESS_REFUSED], first: 1) { edges { node { outcome detail { name value } } } } }',
    );
    const [{ node }] = auditRecords.edges;
    expect(node.detail).toEqual(
      expect.arrayContaining([
        { name: 'door', value: 'fhir' },
        { name: 'interaction', value: 'create' },
      ]),
    );
    const lists = await fhir.person(
      { resourceType: 'Patient', interaction: ['read', 'update'] },
      { resourceType: 'Practitioner', interaction: ['create'] },
    );
    expect((await put({ ...made, active: false }, lists)).status).toBe(200);
    expect((await fhir.call(lists, 'DELETE', `Patient/${made.id}`)).status).toBe(403);
    expect((await fhir.call(lists, 'POST', 'Patient', ada)).status).toBe(403);
    expect((await fhir.call(lists, 'POST', 'Practitioner', { resourceType: 'Practitioner' })).status).toBe(
      201,
    );
  });

  it('without a live token, and for a type that is not kept here', async () => {
    expect(outcome(await fhir.call(undefined, 'POST', 'Patient', ada))).toEqual(refused(401, 'login'));
    expect(outcome(await fhir.call(writer, 'POST', 'Observation', { resourceType: 'Observation' }))).toEqual(
      refused(404, 'not-found'),
    );
    for (const path of ['', 'Patient/1/2/3', 'Patient/$validate', 'Patient/1/$everything'])
      expect(outcome(await fhir.call(writer, 'POST', path, ada))).toEqual(refused(404, 'not-found'));
  });

  it('V48 as soon as the membership is deactivated', async () => {
    const person = await fhir.person({ resourceType: '*' });
    const { body: made } = await fhir.call(person, 'POST', 'Patient', ada);
    await fhir.ask('mutation($id: ID!) { deactivateMembership(input: { id: $id }) { membership { id } } }', {
      id: person.membershipId,
    });
    for (const method of ['PUT', 'PATCH', 'DELETE'])
      expect((await fhir.call(person, method, `Patient/${made.id}`, made)).status).toBe(401);
    expect(await stored(made)).toMatchObject({ active: true });
  });
});

async function patients(): Promise<number> {
  const { auditRecords } = await fhir.ask(
    '{ auditRecords(types: [RESOURCE_CREATED], first: 100) { edges { node { target } } } }',
  );
  return auditRecords.edges.length;
}

describe('updating', () => {
  it('writes the next version, recorded with it', async () => {
    const made = await newPatient();
    const answer = await put({ ...made, active: false }, writer, extended);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id: made.id, active: false, name: ada.name });
    const { versionId, lastUpdated } = answer.body.meta;
    expect(versionId).not.toBe(made.meta.versionId);
    expect(Date.parse(lastUpdated)).toBeGreaterThan(Date.parse(made.meta.lastUpdated));
    expect(answer.headers.get('etag')).toBe(`W/"${versionId}"`);
    expect(await stored(made)).toEqual(answer.body);
    const { auditRecords } = await fhir.ask(
      '{ auditRecords(types: [RESOURCE_CREATED, RESOURCE_CHANGED], first: 2) { edges { node { type target detail { value } } } } }',
    );
    expect(auditRecords.edges.map(({ node }: { node: object }) => node)).toEqual([
      { type: 'RESOURCE_CHANGED', target: `Patient/${made.id}`, detail: [{ value: versionId }] },
      { type: 'RESOURCE_CREATED', target: `Patient/${made.id}`, detail: [{ value: made.meta.versionId }] },
    ]);
  });

  it('without a change answers the version that there is', async () => {
    const made = await newPatient();
    const other = await fhir.person({ resourceType: '*' });
    const { id, resourceType, ...rest } = made;
    const answer = await put({ ...rest, resourceType, id }, other, extended);
    expect([answer.status, answer.body]).toEqual([200, made]);
  });

  it.each<
    [string, (made: { id: string; resourceType: string }) => [path: string, body: unknown], number, string]
  >([
    ['no id in the body', ({ id }) => [id, ada], 400, 'invalid'],
    ['another id in the body', (made) => [made.id, { ...made, id: unknownId }], 400, 'invalid'],
    [
      'another type in the body',
      (made) => [made.id, { ...made, resourceType: 'Practitioner' }],
      400,
      'invalid',
    ],
    ['an id that nobody gave', (made) => [unknownId, { ...made, id: unknownId }], 404, 'not-found'],
    ['an id that is none', (made) => ['mine', { ...made, id: 'mine' }], 404, 'not-found'],
    ['an invalid resource', (made) => [made.id, { ...made, birthDate: 'x' }], 400, 'structure'],
  ])('is refused: %s', async (_, request, status, code) => {
    const made = await newPatient();
    const [path, body] = request(made);
    expect(outcome(await fhir.call(writer, 'PUT', `Patient/${path}`, body))).toEqual(refused(status, code));
    expect(await stored(made)).toEqual(made);
  });

  it('F108 another project’s resource is not found, in the same words', async () => {
    const made = await newPatient();
    const { server } = world.other;
    const token = (await world.agent.clientCredentials(server)).body.access_token;
    const words = async (id: string, method: string, body?: unknown) => {
      const { status, body: answer } = await fhir.call({ token }, method, `Patient/${id}`, body);
      const { extension: _, ...rest } = answer;
      return JSON.stringify([status, rest]);
    };
    for (const [method, body] of [
      ['PUT', { ...made, active: false }],
      ['PATCH', [{ op: 'remove', path: '/active' }]],
      ['DELETE', undefined],
    ] as const) {
      const foreign = await words(made.id, method, body);
      const missing = await words(unknownId, method, method === 'PUT' ? { ...made, id: unknownId } : body);
      expect(foreign).toBe(missing);
      expect(foreign).toContain('404');
    }
    expect(await stored(made)).toEqual(made);
  });

  it('If-Match: goes over that version only', async () => {
    const made = await newPatient();
    const first = `W/"${made.meta.versionId}"`;
    const second = (await put({ ...made, active: false }, writer, { 'if-match': first })).headers.get(
      'etag',
    )!;
    expect(second).not.toBe(first);
    for (const [method, body] of [
      ['PUT', { ...made, active: true }],
      ['PATCH', [{ op: 'remove', path: '/active' }]],
      ['DELETE', undefined],
    ] as const)
      expect(
        outcome(await fhir.call(writer, method, `Patient/${made.id}`, body, { 'if-match': first })),
      ).toEqual(refused(412, 'conflict'));
    expect((await stored(made)).active).toBe(false);
    for (const tag of ['*', `"x", ${second}`])
      expect((await put({ ...made, active: tag === '*' }, writer, { 'if-match': tag })).status).toBe(
        tag === '*' ? 200 : 412,
      );
    for (const header of ['x', '5', 'W/5', '"'])
      expect(outcome(await put(made, writer, { 'if-match': header }))).toEqual(refused(400, 'invalid'));
    for (const header of ['if-none-match', 'if-unmodified-since'])
      expect(outcome(await put(made, writer, { [header]: '*' }))).toEqual(refused(400, 'not-supported'));
  });

  it('of 20 at once with If-Match exactly one goes through', async () => {
    const made = await newPatient();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        put({ ...made, name: [{ family: `N${at}` }] }, writer, { 'if-match': `W/"${made.meta.versionId}"` }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(412)]);
    expect(await versions(made)).toHaveLength(2);
  });

  it('of 20 at once without If-Match none is lost in the history', async () => {
    const made = await newPatient();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => put({ ...made, name: [{ family: `N${at}` }] })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const families = (await versions(made)).map(({ resource }) => resource.name[0]!.family);
    expect([...families].sort()).toEqual(
      ['Quill', ...Array.from({ length: 20 }, (_, at) => `N${at}`)].sort(),
    );
    const times = (await versions(made)).map(({ resource }) => resource.meta.lastUpdated);
    expect(times).toEqual([...new Set(times)].sort().reverse());
  });

  it('patches at once are each applied to what the one before left', async () => {
    const made = await newPatient();
    const add = (at: number) =>
      fhir.call(writer, 'PATCH', `Patient/${made.id}`, [
        { op: 'add', path: '/name/-', value: { family: `N${at}` } },
      ]);
    const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => add(at)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect((await stored(made)).name).toHaveLength(11);
  });
});

async function versions({
  id,
}: {
  id: string;
}): Promise<{ resource: typeof ada & { meta: { lastUpdated: string } } }[]> {
  return (await fhir.call(writer, 'GET', `Patient/${id}/_history?_count=100`)).body.entry;
}

describe('patching', () => {
  const patch = (made: { id: string }, operations: unknown, as: { token: string } = writer, headers = {}) =>
    fhir.call(as, 'PATCH', `Patient/${made.id}`, operations, headers);

  it('applies all operations, or none', async () => {
    const made = await newPatient();
    const done = await patch(made, [
      { op: 'test', path: '/meta/versionId', value: made.meta.versionId },
      { op: 'replace', path: '/name/0/family', value: 'Hart' },
      { op: 'add', path: '/gender', value: 'female' },
    ]);
    expect(done.body).toMatchObject({ name: [{ family: 'Hart', given: ['Ada'] }], gender: 'female' });
    const failed = await patch(made, [
      { op: 'remove', path: '/gender' },
      { op: 'test', path: '/active', value: false },
    ]);
    expect(outcome(failed)).toEqual(refused(400, 'processing'));
    expect(failed.body.issue[0].expression).toEqual(['[1]']);
    expect((await stored(made)).gender).toBe('female');
  });

  it.each<[string, unknown, Record<string, string>, number, string]>([
    [
      'another body type',
      { active: false },
      { 'content-type': 'application/fhir+json' },
      415,
      'not-supported',
    ],
    ['no JSON', '[', {}, 400, 'invalid'],
    ['no list', { op: 'remove', path: '/active' }, {}, 400, 'structure'],
    ['nothing', '', {}, 400, 'structure'],
    ['the id', [{ op: 'replace', path: '/id', value: unknownId }], {}, 400, 'structure'],
    ['the type', [{ op: 'replace', path: '/resourceType', value: 'Practitioner' }], {}, 400, 'structure'],
    ['meta', [{ op: 'replace', path: '/meta/project', value: unknownId }], {}, 400, 'structure'],
    ['a prototype', [{ op: 'add', path: '/__proto__/admin', value: true }], {}, 400, 'invalid'],
    ['what makes it invalid', [{ op: 'add', path: '/foo', value: 1 }], {}, 400, 'structure'],
    ['an unknown resource', [{ op: 'remove', path: '/active' }], {}, 404, 'not-found'],
  ])('is refused: %s', async (name, operations, headers, status, code) => {
    const made = await newPatient();
    const target = name === 'an unknown resource' ? { id: unknownId } : made;
    expect(outcome(await patch(target, operations, writer, headers))).toEqual(refused(status, code));
    expect(await stored(made)).toEqual(made);
  });

  it('W-522 can neither test nor copy what is hidden, and needs the right to read', async () => {
    const made = await newPatient();
    const blind = await fhir.person({ resourceType: 'Patient', hiddenFields: ['birthDate', 'name.given'] });
    for (const operation of [
      { op: 'test', path: '/birthDate', value: made.birthDate },
      { op: 'copy', from: '/birthDate', path: '/language' },
      { op: 'move', from: '/name/0/given/0', path: '/language' },
    ])
      expect((await patch(made, [operation], blind)).status).toBe(400);
    expect((await patch(made, [{ op: 'replace', path: '/active', value: false }], blind)).status).toBe(200);
    expect(await stored(made)).toMatchObject({ active: false, birthDate: ada.birthDate, name: ada.name });
    const writeOnly = await fhir.person({ resourceType: 'Patient', interaction: ['update'] });
    expect((await patch(made, [{ op: 'test', path: '/active', value: false }], writeOnly)).status).toBe(403);
  });
});

describe('deleting', () => {
  it('makes a resource gone, not unknown; again is no error', async () => {
    const made = await newPatient();
    const path = `Patient/${made.id}`;
    const answer = await fhir.call(writer, 'DELETE', path);
    expect([answer.status, answer.body.id]).toEqual([200, 'ok']);
    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', made],
      ['PATCH', [{ op: 'remove', path: '/active' }]],
    ] as const) {
      const gone = await fhir.call(writer, method, path, body);
      expect(outcome(gone)).toEqual(refused(410, 'deleted'));
      expect(gone.body.id).toBe('gone');
    }
    expect((await fhir.call(writer, 'DELETE', path)).status).toBe(200);
    expect((await fhir.call(writer, 'DELETE', `Patient/${unknownId}`)).status).toBe(404);
    const stranger = await fhir.person({ resourceType: 'Patient', criteria: 'Patient?active=false' });
    expect(outcome(await fhir.call(stranger, 'GET', path))).toEqual(refused(404, 'not-found'));
    expect(outcome(await fhir.call(stranger, 'DELETE', path))).toEqual(refused(404, 'not-found'));
    const { auditRecords } = await fhir.ask(
      '{ auditRecords(types: [RESOURCE_DELETED], first: 1) { edges { node { target outcome } } } }',
    );
    expect(auditRecords.edges[0].node).toEqual({ target: path, outcome: 'SUCCESS' });
  });

  it('leaves a record of whoever asks for what is gone', async () => {
    const client = await world.addClient(world.project.id, {
      name: 'Asks too late',
      grantTypes: ['client_credentials'],
    });
    const { body } = await world.agent.clientCredentials(client);
    const late = { token: body.access_token };
    const made = await newPatient();
    const path = `Patient/${made.id}`;
    await fhir.call(writer, 'DELETE', path);
    for (const [method, sent] of [
      ['GET', undefined],
      ['PUT', made],
    ] as const)
      expect(outcome(await fhir.call(late, method, path, sent))).toEqual(refused(410, 'deleted'));
    const { auditRecords } = await fhir.ask(
      '{ auditRecords(types: [ACCESS_REFUSED], first: 2) { edges { node { outcome clientId detail { name value } } } } }',
    );
    const records = auditRecords.edges.map(
      ({ node }: { node: { detail: { name: string; value: string }[] } }) => ({
        ...node,
        detail: Object.fromEntries(node.detail.map(({ name, value }) => [name, value])),
      }),
    );
    const record = (interaction: string) => ({
      outcome: 'REFUSED',
      clientId: client.id,
      detail: { door: 'fhir', interaction, type: 'Patient', id: made.id },
    });
    expect(records).toEqual([record('update'), record('read')]);
  });

  it('of 10 at once leaves one deletion', async () => {
    const made = await newPatient();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => fhir.call(writer, 'DELETE', `Patient/${made.id}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(await versions(made)).toHaveLength(2);
  });

  it('not the profile of a member, deactivated or not', async () => {
    const member = await fhir.person({ resourceType: '*' });
    const remove = () => fhir.call(writer, 'DELETE', member.profile);
    expect(outcome(await remove())).toEqual(refused(409, 'conflict'));
    const id = member.membershipId;
    await fhir.ask('mutation($id: ID!) { deactivateMembership(input: { id: $id }) { membership { id } } }', {
      id,
    });
    expect(outcome(await remove())).toEqual(refused(409, 'conflict'));
    expect((await fhir.call(writer, 'GET', member.profile)).status).toBe(200);
    await fhir.ask('mutation($id: ID!) { removeMembership(input: { id: $id }) { removedId } }', { id });
    expect((await remove()).status).toBe(200);
  });
});

describe('policies', () => {
  it('W-515 W-516 W-518 accounts: the policy’s, the patient’s, and never an editor’s', async () => {
    const north = await fhir.personUnder({
      resource: [{ resourceType: '*' }],
      compartment: 'Organization/north',
    });
    const south = await fhir.personUnder({
      resource: [{ resourceType: '*' }],
      compartment: 'Organization/south',
    });
    const meta = { account: { reference: 'Organization/mine' } };
    const patient = await newPatient({ meta }, north);
    expect(patient.meta).toMatchObject({
      account: { reference: 'Organization/north' },
      accounts: [{ reference: 'Organization/north' }],
    });
    expect(patient.meta.compartment).toContainEqual({ reference: 'Organization/north' });
    const { body: edited } = await put({ ...patient, active: false, meta }, south, extended);
    expect(edited.meta.accounts).toEqual([{ reference: 'Organization/north' }]);
    const related = { resourceType: 'RelatedPerson', patient: { reference: `Patient/${patient.id}` } };
    const { body } = await fhir.call(south, 'POST', 'RelatedPerson', related, extended);
    expect(body.meta.accounts).toEqual([
      { reference: 'Organization/south' },
      { reference: 'Organization/north' },
    ]);
    expect(body.meta.compartment.map(({ reference }: { reference: string }) => reference)).toEqual(
      expect.arrayContaining([`Patient/${patient.id}`, 'Organization/north', 'Organization/south']),
    );
  });

  it('W-517 W-538 a member of one account finds nothing of the other to change', async () => {
    const within = (account: string) =>
      fhir.personUnder({
        resource: [{ resourceType: 'Patient', criteria: `Patient?_compartment=${account}` }],
        compartment: account,
      });
    const north = await within('Organization/north');
    const south = await within('Organization/south');
    const patient = await newPatient({}, north);
    expect(outcome(await put({ ...patient, active: false }, south))).toEqual(refused(404, 'not-found'));
    expect(outcome(await fhir.call(south, 'DELETE', `Patient/${patient.id}`))).toEqual(
      refused(404, 'not-found'),
    );
    expect((await put({ ...patient, active: false }, north)).status).toBe(200);
  });

  it('W-530 an admin sets and clears accounts, in the extended form only', async () => {
    const admin = await fhir.personUnder({ resource: [{ resourceType: '*' }] }, { admin: true });
    const made = await newPatient();
    const accounts = [{ reference: 'Organization/a' }, { reference: 'Organization/b' }];
    const set = await put({ ...made, meta: { ...made.meta, accounts } }, admin, extended);
    expect(set.body.meta).toMatchObject({ account: accounts[0], accounts });
    const plain = await put({ ...made, active: false, meta: {} }, admin);
    expect(plain.status).toBe(200);
    expect((await stored(made)).meta.accounts).toEqual(accounts);
    const cleared = await put({ ...made, active: true, meta: {} }, admin, extended);
    expect(cleared.body.meta.accounts).toBeUndefined();
    const wrong = await put({ ...made, meta: { account: { reference: 'x' } } } as never, admin, extended);
    expect(outcome(wrong)).toEqual(refused(400, 'invalid'));
    await put({ ...made, meta: { accounts } } as never, writer, extended);
    expect((await stored(made)).meta.accounts).toBeUndefined();
  });

  it('W-522 what is hidden survives a write by somebody who does not see it, also nested and in lists', async () => {
    const made = await newPatient({
      name: [
        { use: 'official', family: 'Quill', given: ['Ada'] },
        { use: 'nickname', text: 'Adie' },
      ],
      telecom: [{ system: 'phone', value: '1' }],
      contact: [{ relationship: [{ text: 'mother' }], name: { family: 'Quill', given: ['Eve'] } }],
    });
    const blind = await fhir.person({
      resourceType: 'Patient',
      hiddenFields: ['birthDate', 'telecom', 'name.given', 'contact.name.given'],
    });
    const seen = (await fhir.call(blind, 'GET', `Patient/${made.id}`, undefined, extended)).body;
    expect(JSON.stringify(seen)).not.toMatch(/1980|Ada"|Eve|phone/);
    const changed = { ...seen, gender: 'female', name: [{ use: 'official', family: 'Hart' }, seen.name[1]] };
    const answer = await put({ ...changed, birthDate: '2001-01-01' }, blind, extended);
    expect(answer.status).toBe(200);
    expect(JSON.stringify(answer.body)).not.toMatch(/1980|2001|Ada"|Eve|phone/);
    expect(await stored(made)).toEqual({
      ...made,
      gender: 'female',
      name: [{ use: 'official', family: 'Hart', given: ['Ada'] }, made.name[1]],
      meta: expect.anything(),
    });
    const taken = await put({ ...seen, contact: [] as never, gender: 'male' }, blind);
    expect(taken.status).toBe(403);
    const lost = await put({ ...seen, contact: undefined, gender: 'male' }, blind);
    expect(outcome(lost)).toEqual(refused(403, 'forbidden'));
    expect(lost.body.issue[0].expression).toEqual(['contact']);
    expect((await stored(made)).contact).toEqual(made.contact);
  });

  it('W-522 also where what is seen of an element is nothing', async () => {
    const made = await newPatient({ contact: [{ name: { family: 'Hale' } }] });
    const blind = await fhir.person({ resourceType: 'Patient', hiddenFields: ['contact.name'] });
    const seen = (await fhir.call(blind, 'GET', `Patient/${made.id}`)).body;
    expect(seen.contact).toEqual([{}]);
    expect((await put({ ...seen, active: false }, blind)).status).toBe(200);
    expect((await stored(made)).contact).toEqual(made.contact);
  });

  it('W-522 also where one entry lets read and another write', async () => {
    const made = await newPatient();
    const blind = await fhir.person(
      { resourceType: 'Patient', readonly: true, hiddenFields: ['birthDate'] },
      { resourceType: 'Patient', interaction: ['update'] },
    );
    const seen = (await fhir.call(blind, 'GET', `Patient/${made.id}`)).body;
    expect((await put({ ...seen, active: false }, blind)).status).toBe(200);
    expect(await stored(made)).toMatchObject({ active: false, birthDate: ada.birthDate });
  });

  it('read-only fields stay as they are; a new resource has none', async () => {
    const made = await newPatient();
    const limited = await fhir.person({ resourceType: 'Patient', readonlyFields: ['birthDate', 'gender'] });
    const answer = await put({ ...made, birthDate: '2000-01-01', gender: 'male', active: false }, limited);
    expect(answer.body).toMatchObject({ birthDate: ada.birthDate, active: false });
    expect(answer.body.gender).toBeUndefined();
    const own = await newPatient({ gender: 'male' }, limited);
    expect([own.birthDate, own.gender]).toEqual([undefined, undefined]);
  });

  it('W-524 conditions see before and after', async () => {
    const nurse = await fhir.person({
      resourceType: 'Patient',
      writeConstraint: [
        { expression: '%before.exists() implies %before.active = true' },
        { expression: "%after.name.family = 'Quill'" },
      ],
    });
    const made = await newPatient({}, nurse);
    expect(outcome(await fhir.call(nurse, 'POST', 'Patient', { ...ada, name: [{ family: 'X' }] }))).toEqual(
      refused(403, 'forbidden'),
    );
    expect((await put({ ...made, name: [{ family: 'X' }] }, nurse)).status).toBe(403);
    expect((await put({ ...made, active: false }, nurse)).status).toBe(200);
    expect((await put({ ...made, active: true }, nurse)).status).toBe(403);
    expect((await stored(made)).active).toBe(false);
  });

  it('W-519 W-523 W-525 W-532 what is written must fit one entry before and after', async () => {
    const system = 'http://example.org/ward';
    const mine = await fhir.person(
      { resourceType: 'Patient', readonly: true },
      { resourceType: 'Patient', criteria: `Patient?identifier=${system}|a`, readonlyFields: ['birthDate'] },
      { resourceType: 'Patient', criteria: `Patient?identifier=${system}|b` },
    );
    const of = (value: string) => ({ identifier: [{ system, value }] });
    const a = await newPatient(of('a'));
    const b = await newPatient(of('b'));
    const c = await newPatient(of('c'));
    expect((await put({ ...a, active: false, birthDate: '2000-01-01' }, mine)).body).toMatchObject({
      active: false,
      birthDate: ada.birthDate,
    });
    expect((await put({ ...b, birthDate: '2000-01-01' }, mine)).body.birthDate).toBe('2000-01-01');
    expect(outcome(await put({ ...c, active: false }, mine))).toEqual(refused(403, 'forbidden'));
    expect(outcome(await put({ ...a, ...of('b') }, mine))).toEqual(refused(403, 'forbidden'));
    expect(outcome(await put({ ...a, ...of('c') }, mine))).toEqual(refused(403, 'forbidden'));
    expect(outcome(await fhir.call(mine, 'POST', 'Patient', { ...ada, ...of('c') }))).toEqual(
      refused(403, 'forbidden'),
    );
    expect((await fhir.call(mine, 'POST', 'Patient', { ...ada, ...of('a') })).status).toBe(201);
  });

  it('W-526 W-527 one policy with parameters, given several times, each adds', async () => {
    const person = await fhir.person();
    const ward = {
      resource: [{ resourceType: 'Patient', criteria: 'Patient?identifier=http://example.org/ward|%ward' }],
    };
    const given = (valueString: string) => ({ policy: ward, parameter: [{ name: 'ward', valueString }] });
    await fhir.setPolicies(person, { resource: [] }, given('a'), given('b'));
    const make = (value: string) =>
      fhir.call(person, 'POST', 'Patient', {
        ...ada,
        identifier: [{ system: 'http://example.org/ward', value }],
      });
    expect((await Promise.all(['a', 'b', 'c'].map(make))).map(({ status }) => status)).toEqual([
      201, 201, 403,
    ]);
  });
});

describe('from a browser', () => {
  it('says that the answer depends on the origin and on the form that was asked for', async () => {
    const origin = { origin: 'https://app.example' };
    const made = await fhir.call(writer, 'POST', 'Patient', ada, origin);
    const read = await fhir.call(writer, 'GET', `Patient/${made.body.id}`, undefined, origin);
    for (const { status, headers } of [made, read]) {
      expect(status).toBeLessThan(300);
      expect(headers.get('vary')).toBe('Origin, X-Medplum, X-Medplum-On-Behalf-Of');
      expect(headers.get('access-control-allow-origin')).toBe('https://app.example');
    }
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s is allowed to origins that are known', async (method) => {
    const answer = await world.agent.request('fhir/R4/Patient/1', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,content-type,if-match,prefer,x-medplum',
      },
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(answer.headers.get('access-control-allow-methods')).toContain(method);
    expect(answer.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('if-match');
  });
});

describe('a condition that would run for minutes', () => {
  it('is refused, and who keeps asking for it waits alone', async () => {
    const letters = '%after.name.family.toChars()';
    const long = `${letters}.select(${letters}.select(${letters}.count()).count()).count() > 0`;
    const entry = (expression: string) => ({ resourceType: 'Patient', writeConstraint: [{ expression }] });
    const hostile = await fhir.person(entry(long));
    const other = await fhir.person(entry('%after.name.family.exists()'));
    const ended: string[] = [];
    const post = async (as: FhirPerson, family: string, name: string) => {
      const { status } = await fhir.call(as, 'POST', 'Patient', { ...ada, name: [{ family }] });
      ended.push(`${name} ${status}`);
    };
    const crowd = Array.from({ length: 5 }, () => post(hostile, 'Quill'.repeat(200), 'hostile'));
    await Promise.race(crowd);
    for (let turn = 0; turn < 3; turn++) await post(other, 'Quill', 'other');
    await Promise.all(crowd);
    expect(ended.toSorted()).toEqual([...Array(5).fill('hostile 403'), ...Array(3).fill('other 201')]);
    expect(ended.lastIndexOf('other 201')).toBeLessThan(ended.lastIndexOf('hostile 403'));
  });
});
