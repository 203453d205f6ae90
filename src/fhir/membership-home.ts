import { Injectable } from '@nestjs/common';
import { notFound } from '../kernel/errors.js';
import type { Id, MembershipId } from '../kernel/ids.js';
import { MembershipSearchService } from '../memberships/membership-search.service.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import { OnboardingService } from '../memberships/onboarding.service.js';
import type { ProjectMembership } from '../memberships/project-membership.entity.js';
import {
  changeableMembershipElements,
  membershipElements,
  membershipFields,
  membershipResource,
  newMemberOf,
} from '../memberships/project-membership.fhir.js';
import type { ResourceWriting } from './resource-home.js';
import { changedFields, refuseOtherChanges, versionedByRow, versionOf } from './view-changes.js';
import { ViewHome } from './view-home.js';

/**
 * Who belongs to a project (wire-spec section 1.3). One can be made for a client or a user of the project; a server-scoped
 * person is nobody's to name by id (rulings 24).
 */
@Injectable()
export class MembershipHome extends ViewHome<ProjectMembership> {
  readonly types: readonly string[] = ['ProjectMembership'];

  readonly writing: ResourceWriting = {
    ...versionedByRow,
    create: async (tx, actor, projectId, resource) => {
      refuseOtherChanges(undefined, resource, membershipElements);
      const { active, options } = membershipFields(resource);
      const { projectId: named = projectId as Id, ...member } = newMemberOf(resource);
      if (named !== (projectId as Id)) throw notFound();
      const made = await this.onboarding.joinAs(tx, actor, projectId, member, options);
      const kept = active ? made : await this.memberships.deactivate(tx, actor, projectId, made.id);
      return { resource: membershipResource(kept) };
    },
    update: async (tx, actor, projectId, before, resource) => {
      refuseOtherChanges(before, resource, changeableMembershipElements);
      const id = before.id as MembershipId;
      const version = versionOf(before);
      const { active, options } = membershipFields(resource);
      const changes = changedFields(membershipFields(before).options, options);
      const isEdited = Object.keys(changes).length > 0;
      if (isEdited) await this.memberships.edit(tx, actor, projectId, id, version, changes);
      const next = isEdited ? version + 1 : version;
      const switched = active ? 'activate' : 'deactivate';
      return membershipResource(await this.memberships[switched](tx, actor, projectId, id, next));
    },
    remove: async (tx, actor, projectId, before) => {
      await this.memberships.remove(tx, actor, projectId, before.id as MembershipId, versionOf(before));
      return true;
    },
  };

  constructor(
    search: MembershipSearchService,
    private readonly memberships: MembershipsService,
    private readonly onboarding: OnboardingService,
  ) {
    super(search, membershipResource);
  }
}
