import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { FhirAgent, outcome, refused } from '../helpers/fhir-agent.js';

let world: AdminWorld;
let fhir: FhirAgent;
beforeAll(async () => {
  world = await startAdminWorld();
  fhir = new FhirAgent(world);
});
afterAll(() => world.close());

const reader = (...resource: readonly object[]) => fhir.person(...resource);

const read = (token: string | undefined, path: string, headers: Record<string, string> = {}) =>
  fhir.call(token ? { token } : undefined, 'GET', path, undefined, headers);

describe('reading at the FHIR door', () => {
  it('answers the resource, with FHIR headers; whose it is only when asked', async () => {
    const { token, profile, email } = await reader({ resourceType: 'Practitioner' });
    const answer = await read(token, profile);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    const { id, meta } = answer.body;
    expect(profile).toBe(`Practitioner/${id}`);
    expect(answer.headers.get('etag')).toBe(`W/"${meta.versionId}"`);
    expect(answer.headers.get('last-modified')).toBe(new Date(meta.lastUpdated).toUTCString());
    expect(Object.keys(meta).sort()).toEqual(['lastUpdated', 'versionId']);
    expect(answer.body.telecom).toEqual([{ system: 'email', use: 'work', value: email }]);
    const extended = await read(token, profile, { 'x-medplum': 'extended' });
    expect(extended.body.meta.project).toBe(world.project.id);
    expect((await read(token, `${profile}`.replace('Practitioner', 'Patient'))).status).toBe(403);
  });

  it('W-512 a type that the policy does not open is forbidden, with a resource behind it or without', async () => {
    const { token, profile } = await reader({ resourceType: 'Patient' });
    for (const path of [
      profile,
      'Practitioner/x',
      'Observation/1',
      'Nonsense/1',
      'User/1',
      'Login/1',
      '*/1',
      '%2A/1',
    ])
      expect(outcome(await read(token, path))).toEqual(refused(403, 'forbidden'));
    expect(outcome(await read(token, 'Patient/x'))).toEqual(refused(404, 'not-found'));
  });

  it('W-517 F108 V22 what the criteria do not fit, what does not exist and what is of another project: one answer', async () => {
    const { token, profile } = await reader({
      resourceType: 'Practitioner',
      criteria: 'Practitioner?_id=%profile.id',
    });
    const colleague = await reader({ resourceType: 'Practitioner' });
    const { other } = world;
    const { body } = await world.agent.codeFlow(other.app, other.person, { scope: 'openid' });
    const foreign = String(decodeJwt(body.access_token)['profile']);
    expect((await read(token, profile)).status).toBe(200);
    expect((await read(colleague.token, profile)).status).toBe(200);
    const answers = await Promise.all(
      [
        colleague.profile,
        foreign,
        'Practitioner/01890000-0000-7000-8000-000000000000',
        'Practitioner/1',
        'Practitioner/%00',
      ].map((path) => read(token, path)),
    );
    for (const answer of answers) expect(outcome(answer)).toEqual(refused(404, 'not-found'));
    const words = answers.map(({ body: { extension: _, ...rest } }) => JSON.stringify(rest));
    expect(new Set(words).size).toBe(1);
    expect((await read(colleague.token, foreign)).status).toBe(404);
  });

  it('W-522 hidden fields are left out, also nested, in lists, absent ones, and meta', async () => {
    const { token, profile } = await reader({
      resourceType: 'Practitioner',
      hiddenFields: ['telecom.value', 'name.given', 'birthDate', 'meta', 'unknown.deeper'],
    });
    const { body } = await read(token, profile, { 'x-medplum': 'extended' });
    expect(body).toEqual({
      resourceType: 'Practitioner',
      id: profile.slice('Practitioner/'.length),
      name: [{ family: expect.any(String) }],
      telecom: [{ system: 'email', use: 'work' }],
    });
  });

  it('needs a live token', async () => {
    const { profile } = await reader({ resourceType: 'Practitioner' });
    const answer = await read(undefined, profile);
    expect(outcome(answer)).toEqual(refused(401, 'login'));
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  });

  it('records each read, and each refusal', async () => {
    const { token, profile } = await reader({ resourceType: 'Practitioner' });
    await read(token, profile);
    await read(token, 'Patient/1');
    const { auditRecords } = await fhir.ask(
      '{ auditRecords(types: [RESOURCE_READ, ACCESS_REFUSED], first: 2) { edges { node { type outcome target detail { name value } } } } }',
      {},
    );
    const [newest, before] = auditRecords.edges.map(({ node }: { node: object }) => node);
    expect(newest).toMatchObject({ type: 'ACCESS_REFUSED', outcome: 'REFUSED' });
    expect(newest.detail).toEqual(expect.arrayContaining([{ name: 'door', value: 'fhir' }]));
    expect(before).toMatchObject({ type: 'RESOURCE_READ', outcome: 'SUCCESS' });
    expect(before.target).toBe(profile);
  });

  it('is what `readResource` of the SDK speaks to', async () => {
    Object.assign(globalThis, { WebSocket: globalThis.WebSocket ?? class WebSocket {} });
    const { MedplumClient } = await import('@medplum/core');
    const { token, profile } = await reader({ resourceType: 'Practitioner' });
    const medplum = new MedplumClient({ baseUrl: world.app.baseUrl, fetch });
    medplum.setAccessToken(token);
    const [, id = ''] = profile.split('/');
    const found = await medplum.readResource('Practitioner', id);
    expect(found).toMatchObject({ resourceType: 'Practitioner', id });
    await expect(medplum.readResource('Patient', id)).rejects.toMatchObject({ outcome: { id: 'forbidden' } });
    await expect(
      medplum.readResource('Practitioner', '01890000-0000-7000-8000-000000000000'),
    ).rejects.toMatchObject({ outcome: { id: 'not-found' } });
  });
});
