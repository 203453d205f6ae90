import { Injectable } from '@nestjs/common';
import { AccessPolicyService } from '../access-policy/access-policy.service.js';
import type { Actor } from '../kernel/actor.js';
import type { PolicyId, ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { policyInUse } from './memberships.errors.js';
import { MembershipsStore } from './memberships.store.js';

/** Deletes access policies that nobody's access stands on. Judges no rights. */
@Injectable()
export class PolicyRemovalService {
  constructor(
    private readonly store: MembershipsStore,
    private readonly policies: AccessPolicyService,
  ) {}

  /**
   * Deletes a policy; what it was stays in its history.
   * @param version the version that the caller read, if it did.
   * @throws AppError `not-found`, `access-policy-in-use` while a membership, deactivated ones included, or a default names
   * it, `conflict`
   */
  async remove(tx: Tx, actor: Actor, projectId: ProjectId, id: PolicyId, version?: number): Promise<void> {
    // Whoever names it in a membership holds it: from here on nobody begins to.
    await this.policies.lock(tx, projectId, id);
    const defaults = await this.store.defaults(tx, projectId);
    const isDefault = defaults.some(({ accessPolicyId }) => accessPolicyId === id);
    if (isDefault || (await this.store.usesPolicy(tx, projectId, id))) throw policyInUse();
    await this.policies.remove(tx, actor, projectId, id, version);
  }
}
