import { Injectable } from '@nestjs/common';
import { AccessPolicyService } from '../access-policy/access-policy.service.js';
import type { AccessPolicyEntry } from '../access-policy/access-policy-input.js';
import { comparePolicies } from '../access-policy/policy-comparison.js';
import { AppError } from '../kernel/errors.js';
import type { ProjectId } from '../kernel/ids.js';
import { parseInput } from '../kernel/input.js';
import type { Tx } from '../kernel/tx.js';
import { DefaultPoliciesService } from './default-policies.service.js';
import { type MembershipOptions, membershipOptions } from './membership-input.js';
import { grantsTooMuch, policyUnknown } from './memberships.errors.js';

const unknownPolicy = (id: string) =>
  policyUnknown({ sentence: `Access policy ${id} does not exist`, field: 'accessPolicy' });

/** What somebody has who gives access to others; `undefined`: no limit, as for super admins. */
export type Reach = readonly AccessPolicyEntry[] | undefined;

/** Nobody gives more access than they have themselves. */
@Injectable()
export class GrantChecksService {
  constructor(
    private readonly policies: AccessPolicyService,
    private readonly defaults: DefaultPoliciesService,
  ) {}

  /**
   * Judges the policies that a membership is to get. The default policies of the project are for everybody to give: the
   * project has decided about them. Where two criteria could only be compared by looking at resources, the answer is no.
   * @throws AppError `grants-too-much`, `access-policy-unknown`, also for a policy of another project (rulings 24)
   */
  async check(tx: Tx, projectId: ProjectId, reach: Reach, input: MembershipOptions): Promise<void> {
    const { accessPolicyId, access = [] } = parseInput(membershipOptions, input);
    const ids = [...access.map(({ policyId }) => policyId), ...(accessPolicyId ? [accessPolicyId] : [])];
    const defaults = await this.defaults.list(tx, projectId);
    for (const id of new Set(ids)) {
      const { resource } = await this.policies.get(tx, projectId, id).catch((error: unknown) => {
        throw error instanceof AppError ? unknownPolicy(id) : error;
      });
      if (!reach || defaults.some((one) => one.accessPolicyId === id)) continue;
      if (!comparePolicies({ resource: [...reach] }, { resource }).firstCoversSecond)
        throw grantsTooMuch({ field: 'accessPolicy' });
    }
  }
}
