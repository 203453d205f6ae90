import type { Actor } from '../kernel/actor.js';
import { newId } from '../kernel/ids.js';
import type { NewMember } from './member-checks.service.js';
import type { CheckedMembershipOptions } from './membership-input.js';
import type { ProjectMembership } from './project-membership.entity.js';

/** The row of a new membership. @param now milliseconds since the epoch. */
export function newMembership(
  now: number,
  actor: Actor,
  { projectId, member, profileType, profileId, state }: NewMember,
  options: CheckedMembershipOptions,
): ProjectMembership {
  return {
    id: newId(now),
    projectId,
    userId: 'userId' in member ? member.userId : null,
    clientId: 'clientId' in member ? member.clientId : null,
    profileType,
    profileId,
    state,
    active: true,
    admin: options.admin ?? false,
    accessPolicyId: options.accessPolicyId ?? null,
    access: options.access ?? [],
    externalId: options.externalId ?? null,
    label: options.label ?? null,
    ...inviterOf(actor),
    createdAt: new Date(now),
    updatedAt: new Date(now),
    version: 1,
    author: actor.profile ?? null,
  };
}

/** Who a member is invited by: a person, or a client. */
export function inviterOf({
  userId,
  clientId,
}: Actor): Pick<ProjectMembership, 'invitedBy' | 'invitedByType'> {
  if (userId) return { invitedBy: userId, invitedByType: 'User' };
  return { invitedBy: clientId ?? null, invitedByType: clientId ? 'ClientApplication' : null };
}

/** Whether anybody decided what the member may reach. */
export function hasPolicy({
  accessPolicyId,
  access,
}: Pick<ProjectMembership, 'accessPolicyId' | 'access'>): boolean {
  return accessPolicyId !== null || access.length > 0;
}
