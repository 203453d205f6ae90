import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

interface Versions {
  readonly id: string;
  readonly ids: readonly string[];
}

/** A patient with one version per state, oldest first. */
async function patient(...states: readonly object[]): Promise<Versions> {
  const ids: string[] = [];
  let id = '';
  for (const state of states) {
    const resource = { resourceType: 'Patient', ...(id && { id }), ...state };
    const { body, status } = await (id
      ? fhir.call(writer, 'PUT', `Patient/${id}`, resource)
      : fhir.call(writer, 'POST', 'Patient', resource));
    if (status >= 300) throw new Error(JSON.stringify(body));
    id = body.id;
    ids.push(body.meta.versionId);
  }
  return { id, ids };
}

const get = (path: string, as: { token: string } = writer, headers = {}) =>
  fhir.call(as, 'GET', `Patient/${path}`, undefined, headers);
const three = [{ active: true }, { active: false }, { gender: 'female' }];
const unknownId = '01890000-0000-7000-8000-000000000000';

describe('history', () => {
  it('is a Bundle of all versions, newest first', async () => {
    const { id, ids } = await patient(...three);
    await fhir.call(writer, 'DELETE', `Patient/${id}`);
    const { status, body, headers } = await get(`${id}/_history`);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/fhir+json; charset=utf-8']);
    expect(body).toMatchObject({ resourceType: 'Bundle', type: 'history' });
    expect(body.link).toEqual([
      { relation: 'self', url: `${world.app.baseUrl}fhir/R4/Patient/${id}/_history?_count=20&_offset=0` },
    ]);
    const entries = body.entry.map((entry: { resource?: { meta: { versionId: string } } }) => entry);
    expect(entries.map((one: { request: { method: string } }) => one.request.method)).toEqual([
      'DELETE',
      'PUT',
      'PUT',
      'POST',
    ]);
    expect(entries[0].resource).toBeUndefined();
    expect(
      entries
        .slice(1)
        .map((one: { resource: { meta: { versionId: string } } }) => one.resource.meta.versionId),
    ).toEqual([...ids].reverse());
    expect(entries[1]).toEqual({
      fullUrl: `${world.app.baseUrl}fhir/R4/Patient/${id}`,
      resource: expect.objectContaining({ id, gender: 'female' }),
      request: { method: 'PUT', url: `Patient/${id}` },
      response: { status: '200', etag: `W/"${ids[2]}"`, lastModified: entries[1].resource.meta.lastUpdated },
    });
  });

  it('comes in pages, and from a time on', async () => {
    const states = Array.from({ length: 5 }, (_, at) => ({ name: [{ family: `N${at}` }] }));
    const { id } = await patient(...states);
    const families = async (query: string) => {
      const { body } = await get(`${id}/_history?${query}`);
      return (body.entry ?? []).map(
        (one: { resource: { name: { family: string }[] } }) => one.resource.name[0]!.family,
      );
    };
    expect(await families('_count=2')).toEqual(['N4', 'N3']);
    const { link } = (await get(`${id}/_history?_count=2`)).body;
    const next = link.find(({ relation }: { relation: string }) => relation === 'next').url;
    const second = (await world.agent.get(next, { authorization: `Bearer ${writer.token}` })).body;
    expect(
      second.entry.map((one: { resource: { name: { family: string }[] } }) => one.resource.name[0]!.family),
    ).toEqual(['N2', 'N1']);
    expect(second.link.map(({ relation }: { relation: string }) => relation)).toEqual([
      'self',
      'next',
      'previous',
    ]);
    const last = (await get(`${id}/_history?_count=2&_offset=4`)).body;
    expect(last.entry[0].request.method).toBe('POST');
    expect(last.link.map(({ relation }: { relation: string }) => relation)).toEqual(['self', 'previous']);
    expect(await families('_offset=9')).toEqual([]);
    const all = (await get(`${id}/_history`)).body.entry;
    const since = all[1].resource.meta.lastUpdated;
    expect(await families(`_since=${encodeURIComponent(since)}`)).toEqual(['N4', 'N3']);
    expect(await families('_since=2100')).toEqual([]);
  });

  it.each([
    '_count=0',
    '_count=101',
    '_count=x',
    '_count=-1',
    '_offset=10001',
    '_since=yesterday',
    '_at=2020',
    'x=1',
    '_count=1&_count=2',
  ])('refuses %s', async (query) => {
    const { id } = await patient({ active: true });
    const code = /^(?:_at|x)=/.test(query) ? 'not-supported' : 'invalid';
    expect(outcome(await get(`${id}/_history?${query}`))).toEqual(refused(400, code));
  });

  it('W-522 W-523 shows only versions that the policy opens, without what it hides', async () => {
    const of = (value: string) => ({
      identifier: [{ system: 'http://example.org/ward', value }],
      birthDate: '1980-01-31',
    });
    const moved = await patient(of('a'), of('b'), { ...of('b'), active: true });
    const left = await patient(of('b'), of('a'));
    const nurse = await fhir.person({
      resourceType: 'Patient',
      criteria: 'Patient?identifier=http://example.org/ward|b',
      hiddenFields: ['birthDate', 'meta'],
    });
    const { body } = await get(`${moved.id}/_history`, nurse);
    expect(body.entry).toHaveLength(2);
    expect(JSON.stringify(body)).not.toContain('1980');
    expect(body.entry[0].resource.meta).toBeUndefined();
    expect(body.entry[0].response.etag).toBe(`W/"${moved.ids[2]}"`);
    expect(outcome(await get(`${left.id}/_history`, nurse))).toEqual(refused(404, 'not-found'));
    expect((await get(`${moved.id}/_history/${moved.ids[1]}`, nurse)).body).toEqual({
      resourceType: 'Patient',
      id: moved.id,
      identifier: of('b').identifier,
    });
    for (const path of [`${moved.id}/_history/${moved.ids[0]}`, `${left.id}/_history/${left.ids[0]}`])
      expect(outcome(await get(path, nurse))).toEqual(refused(404, 'not-found'));
  });

  it('W-539 needs to be opened by itself', async () => {
    const { id, ids } = await patient({ active: true });
    const reader = await fhir.person({ resourceType: 'Patient', interaction: ['read'] });
    for (const path of [`${id}/_history`, `${id}/_history/${ids[0]}`])
      expect(outcome(await get(path, reader))).toEqual(refused(403, 'forbidden'));
    expect((await get(id, reader)).status).toBe(200);
  });

  it('whose a version was is shown when asked', async () => {
    const { id, ids } = await patient({ active: true });
    const path = `${id}/_history/${ids[0]}`;
    expect(Object.keys((await get(path)).body.meta).sort()).toEqual(['lastUpdated', 'versionId']);
    const extended = await get(path, writer, { 'x-medplum': 'extended' });
    expect(extended.body.meta).toMatchObject({
      project: world.project.id,
      author: { reference: writer.profile },
    });
    const bundle = await get(`${id}/_history`, writer, { 'x-medplum': 'extended' });
    expect(bundle.body.entry[0].resource).toEqual(extended.body);
  });
});

describe('one version', () => {
  it('stays what it was', async () => {
    const { id, ids } = await patient(...three);
    const first = await get(`${id}/_history/${ids[0]}`);
    expect(first.body).toMatchObject({ id, active: true, meta: { versionId: ids[0] } });
    expect(first.headers.get('etag')).toBe(`W/"${ids[0]}"`);
    await fhir.call(writer, 'DELETE', `Patient/${id}`);
    expect((await get(`${id}/_history/${ids[0]}`)).body).toEqual(first.body);
    const { entry } = (await get(`${id}/_history`)).body;
    const deletion = /"(.*)"/.exec(entry[0].response.etag)![1];
    expect(outcome(await get(`${id}/_history/${deletion}`))).toEqual(refused(410, 'deleted'));
  });

  it('F108 of another resource, another project, or none: one answer', async () => {
    const one = await patient({ active: true });
    const other = await patient({ active: true });
    const token = (await world.agent.clientCredentials(world.other.server)).body.access_token;
    for (const answer of [
      await get(`${one.id}/_history/${other.ids[0]}`),
      await get(`${one.id}/_history/${unknownId}`),
      await get(`${one.id}/_history/1`),
      await get(`${unknownId}/_history`),
      await get(`x/_history`),
      await get(`${one.id}/_history`, { token }),
      await get(`${one.id}/_history/${one.ids[0]}`, { token }),
    ])
      expect(outcome(answer)).toEqual(refused(404, 'not-found'));
  });

  it('the profile of a member has its first version', async () => {
    const { body } = await fhir.call(writer, 'GET', `${writer.profile}/_history`, undefined, {
      'x-medplum': 'extended',
    });
    expect(body.entry).toHaveLength(1);
    expect(body.entry[0].resource.meta.compartment).toEqual([{ reference: `Project/${world.project.id}` }]);
  });
});
