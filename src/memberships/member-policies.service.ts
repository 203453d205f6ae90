import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AccessPolicyService } from '../access-policy/access-policy.service.js';
import { CompiledPolicy, type PolicyLimit } from '../access-policy/compiled-policy.js';
import type { PolicyGrant } from '../access-policy/policy-entries.js';
import type { Project } from '../projects/project.entity.js';
import type { PolicyAssignment } from './membership-input.js';
import { policyMissing } from './memberships.errors.js';
import type { ProjectMembership } from './project-membership.entity.js';

/** A limit with a name of its own: equal keys, equal limits. */
export interface KeyedLimit extends PolicyLimit {
  readonly key: string;
}

/** What a membership may reach: its policies with its parameters, compiled once for each version of them. */
@Injectable()
export class MemberPoliciesService {
  // The key names every version that went in, so that an entry is never out of date; the rows come from rights caches.
  private readonly compiled = new LRUCache<string, CompiledPolicy>({ max: 5_000 });
  private readonly keys = new WeakMap<CompiledPolicy, string>();

  constructor(private readonly policies: AccessPolicyService) {}

  /**
   * The policy of a membership. One that names no policy opens nothing.
   * @param limit what the credential leaves of it, if it limits anything.
   * @throws AppError `access-policy-missing` when it names a policy that is not there: nothing is guessed
   */
  async of(
    membership: ProjectMembership,
    project: Pick<Project, 'superAdmin'>,
    limit?: KeyedLimit,
  ): Promise<CompiledPolicy> {
    const grants = await this.grantsOf(membership);
    const { id, version, admin, projectId, profileType, profileId } = membership;
    const superAdmin = admin && project.superAdmin;
    const versions = grants.map(({ policy }) => `${policy.id}.${policy.version}`);
    const key = [id, version, superAdmin, ...versions].join(' ');
    const whole = this.remembered(key, () => {
      const subject = { projectId, profile: `${profileType}/${profileId}`, admin, superAdmin };
      return new CompiledPolicy(grants, subject);
    });
    return limit ? this.remembered(`${key} | ${limit.key}`, () => whole.within(limit)) : whole;
  }

  /**
   * What a member's policy leaves of that of another one, for whom it acts.
   * @param policy an answer of `of`.
   */
  limitBy(policy: CompiledPolicy): KeyedLimit {
    const key = this.keys.get(policy);
    if (key === undefined) throw new Error('Only a policy of a member limits another one');
    return { key: `within ${key}`, ...policy.asLimit('entry of whoever acts for the member') };
  }

  private remembered(key: string, make: () => CompiledPolicy): CompiledPolicy {
    const known = this.compiled.get(key) ?? make();
    this.compiled.set(key, known);
    this.keys.set(known, key);
    return known;
  }

  private grantsOf({ projectId, accessPolicyId, access }: ProjectMembership): Promise<PolicyGrant[]> {
    const first = accessPolicyId ? [{ policyId: accessPolicyId, parameter: [] }] : [];
    return Promise.all(
      [...first, ...access].map(async ({ policyId, parameter }: PolicyAssignment) => {
        const policy = await this.policies.find(projectId, policyId);
        if (!policy) throw policyMissing();
        const values = parameter.map((one): [string, string] => [
          one.name,
          one.valueString ?? one.valueReference?.reference ?? '',
        ]);
        return { policy, parameters: new Map(values) };
      }),
    );
  }
}
