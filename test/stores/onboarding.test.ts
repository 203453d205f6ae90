import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClientsService } from '../../src/clients/clients.service.js';
import { DirectoryService } from '../../src/directory/directory.service.js';
import { displayName } from '../../src/directory/profile-resource.js';
import { PasswordsService } from '../../src/identities/passwords.service.js';
import { User } from '../../src/identities/user.entity.js';
import { UsersService } from '../../src/identities/users.service.js';
import type { ProjectId } from '../../src/kernel/ids.js';
import { MembershipsService } from '../../src/memberships/memberships.service.js';
import { type NewPerson, OnboardingService } from '../../src/memberships/onboarding.service.js';
import { ProjectMembership } from '../../src/memberships/project-membership.entity.js';
import { Project } from '../../src/projects/project.entity.js';
import { actor, type DomainNode, goodPassword, refusal, startDomain, twoProjects } from './domain-node.js';

let node: DomainNode;
let onboarding: OnboardingService;
let north: ProjectId;
let south: ProjectId;
let count = 0;

beforeAll(async () => {
  node = await startDomain();
  onboarding = node.get(OnboardingService);
  const world = await twoProjects(node);
  north = world.north.id;
  south = world.south.id;
});
afterAll(() => node.close());

const address = () => `o${++count}@example.org`;
const person = (more: Partial<NewPerson> = {}): NewPerson => ({
  email: address(),
  givenName: 'Ada',
  familyName: 'Quill',
  profileType: 'Practitioner',
  scope: 'project',
  ...more,
});
const add = (projectId: ProjectId, input: NewPerson) =>
  node.tx((tx) => onboarding.addPerson(tx, actor, projectId, input));
const prepared = () =>
  node
    .get(PasswordsService)
    .prepare(goodPassword, { email: 'x@example.org', givenName: 'X', familyName: 'Y', project: null });
const profileOf = async ({ projectId, profileId }: ProjectMembership) =>
  (await node.tx((tx) => node.get(DirectoryService).read(tx, projectId, 'Practitioner', profileId))).content;

describe('bringing people in', () => {
  it('makes user, profile and membership together', async () => {
    const { user, membership } = await add(
      north,
      person({ password: await prepared(), membership: { label: 'Day' } }),
    );
    expect(user).toMatchObject({ projectId: north, claimedAt: null });
    expect(membership).toMatchObject({ userId: user.id, state: 'active', label: 'Day', admin: false });
    expect(displayName(await profileOf(membership))).toBe('Ada Quill');
    expect(await node.get(PasswordsService).match(user, goodPassword)).toBeInstanceOf(Date);
  });

  it('or makes nothing at all', async () => {
    const counts = () =>
      node.tx(async (tx) => [
        await tx.manager.count(User),
        await tx.manager.count(ProjectMembership),
        await tx.manager.count(Project),
      ]);
    const before = await counts();
    await expect(add(north, person({ membership: { label: 'x'.repeat(101) } }))).rejects.toEqual(
      refusal('invalid-input', 'label'),
    );
    await expect(add(north, person({ profileType: 'RelatedPerson' }))).rejects.toEqual(
      refusal('related-person-needs-patient'),
    );
    expect(await counts()).toEqual(before);
  });

  it('a password makes no server-scoped user (rulings 23, F59)', async () => {
    await expect(add(north, person({ scope: 'server', password: await prepared() }))).rejects.toEqual(
      refusal('password-needs-project-scope', 'password'),
    );
  });

  it('of the server: the answer does not tell whether the address had an account (rulings 24, F60, F107)', async () => {
    const known = person({ scope: 'server', givenName: 'Grace', familyName: 'Hidden' });
    const first = await add(south, known);
    const again = await add(north, person({ scope: 'server', email: known.email!.toUpperCase() }));
    const fresh = await add(north, person({ scope: 'server' }));
    expect(again.user.id).toBe(first.user.id);
    const shape = ({ membership }: typeof again) => ({
      state: membership.state,
      active: membership.active,
      policy: membership.accessPolicyId,
      keys: Object.keys(membership).sort(),
    });
    expect(shape(again)).toEqual(shape(fresh));
    expect(again.membership.state).toBe('pending');
    // Neither the person's name comes to the inviter, nor the inviter's word into the person's account.
    expect(displayName(await profileOf(again.membership))).toBe('Ada Quill');
    const kept = await node.tx((tx) => node.get(UsersService).get(tx, null, first.user.id));
    expect([kept.givenName, kept.version]).toEqual(['Grace', 1]);
    expect(await node.get(PasswordsService).match(kept, goodPassword)).toBeUndefined();
  });

  it('one address is one person in a project', async () => {
    const own = person();
    await add(north, own);
    await expect(add(north, own)).rejects.toEqual(refusal('email-taken'));
    await expect(add(north, { ...own, scope: 'server' })).rejects.toEqual(refusal('email-taken', 'email'));
    const server = person({ scope: 'server' });
    await add(north, server);
    await expect(add(north, server)).rejects.toEqual(refusal('already-member'));
    await expect(add(north, { ...server, scope: 'project' })).rejects.toEqual(
      refusal('already-member', 'email'),
    );
    expect((await add(north, { ...server, another: true })).membership.state).toBe('pending');
    // What another project has is no hindrance, and does not show.
    expect((await add(south, own)).user.projectId).toBe(south);
  });

  it('two projects that invite one new address at the same time get one user, or a plain conflict', async () => {
    const invited = person({ scope: 'server' });
    const both = await Promise.allSettled([add(north, invited), add(south, invited)]);
    for (const one of both) if (one.status === 'rejected') expect(one.reason).toEqual(refusal('conflict'));
    expect(await node.tx((tx) => tx.manager.countBy(User, { email: invited.email }))).toBe(1);
  });
});

describe('bringing clients in', () => {
  it('makes client and membership: the client is its own profile', async () => {
    const { client, membership, secret } = await node.tx((tx) =>
      onboarding.addClient(tx, actor, north, { name: 'Server' }),
    );
    expect(client).toMatchObject({
      projectId: north,
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
      authenticatedGrants: ['client_credentials'],
    });
    expect(membership).toMatchObject({
      clientId: client.id,
      userId: null,
      profileType: 'ClientApplication',
      profileId: client.id,
      state: 'active',
    });
    const found = await node.get(ClientsService).find(client.id);
    expect(node.get(ClientsService).verifySecret(found!, [secret!])).toBe(true);
    expect(await node.get(MembershipsService).findForClient(client.id)).toEqual(membership);
  });
});
