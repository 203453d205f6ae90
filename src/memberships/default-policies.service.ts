import { Injectable } from '@nestjs/common';
import type { AccessPolicy } from '../access-policy/access-policy.entity.js';
import { AccessPolicyService } from '../access-policy/access-policy.service.js';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import type { PolicyId, ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import type { DefaultAccessPolicy } from './default-access-policy.entity.js';
import { defaultPolicies } from './default-policies.js';
import { type MemberProfileType, memberProfileTypes } from './membership-input.js';
import { MembershipsStore } from './memberships.store.js';

/** The policies that new memberships of each profile type get (wire-spec section 8.4). */
@Injectable()
export class DefaultPoliciesService {
  constructor(
    private readonly store: MembershipsStore,
    private readonly policies: AccessPolicyService,
    private readonly audit: AuditService,
  ) {}

  /** Gives a new project a policy per profile type. */
  async provision(tx: Tx, actor: Actor, projectId: ProjectId): Promise<void> {
    for (const type of memberProfileTypes) {
      const policy = await this.policies.create(tx, actor, projectId, defaultPolicies[type]);
      await this.store.putDefault(tx, projectId, type, policy.id);
    }
  }

  /** Names the policy for new memberships of a type. @throws AppError `not-found` for a policy of another project */
  async choose(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    type: MemberProfileType,
    id: PolicyId,
  ): Promise<AccessPolicy> {
    const policy = await this.policies.get(tx, projectId, id);
    await this.store.putDefault(tx, projectId, type, id);
    this.audit.record(tx, {
      type: 'project.changed',
      actor,
      projectId,
      target: { type: 'AccessPolicy', id },
      detail: { defaultPolicyFor: type },
    });
    return policy;
  }

  /** The default policy of each profile type of a project. */
  list(tx: Tx, projectId: ProjectId): Promise<DefaultAccessPolicy[]> {
    return this.store.defaults(tx, projectId);
  }
}
