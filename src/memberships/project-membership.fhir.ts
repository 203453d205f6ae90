import { z } from 'zod';
import { type ProfileType, profileTypes } from '../directory/profile-resource.js';
import type { ClientId, Id, PolicyId, UserId } from '../kernel/ids.js';
import { parseId } from '../kernel/ids.js';
import { defined, parseInput } from '../kernel/input.js';
import { type Resource, viewedSearchRow } from '../r4/search-row.js';
import { referenceTo, viewResource } from '../r4/view-resource.js';
import type { ViewTable } from '../r4/view-search.js';
import {
  type MemberProfileType,
  type MembershipOptions,
  memberProfileTypes,
  type PolicyAssignment,
} from './membership-input.js';
import { wrongProfile } from './memberships.errors.js';
import type { ProjectMembership } from './project-membership.entity.js';

/** The system of an identifier that tells several memberships of one person apart (wire-spec section 1.3). */
export const labelSystem = 'https://medplum.com/identifier/label';

/**
 * A membership as the FHIR type of the wire spec (section 1.3). References bear no names: whoever may see a membership may
 * not therefore see who the patient is. One that waits for its person's acceptance is shown like any other.
 */
export function membershipResource(membership: ProjectMembership): Resource {
  const { projectId, active, admin, accessPolicyId, access, externalId, invitedBy, invitedByType } =
    membership;
  return viewResource('ProjectMembership', membership, {
    identifier: identifiersOf(membership),
    active,
    project: referenceTo('Project', projectId),
    user: memberOf(membership),
    profile: profileOf(membership),
    externalId,
    accessPolicy: referenceTo('AccessPolicy', accessPolicyId),
    access: access.map(assignmentResource),
    admin,
    invitedBy: invitedByType && referenceTo(invitedByType, invitedBy),
  });
}

/** How memberships are found: by the search parameters published for the type. */
export const membershipTable: ViewTable<ProjectMembership> = {
  name: 'project_membership',
  type: 'ProjectMembership',
  searchRow: (membership) => {
    const { projectId, active, admin, accessPolicyId, access, externalId } = membership;
    const policies = [accessPolicyId, ...access.map(({ policyId }) => policyId)];
    return viewedSearchRow(membership, [
      { name: 'project', kind: 'reference', values: [referenceTo('Project', projectId)] },
      { name: 'user', kind: 'reference', values: [memberOf(membership)] },
      { name: 'profile', kind: 'reference', values: [profileOf(membership)] },
      { name: 'user-name', kind: 'string', values: [] },
      { name: 'external-id', kind: 'string', values: externalId === null ? [] : [externalId] },
      {
        name: 'access-policy',
        kind: 'reference',
        values: policies.flatMap((id) => referenceTo('AccessPolicy', id) ?? []),
      },
      { name: 'identifier', kind: 'token', values: identifiersOf(membership) },
      { name: 'admin', kind: 'token', values: [admin] },
      { name: 'active', kind: 'token', values: [active] },
    ]);
  },
};

function identifiersOf({ label }: ProjectMembership): object[] {
  return label === null ? [] : [{ system: labelSystem, value: label }];
}

function memberOf({ userId, clientId }: ProjectMembership): object {
  return referenceTo('User', userId) ?? referenceTo('ClientApplication', clientId)!;
}

function profileOf({ profileType, profileId }: ProjectMembership): object {
  return referenceTo(profileType, profileId)!;
}

function assignmentResource({ policyId, parameter }: PolicyAssignment): object {
  return { policy: referenceTo('AccessPolicy', policyId), parameter };
}

const text = z.string('must be text');

function referenceOf(types: readonly string[]) {
  return z
    .strictObject(
      { reference: text, type: text.optional(), display: text.optional() },
      `must be a reference to a resource of ${types.join(' or ')}`,
    )
    .transform(({ reference }, context) => {
      const [type = '', given] = reference.split('/');
      const id = parseId(given);
      if (id && types.includes(type) && reference === `${type}/${id}`) return { type, id };
      context.addIssue({
        code: 'custom',
        message: `must be a reference to a resource of ${types.join(' or ')}`,
      });
      return z.NEVER;
    });
}

const policy = referenceOf(['AccessPolicy']);
const parameter = z.strictObject({
  name: text,
  valueString: text.optional(),
  valueReference: z
    .object({ reference: text })
    .transform(({ reference }) => ({ reference }))
    .optional(),
});
const label = z.strictObject({
  system: z.literal(labelSystem, `must be ${labelSystem}`),
  value: text,
});

/** The elements of a membership that can be changed. What they hold is judged like any other input. */
const elements = {
  identifier: z.array(label, 'must be a list').max(1, 'must have at most one entry').default([]),
  active: z.boolean('must be true or false').default(true),
  admin: z.boolean('must be true or false').default(false),
  externalId: text.optional(),
  accessPolicy: policy.optional(),
  access: z
    .array(z.strictObject({ policy, parameter: z.array(parameter, 'must be a list').default([]) }))
    .default([]),
};
const changeable = z.object(elements);

/** Their names. */
export const changeableMembershipElements = Object.keys(elements);
/** Those and what is said once, when it is made. */
export const membershipElements = [...changeableMembershipElements, 'project', 'user', 'profile'];

/** What a resource says of a membership besides who it is for: all of it. */
export function membershipFields(resource: Resource): {
  readonly active: boolean;
  readonly options: MembershipOptions;
} {
  const { identifier, active, admin, externalId, accessPolicy, access } = parseInput(changeable, resource);
  return {
    active,
    options: {
      admin,
      accessPolicyId: accessPolicy?.id ?? null,
      access: access.map((one) => ({ policyId: one.policy.id, parameter: one.parameter })),
      externalId: externalId ?? null,
      label: identifier[0]?.value ?? null,
    },
  };
}

const invitedMember = z.strictObject({
  ...elements,
  identifier: elements.identifier.unwrap().optional(),
  active: z.literal(true, 'must be true: an invitation is there to be accepted').optional(),
  admin: elements.admin.unwrap().optional(),
  access: elements.access.unwrap().optional(),
  profile: referenceOf(profileTypes).optional(),
  // Said by apps that send a whole membership; who it is for, the rest of the invitation says.
  resourceType: z.literal('ProjectMembership').optional(),
});

/**
 * What an invitation says of the membership (wire-spec section 8.1): what it leaves out is as the service has it.
 * @throws AppError `invalid-input`, `wrong-profile` for a profile of another type than the invitation's
 */
export function invitedFields(
  said: Readonly<Record<string, unknown>>,
  profileType: ProfileType,
): { readonly profileId: Id | undefined; readonly options: MembershipOptions } {
  const { identifier, admin, externalId, accessPolicy, access, profile } = parseInput(invitedMember, said);
  if (profile && profile.type !== profileType) throw wrongProfile({ field: 'membership.profile' });
  const options = {
    admin,
    accessPolicyId: accessPolicy?.id as PolicyId | undefined,
    access: access?.map((one) => ({ policyId: one.policy.id, parameter: one.parameter })),
    externalId,
    label: identifier?.[0]?.value,
  };
  return { profileId: profile?.id, options: defined(options) };
}

const newMember = z.object({
  project: referenceOf(['Project']).optional(),
  user: referenceOf(['User', 'ClientApplication']),
  profile: referenceOf(memberProfileTypes),
});

/** Whom a resource is to make a member, and as whom. */
export function newMemberOf(resource: Resource): {
  readonly projectId: Id | undefined;
  readonly member: { readonly userId: UserId } | { readonly clientId: ClientId };
  readonly profileType: MemberProfileType;
  readonly profileId: Id;
} {
  const { project, user, profile } = parseInput(newMember, resource);
  return {
    projectId: project?.id,
    member:
      user.type === 'User' ? { userId: user.id as Id as UserId } : { clientId: user.id as Id as ClientId },
    profileType: profile.type as MemberProfileType,
    profileId: profile.id,
  };
}
