import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessPolicyService } from '../../src/access-policy/access-policy.service.js';
import { ClientsService } from '../../src/clients/clients.service.js';
import { DirectoryService } from '../../src/directory/directory.service.js';
import { UsersService } from '../../src/identities/users.service.js';
import { type Id, newId, type PolicyId, type ProjectId, type UserId } from '../../src/kernel/ids.js';
import { CandidatesService } from '../../src/memberships/candidates.service.js';
import { DefaultPoliciesService } from '../../src/memberships/default-policies.service.js';
import type { NewMember } from '../../src/memberships/member-checks.service.js';
import { defaultsFor } from '../../src/memberships/membership-input.js';
import { MembershipsService } from '../../src/memberships/memberships.service.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import { PeopleService } from '../../src/memberships/people.service.js';
import { ProjectsService } from '../../src/projects/projects.service.js';
import { actor, addPerson, type DomainNode, refusal, startDomain, twoProjects } from './domain-node.js';

let node: DomainNode;
let memberships: MembershipsService;
let defaults: DefaultPoliciesService;
let world: Awaited<ReturnType<typeof twoProjects>>;
let north: ProjectId;
let south: ProjectId;
let count = 0;

beforeAll(async () => {
  node = await startDomain();
  memberships = node.get(MembershipsService);
  defaults = node.get(DefaultPoliciesService);
  world = await twoProjects(node);
  north = world.north.id;
  south = world.south.id;
});
afterAll(() => node.close());

const address = () => `m${++count}@example.org`;
const profile = (projectId: ProjectId, type: 'Patient' | 'Practitioner' = 'Practitioner') =>
  node.tx((tx) =>
    node.get(DirectoryService).createProfile(tx, actor, projectId, type, {
      givenName: 'Ada',
      familyName: 'Quill',
      email: 'ada@example.org',
    }),
  );
const user = (projectId: ProjectId | null) =>
  node.tx((tx) =>
    node
      .get(UsersService)
      .create(tx, actor, { projectId, email: address(), givenName: 'Ada', familyName: 'Quill' }),
  );
const policyOf = async (projectId: ProjectId) =>
  (await node.tx((tx) => node.get(AccessPolicyService).create(tx, actor, projectId, { name: 'Ward' }))).id;
const member = async (projectId: ProjectId, userId: UserId, profileId?: Id): Promise<NewMember> => ({
  projectId,
  member: { userId },
  profileType: 'Practitioner',
  profileId: profileId ?? (await profile(projectId)).id,
  state: 'active',
});
const create = (input: NewMember, options = {}, more = {}) =>
  node.tx((tx) => memberships.create(tx, actor, input, options, more));
const join = async (projectId: ProjectId, options = {}) =>
  create(await member(projectId, (await user(null)).id), options);
const defaultOf = async (projectId: ProjectId, who: (typeof defaultsFor)[number]) =>
  (await node.tx((tx) => defaults.list(tx, projectId))).find((one) => one.profileType === who)
    ?.accessPolicyId;

describe('default policies', () => {
  it('are there for every profile type and for admins from the first moment', async () => {
    const rows = await node.tx((tx) => defaults.list(tx, north));
    expect(rows.map(({ profileType }) => profileType).sort()).toEqual([...defaultsFor].sort());
    const policies = await node.tx((tx) =>
      node.get(AccessPolicyService).findMany(
        tx,
        rows.map(({ accessPolicyId }) => accessPolicyId),
      ),
    );
    expect(new Set(policies.map(({ projectId }) => projectId))).toEqual(new Set([north]));
    for (const policy of policies) expect(policy.resource.length).toBeGreaterThan(0);
  });

  it('let patients read their own record and write nothing', async () => {
    const id = await defaultOf(north, 'Patient');
    const { resource } = await node.tx((tx) => node.get(AccessPolicyService).get(tx, north, id!));
    for (const entry of resource) {
      expect(entry.criteria).toMatch(/=%profile(\.id)?$/);
      expect(entry.interaction).toEqual(['read', 'search', 'vread', 'history']);
    }
  });

  it('can be chosen by a project, from its own policies only', async () => {
    const id = await policyOf(south);
    await node.tx((tx) => defaults.choose(tx, actor, south, 'RelatedPerson', id));
    expect(await defaultOf(south, 'RelatedPerson')).toBe(id);
    const foreign = await policyOf(north);
    await expect(
      node.tx((tx) => defaults.choose(tx, actor, south, 'RelatedPerson', foreign)),
    ).rejects.toEqual(refusal('not-found'));
  });
});

describe('memberships', () => {
  it('get the default policy of their profile type, or of admins', async () => {
    expect((await join(north)).accessPolicyId).toBe(await defaultOf(north, 'Practitioner'));
    expect((await join(north, { admin: true })).accessPolicyId).toBe(await defaultOf(north, 'Admin'));
    expect(world.north.client.membership.accessPolicyId).toBe(await defaultOf(north, 'ClientApplication'));
    const own = await policyOf(north);
    expect((await join(north, { accessPolicyId: own })).accessPolicyId).toBe(own);
  });

  it('are recorded with who did it and for whom', async () => {
    const made = await join(north, { admin: true });
    expect(made).toMatchObject({ invitedBy: actor.userId, admin: true, state: 'active', version: 1 });
    expect(await node.recorded(`ProjectMembership/${made.id}`)).toMatchObject([
      {
        type: 'membership.created',
        projectId: north,
        userId: actor.userId,
        detail: { admin: true, profileType: 'Practitioner', state: 'active', member: `User/${made.userId}` },
      },
    ]);
  });

  it('never tie together what belongs to different projects (V22, F108)', async () => {
    const own = await user(north);
    const foreignUser = await user(south);
    const foreignProfile = (await profile(south)).id;
    const foreignPolicy = await policyOf(south);
    const foreignClient = (
      await node.tx((tx) => node.get(ClientsService).create(tx, actor, south, { name: 'Foreign' }))
    ).client.id;
    const nobody = newId<'User'>(Date.now());
    const good = await member(north, own.id);
    const patient = (await profile(north, 'Patient')).id;
    const wrong: [NewMember, object][] = [
      [await member(north, foreignUser.id), {}],
      [await member(north, nobody), {}],
      [{ ...good, profileId: foreignProfile }, {}],
      [{ ...good, profileId: patient }, {}],
      [{ ...good, profileId: newId(Date.now()) }, {}],
      [{ ...good, profileType: 'ClientApplication' }, {}],
      [
        {
          ...good,
          member: { clientId: foreignClient },
          profileType: 'ClientApplication',
          profileId: foreignClient,
        },
        {},
      ],
      [{ ...good, member: { clientId: world.north.client.client.id } }, {}],
      [good, { accessPolicyId: foreignPolicy }],
      [good, { access: [{ policyId: foreignPolicy }] }],
      [good, { accessPolicyId: newId<'AccessPolicy'>(Date.now()) }],
    ];
    for (const [input, options] of wrong) {
      await expect(create(input, options)).rejects.toEqual(refusal('not-found'));
    }
    expect(await create(good)).toMatchObject({ projectId: north });
  });

  it('are one per user and project unless another one is meant, also when made at the same time', async () => {
    const { id } = await user(null);
    const inputs = await Promise.all([1, 2, 3].map(() => member(north, id)));
    const made = await Promise.allSettled(inputs.slice(0, 2).map((input) => create(input)));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(made.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'already-member' },
    });
    const third = inputs[2]!;
    await expect(create(third)).rejects.toEqual(refusal('already-member'));
    expect(await create(third, { label: 'Night shift' }, { another: true })).toMatchObject({
      label: 'Night shift',
    });
    expect(await create(await member(south, id))).toMatchObject({ projectId: south });
  });

  it('have external ids that are unique in a project, and only there', async () => {
    await join(north, { externalId: 'hr-7' });
    await expect(join(north, { externalId: 'hr-7' })).rejects.toEqual(
      refusal('external-id-taken', 'externalId'),
    );
    const other = await join(south, { externalId: 'hr-7' });
    const { id } = await join(north);
    await expect(
      node.tx((tx) => memberships.edit(tx, actor, north, id, 1, { externalId: 'hr-7' })),
    ).rejects.toEqual(refusal('external-id-taken'));
    await node.tx((tx) => memberships.remove(tx, actor, south, other.id));
    expect(await join(south, { externalId: 'hr-7' })).toMatchObject({ externalId: 'hr-7' });
  });

  it.each([
    ['an id that is none', { accessPolicyId: 'x' }, 'accessPolicyId'],
    ['a long label', { label: 'x'.repeat(101) }, 'label'],
    ['an empty external id', { externalId: ' ' }, 'externalId'],
    [
      'a parameter without value',
      { access: [{ policyId: newId(1), parameter: [{ name: 'ward' }] }] },
      'access.0.parameter.0',
    ],
    [
      'a parameter with two values',
      {
        access: [
          {
            policyId: newId(1),
            parameter: [{ name: 'ward', valueString: 'a', valueReference: { reference: 'Location/1' } }],
          },
        ],
      },
      'access.0.parameter.0',
    ],
    [
      'a parameter named twice',
      {
        access: [
          {
            policyId: newId(1),
            parameter: [
              { name: 'ward', valueString: 'a' },
              { name: 'ward', valueString: 'b' },
            ],
          },
        ],
      },
      'access.0.parameter',
    ],
  ])('refuse %s', async (_, options, field) => {
    await expect(join(north, options)).rejects.toEqual(refusal('invalid-input', field));
  });

  it('are never left without a policy', async () => {
    const { id } = await join(north);
    await expect(
      node.tx((tx) => memberships.edit(tx, actor, north, id, 1, { accessPolicyId: null })),
    ).rejects.toEqual(refusal('membership-needs-policy'));
    const policyId = await policyOf(north);
    const access = [{ policyId, parameter: [{ name: 'ward', valueReference: { reference: 'Location/1' } }] }];
    const changed = await node.tx((tx) =>
      memberships.edit(tx, actor, north, id, 1, { accessPolicyId: null, access }),
    );
    expect(changed).toMatchObject({ accessPolicyId: null, access });
  });

  it('swap the default policy when admin rights come or go, and keep a chosen one', async () => {
    const edit = (id: typeof made.id, version: number, admin: boolean) =>
      node.tx((tx) => memberships.edit(tx, actor, north, id, version, { admin }));
    const made = await join(north);
    expect((await edit(made.id, 1, true)).accessPolicyId).toBe(await defaultOf(north, 'Admin'));
    expect((await edit(made.id, 2, false)).accessPolicyId).toBe(await defaultOf(north, 'Practitioner'));
    const own: PolicyId = await policyOf(north);
    const chosen = await join(north, { accessPolicyId: own });
    expect((await edit(chosen.id, 1, true)).accessPolicyId).toBe(own);
    await expect(edit(made.id, 1, true)).rejects.toEqual(refusal('conflict'));
  });

  it('end at once: deactivated, activated, removed', async () => {
    const { id } = await join(north);
    expect(await memberships.find(id)).toMatchObject({ active: true });
    await node.tx((tx) => memberships.deactivate(tx, actor, north, id));
    expect(await memberships.find(id)).toMatchObject({ active: false });
    await node.tx((tx) => memberships.activate(tx, actor, north, id));
    expect(await memberships.find(id)).toMatchObject({ active: true });
    await node.tx((tx) => memberships.remove(tx, actor, north, id));
    expect(await memberships.find(id)).toBeUndefined();
  });

  it('of a client are found by the client, and end at once', async () => {
    const { client, membership } = world.south.client;
    expect(await memberships.findForClient(client.id)).toEqual(membership);
    await node.tx((tx) => memberships.deactivate(tx, actor, south, membership.id));
    expect(await memberships.findForClient(client.id)).toMatchObject({ active: false });
    await node.tx((tx) => memberships.remove(tx, actor, south, membership.id));
    expect(await memberships.findForClient(client.id)).toBeUndefined();
  });

  it('of another project are not found, whatever is asked (V22, F108)', async () => {
    const foreign = [(await join(south)).id, newId<'ProjectMembership'>(Date.now())];
    for (const id of foreign) {
      const acts = [
        node.tx((tx) => memberships.get(tx, north, id)),
        node.tx((tx) => memberships.edit(tx, actor, north, id, 1, { admin: true })),
        node.tx((tx) => memberships.deactivate(tx, actor, north, id)),
        node.tx((tx) => memberships.activate(tx, actor, north, id)),
        node.tx((tx) => memberships.remove(tx, actor, north, id)),
      ];
      for (const act of acts) await expect(act).rejects.toEqual(refusal('not-found'));
    }
    const { id } = await join(north);
    const accessPolicyId = await policyOf(south);
    await expect(
      node.tx((tx) => memberships.edit(tx, actor, north, id, 1, { accessPolicyId })),
    ).rejects.toEqual(refusal('not-found'));
  });

  it('are listed for their project only, page by page', async () => {
    const { rows } = await node.tx((tx) => memberships.list(tx, { projectId: north, first: 100 }));
    expect(new Set(rows.map(({ projectId }) => projectId))).toEqual(new Set([north]));
    const page = await node.tx((tx) =>
      memberships.list(tx, { projectId: north, first: 2, after: rows[0]!.id }),
    );
    expect(page).toEqual({ rows: rows.slice(1, 3), hasNext: true });
  });

  it('of the last active super admin stay', async () => {
    const onboarding = node.get(OnboardingService);
    const server = await node.tx((tx) =>
      onboarding.createProject(tx, actor, { name: 'Server', superAdmin: true }),
    );
    const first = await join(server.id, { admin: true });
    const ends = (id: typeof first.id, version = 1) => [
      () => node.tx((tx) => memberships.edit(tx, actor, server.id, id, version, { admin: false })),
      () => node.tx((tx) => memberships.deactivate(tx, actor, server.id, id)),
      () => node.tx((tx) => memberships.remove(tx, actor, server.id, id)),
    ];
    for (const end of ends(first.id)) await expect(end()).rejects.toEqual(refusal('last-super-admin'));
    // One who has not accepted yet cannot stand in.
    await create({ ...(await member(server.id, (await user(null)).id)), state: 'pending' }, { admin: true });
    await expect(ends(first.id)[2]!()).rejects.toEqual(refusal('last-super-admin'));
    // Nor can one whose account is closed, and the account of the last one is not closed either.
    const people = node.get(PeopleService);
    const third = await join(server.id, { admin: true });
    const closed = await node.tx((tx) => people.deactivate(tx, actor, null, third.userId!));
    expect(closed.active).toBe(false);
    for (const end of ends(first.id)) await expect(end()).rejects.toEqual(refusal('last-super-admin'));
    await expect(node.tx((tx) => people.deactivate(tx, actor, null, first.userId!))).rejects.toEqual(
      refusal('last-super-admin'),
    );
    const second = await join(server.id, { admin: true });
    const both = await Promise.allSettled([first, second].map(({ id }) => ends(id)[2]!()));
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await node.tx((tx) => memberships.hasAdmin(tx, server.id))).toBe(true);
  });
});

describe('what a person may choose between', () => {
  const candidates = (userId: UserId, projectId: ProjectId | null) =>
    node.tx((tx) => node.get(CandidatesService).of(tx, userId, projectId));

  it('are memberships that live, with names, pending ones marked', async () => {
    const { id } = await user(null);
    const one = await create(await member(north, id), { label: 'Day shift' });
    const two = await create({ ...(await member(south, id)), state: 'pending' });
    expect(await candidates(id, null)).toEqual([
      {
        membershipId: one.id,
        projectId: north,
        projectName: 'North',
        profileType: 'Practitioner',
        profileId: one.profileId,
        profileName: 'Ada Quill',
        label: 'Day shift',
        pending: false,
      },
      expect.objectContaining({ membershipId: two.id, projectId: south, label: undefined, pending: true }),
    ]);
    expect((await candidates(id, south)).map(({ membershipId }) => membershipId)).toEqual([two.id]);
    await node.tx((tx) => memberships.accept(tx, actor, two.id));
    await node.tx((tx) => memberships.accept(tx, actor, two.id));
    expect(await candidates(id, south)).toMatchObject([{ pending: false }]);
    expect((await node.recorded(`ProjectMembership/${two.id}`)).map(({ type }) => type)).toEqual([
      'membership.created',
      'membership.accepted',
    ]);
    await node.tx((tx) => memberships.deactivate(tx, actor, south, two.id));
    expect(await candidates(id, south)).toEqual([]);
  });

  it('leave out deactivated projects', async () => {
    const project = await node.tx((tx) =>
      node.get(OnboardingService).createProject(tx, actor, { name: 'East' }),
    );
    const { user: person } = await addPerson(node, project.id, address());
    expect(await candidates(person.id, null)).toHaveLength(1);
    await node.tx((tx) => node.get(ProjectsService).deactivate(tx, actor, project.id));
    expect(await candidates(person.id, null)).toEqual([]);
  });
});
