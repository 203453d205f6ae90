import { Injectable } from '@nestjs/common';
import type { AccessPolicy } from '../access-policy/access-policy.entity.js';
import { AccessPolicyService } from '../access-policy/access-policy.service.js';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import type { PolicyId, ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import type { DefaultAccessPolicy } from './default-access-policy.entity.js';
import { defaultPolicies } from './default-policies.js';
import { type DefaultFor, defaultsFor } from './membership-input.js';
import { MembershipsStore } from './memberships.store.js';
import type { ProjectMembership } from './project-membership.entity.js';

/** The policies that new memberships get when nobody names another (wire-spec section 8.4). */
@Injectable()
export class DefaultPoliciesService {
  constructor(
    private readonly store: MembershipsStore,
    private readonly policies: AccessPolicyService,
    private readonly audit: AuditService,
  ) {}

  /** Gives a new project its default policies. */
  async provision(tx: Tx, actor: Actor, projectId: ProjectId): Promise<void> {
    for (const who of defaultsFor) {
      const policy = await this.policies.create(tx, actor, projectId, defaultPolicies[who]);
      await this.store.putDefault(tx, projectId, who, policy.id);
    }
  }

  /**
   * Names the policy for new memberships; those that exist keep theirs.
   * @throws AppError `not-found` for a policy of another project
   */
  async choose(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    who: DefaultFor,
    id: PolicyId,
  ): Promise<AccessPolicy> {
    const policy = await this.policies.get(tx, projectId, id);
    await this.store.putDefault(tx, projectId, who, id);
    this.audit.record(tx, {
      type: 'project.changed',
      actor,
      projectId,
      target: { type: 'AccessPolicy', id },
      detail: { defaultPolicyFor: who },
    });
    return policy;
  }

  /** The default policies of a project. */
  list(tx: Tx, projectId: ProjectId): Promise<DefaultAccessPolicy[]> {
    return this.store.defaults(tx, projectId);
  }

  /** The default for one membership: the one for admins if it is an admin's, else by its profile type. */
  async forMembership(
    tx: Tx,
    { projectId, profileType, admin }: Pick<ProjectMembership, 'projectId' | 'profileType' | 'admin'>,
  ): Promise<PolicyId | null> {
    const who = admin && profileType !== 'ClientApplication' ? 'Admin' : profileType;
    const defaults = await this.store.defaults(tx, projectId);
    return defaults.find((one) => one.profileType === who)?.accessPolicyId ?? null;
  }
}
