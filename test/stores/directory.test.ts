import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DirectoryService } from '../../src/directory/directory.service.js';
import type { ProfileType } from '../../src/directory/profile-resource.js';
import { ResourcesService, type VersionedResource } from '../../src/directory/resources.service.js';
import { type Id, newId, type ProjectId } from '../../src/kernel/ids.js';
import { until } from '../kernel/wait.js';
import { actor, type DomainNode, refusal, startDomain, twoProjects } from './domain-node.js';

const waiting = {
  name: 'test.waiting',
  text: `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
};

let node: DomainNode;
let directory: DirectoryService;
let north: ProjectId;
let south: ProjectId;

beforeAll(async () => {
  node = await startDomain();
  directory = node.get(DirectoryService);
  const world = await twoProjects(node);
  north = world.north.id;
  south = world.south.id;
});
afterAll(() => node.close());

const person = { givenName: 'Ada', familyName: 'Quill', email: 'ada@example.org' };
const make = (projectId: ProjectId, type: ProfileType, more: { patient?: string } = {}) =>
  node.tx((tx) => directory.createProfile(tx, actor, projectId, type, { ...person, ...more }));
const read = (projectId: ProjectId, type: ProfileType, id: Id) =>
  node.tx((tx) => directory.read(tx, projectId, type, id));

describe('profiles', () => {
  it.each(['Patient', 'Practitioner'] as const)('%s: a minimal FHIR R4 resource', async (type) => {
    const made = await make(north, type);
    const found = await read(north, type, made.id);
    expect(found.content).toEqual({
      resourceType: type,
      id: made.id,
      meta: {
        versionId: made.versionId,
        lastUpdated: made.lastUpdated.toISOString(),
        project: north,
        compartment: [
          ...(type === 'Patient' ? [{ reference: `Patient/${made.id}` }] : []),
          { reference: `Project/${north}` },
        ],
      },
      name: [{ given: ['Ada'], family: 'Quill' }],
      telecom: [{ system: 'email', use: 'work', value: 'ada@example.org' }],
    });
    expect(await node.recorded(`${type}/${made.id}`)).toMatchObject([
      { type: 'profile.created', projectId: north, detail: { version: made.versionId } },
    ]);
  });

  it('RelatedPerson: relates to a patient of the same project', async () => {
    const { id } = await make(north, 'Patient');
    const related = await make(north, 'RelatedPerson', { patient: `Patient/${id}` });
    expect(related.content['patient']).toEqual({ reference: `Patient/${id}` });
    const elsewhere = await make(south, 'Patient');
    const practitioner = await make(north, 'Practitioner');
    for (const patient of [
      undefined,
      'Patient/',
      id,
      `Patient/${elsewhere.id}`,
      `Patient/${practitioner.id}`,
      `Practitioner/${practitioner.id}`,
      `Patient/${newId(Date.now())}`,
    ]) {
      await expect(make(north, 'RelatedPerson', patient === undefined ? {} : { patient })).rejects.toEqual(
        refusal('related-person-needs-patient', 'patient'),
      );
    }
  });

  it('refuse names that are none', async () => {
    const input = { ...person, familyName: 'a\nb' };
    await expect(
      node.tx((tx) => directory.createProfile(tx, actor, north, 'Patient', input)),
    ).rejects.toEqual(refusal('invalid-input', 'familyName'));
  });

  it('of another project or type are not found (V22, F108)', async () => {
    const foreign = await make(south, 'Patient');
    await expect(read(north, 'Patient', foreign.id)).rejects.toEqual(refusal('not-found'));
    await expect(read(south, 'Practitioner', foreign.id)).rejects.toEqual(refusal('not-found'));
    await expect(read(north, 'Patient', newId(Date.now()))).rejects.toEqual(refusal('not-found'));
  });
});

describe('deleting and becoming a member at once', () => {
  it('a resource that is held is not deleted before it is let go, and a deleted one cannot be held', async () => {
    const made = await make(north, 'Practitioner');
    const resources = node.get(ResourcesService);
    const before = made.content as unknown as VersionedResource;
    const order: string[] = [];
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const held = new Promise<void>((resolve) => {
      void node
        .tx(async (tx) => {
          await directory.hold(tx, north, 'Practitioner', made.id);
          resolve();
          await released;
        })
        .then(() => order.push('let go'));
    });
    await held;
    const last = resources.versioned(north, before, before);
    const deleted = node
      .tx((tx) => resources.remove(tx, actor, north, before, last))
      .then((done) => order.push(`deleted ${done}`));
    await until(async () => (await node.tx((tx) => tx.sql(waiting, []))).length > 0);
    release();
    await deleted;
    expect(order).toEqual(['let go', 'deleted true']);
    await expect(node.tx((tx) => directory.hold(tx, north, 'Practitioner', made.id))).rejects.toEqual(
      refusal('not-found'),
    );
    expect(await node.tx((tx) => resources.update(tx, actor, north, before, last))).toBe(false);
    expect(await node.tx((tx) => resources.newest(tx, north, 'Practitioner', made.id))).toMatchObject({
      deleted: true,
    });
  });
});
