import { Injectable } from '@nestjs/common';
import type { MembershipId, ProjectId } from '../kernel/ids.js';
import { MemberPoliciesService } from '../memberships/member-policies.service.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import { ProjectsService } from '../projects/projects.service.js';

/**
 * Where a member may come from (wire-spec section 7.4): asked when a login gets its membership and for every token; the
 * guard asks the caller's policy at every call.
 */
@Injectable()
export class AddressRulesService {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly projects: ProjectsService,
    private readonly policies: MemberPoliciesService,
  ) {}

  /** Whether the rules of the member's policies let this address in. Without a membership there are no rules. */
  async allow(
    member: { readonly membershipId: MembershipId | null; readonly projectId: ProjectId | null },
    ip: string,
  ): Promise<boolean> {
    if (!member.membershipId || !member.projectId) return true;
    const membership = await this.memberships.find(member.membershipId);
    const project = await this.projects.find(member.projectId);
    if (!membership || !project) return false;
    return (await this.policies.of(membership, project)).blockingRule(ip) === undefined;
  }
}
