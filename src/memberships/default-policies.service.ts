import { Injectable } from '@nestjs/common';
import type { AccessPolicy } from '../access-policy/access-policy.entity.js';
import { AccessPolicyService } from '../access-policy/access-policy.service.js';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import type { Id, PolicyId, ProjectId } from '../kernel/ids.js';
import { RowVersions } from '../kernel/row-versions.js';
import type { Tx } from '../kernel/tx.js';
import { ProjectsService } from '../projects/projects.service.js';
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
    private readonly projects: ProjectsService,
    private readonly versions: RowVersions,
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
    await this.chooseAll(tx, actor, projectId, new Map([[who, id]]));
    return policy;
  }

  /**
   * Names several at once. The project that they are shown with gets one new version, if any is another than before.
   * @param version the version of the project that the caller read, if it did.
   * @throws AppError `not-found` for a policy of another project, `conflict`
   */
  async chooseAll(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    wanted: ReadonlyMap<DefaultFor, PolicyId>,
    version?: number,
  ): Promise<void> {
    for (const id of [...new Set(wanted.values())].sort()) await this.policies.hold(tx, projectId, id);
    const isSame = ({ profileType, accessPolicyId }: DefaultAccessPolicy) =>
      (wanted.get(profileType) ?? accessPolicyId) === accessPolicyId;
    if ((await this.list(tx, projectId)).every(isSame)) return;
    const project = await this.projects.renew(tx, actor, projectId, version);
    // Read while the project is locked: nobody changes them.
    const before = await this.list(tx, projectId);
    const place = placeOf(projectId);
    this.versions.keepBeside(tx, place, project.version, { defaults: before }, project.updatedAt);
    for (const [who, id] of wanted) {
      if (before.some((one) => one.profileType === who && one.accessPolicyId === id)) continue;
      await this.store.putDefault(tx, projectId, who, id);
      this.audit.record(tx, {
        type: 'project.changed',
        actor,
        projectId,
        target: { type: 'AccessPolicy', id },
        detail: { defaultPolicyFor: who },
      });
    }
  }

  /** The default policies of a project as they were in some of its versions. @returns a function of the version */
  async listAt(
    tx: Tx,
    projectId: ProjectId,
    versions: readonly number[],
  ): Promise<(version: number) => DefaultAccessPolicy[]> {
    const now = await this.list(tx, projectId);
    if (versions.length === 0) return () => now;
    const kept = await this.versions.beside(tx, placeOf(projectId), Math.min(...versions));
    return (version) => {
      const then = kept.find((one) => one.version >= version);
      return then ? (then.content as { defaults: DefaultAccessPolicy[] }).defaults : now;
    };
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

function placeOf(projectId: ProjectId) {
  return { table: 'default_access_policy', projectId, id: projectId as Id };
}
