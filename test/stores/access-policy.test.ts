import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessPolicyService } from '../../src/access-policy/access-policy.service.js';
import { newId, type ProjectId } from '../../src/kernel/ids.js';
import { actor, type DomainNode, refusal, startDomain, twoProjects } from './domain-node.js';

let node: DomainNode;
let policies: AccessPolicyService;
let north: ProjectId;
let south: ProjectId;

beforeAll(async () => {
  node = await startDomain();
  policies = node.get(AccessPolicyService);
  const world = await twoProjects(node);
  north = world.north.id;
  south = world.south.id;
});
afterAll(() => node.close());

const make = (projectId: ProjectId) =>
  node.tx((tx) =>
    policies.create(tx, actor, projectId, {
      name: 'Ward',
      resource: [{ resourceType: 'Observation', criteria: 'Observation?status=final', readonly: true }],
      ipAccessRule: [{ value: '10.0.0.0/8', action: 'allow' }],
      compartment: 'Organization/1',
    }),
  );

describe('access policies', () => {
  it('come back as they were given', async () => {
    const made = await make(north);
    expect(await node.tx((tx) => policies.get(tx, north, made.id))).toEqual(made);
    expect(await node.recorded(`AccessPolicy/${made.id}`)).toMatchObject([
      { type: 'access-policy.created', projectId: north, detail: { name: 'Ward' } },
    ]);
  });

  it('change one at a time; what is not named stays', async () => {
    const { id, resource } = await make(north);
    const changed = await node.tx((tx) =>
      policies.edit(tx, actor, north, id, 1, { name: 'Wards', compartment: null }),
    );
    expect(changed).toMatchObject({ name: 'Wards', resource, compartment: null, version: 2 });
    await expect(node.tx((tx) => policies.edit(tx, actor, north, id, 1, { name: 'A' }))).rejects.toEqual(
      refusal('conflict'),
    );
    await expect(
      node.tx((tx) =>
        policies.edit(tx, actor, north, id, 2, {
          resource: [{ resourceType: 'Observation', criteria: 'Patient?_id=1' }],
        }),
      ),
    ).rejects.toEqual(refusal('invalid-input', 'resource.0.criteria'));
  });

  it('of another project are not found (V22, F108)', async () => {
    for (const id of [(await make(south)).id, newId<'AccessPolicy'>(Date.now())]) {
      await expect(node.tx((tx) => policies.get(tx, north, id))).rejects.toEqual(refusal('not-found'));
      await expect(node.tx((tx) => policies.edit(tx, actor, north, id, 1, { name: 'Mine' }))).rejects.toEqual(
        refusal('not-found'),
      );
    }
  });

  it('are listed for their project only', async () => {
    for (const projectId of [north, south]) {
      const { rows } = await node.tx((tx) => policies.list(tx, { projectId, first: 100 }));
      expect(new Set(rows.map((policy) => policy.projectId))).toEqual(new Set([projectId]));
      const page = await node.tx((tx) => policies.list(tx, { projectId, first: 2, after: rows[0]!.id }));
      expect(page.rows).toEqual(rows.slice(1, 3));
    }
  });
});
