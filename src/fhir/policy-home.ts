import { Injectable } from '@nestjs/common';
import type { AccessPolicy } from '../access-policy/access-policy.entity.js';
import { policyFields, policyResource, writablePolicyElements } from '../access-policy/access-policy.fhir.js';
import { AccessPolicyService } from '../access-policy/access-policy.service.js';
import { AccessPolicySearchService } from '../access-policy/access-policy-search.service.js';
import type { PolicyId } from '../kernel/ids.js';
import { PolicyRemovalService } from '../memberships/policy-removal.service.js';
import type { ResourceWriting } from './resource-home.js';
import { changedFields, refuseOtherChanges, versionedByRow, versionOf } from './view-changes.js';
import { ViewHome } from './view-home.js';

/** The access policies of a project (wire-spec section 1.8). One that members have is not deleted. */
@Injectable()
export class PolicyHome extends ViewHome<AccessPolicy> {
  readonly types: readonly string[] = ['AccessPolicy'];

  readonly writing: ResourceWriting = {
    ...versionedByRow,
    create: async (tx, actor, projectId, resource) => {
      refuseOtherChanges(undefined, resource, writablePolicyElements);
      const made = await this.policies.create(tx, actor, projectId, policyFields(resource));
      return { resource: policyResource(made) };
    },
    update: async (tx, actor, projectId, before, resource) => {
      refuseOtherChanges(before, resource, writablePolicyElements);
      const changes = changedFields(policyFields(before), policyFields(resource));
      const id = before.id as PolicyId;
      return policyResource(await this.policies.edit(tx, actor, projectId, id, versionOf(before), changes));
    },
    remove: async (tx, actor, projectId, before) => {
      await this.removal.remove(tx, actor, projectId, before.id as PolicyId, versionOf(before));
      return true;
    },
  };

  constructor(
    search: AccessPolicySearchService,
    private readonly policies: AccessPolicyService,
    private readonly removal: PolicyRemovalService,
  ) {
    super(search, policyResource);
  }
}
