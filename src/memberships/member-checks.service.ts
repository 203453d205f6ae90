import { Injectable } from '@nestjs/common';
import { AccessPolicyService } from '../access-policy/access-policy.service.js';
import { ClientsService } from '../clients/clients.service.js';
import { DirectoryService } from '../directory/directory.service.js';
import { UsersService } from '../identities/users.service.js';
import { notFound } from '../kernel/errors.js';
import type { ClientId, Id, ProjectId, UserId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { ProjectsService } from '../projects/projects.service.js';
import type { CheckedMembershipOptions, MemberProfileType } from './membership-input.js';
import { lastAdmin } from './memberships.errors.js';
import { type ActiveAdmin, MembershipsStore } from './memberships.store.js';
import type { ProjectMembership } from './project-membership.entity.js';

/** Who is to become a member, as what. */
export interface NewMember {
  readonly projectId: ProjectId;
  readonly member: { readonly userId: UserId } | { readonly clientId: ClientId };
  readonly profileType: MemberProfileType;
  readonly profileId: Id;
  readonly state: ProjectMembership['state'];
}

/** What a membership ties together must belong together: anything of another project is not found. */
@Injectable()
export class MemberChecksService {
  constructor(
    private readonly store: MembershipsStore,
    private readonly projects: ProjectsService,
    private readonly users: UsersService,
    private readonly clients: ClientsService,
    private readonly directory: DirectoryService,
    private readonly policies: AccessPolicyService,
  ) {}

  /**
   * The user is server-scoped or of this project, the client and the profile are of this project, and a client is its
   * own profile. @throws AppError `not-found`
   */
  async member(tx: Tx, { projectId, member, profileType, profileId }: NewMember): Promise<void> {
    if ('clientId' in member) {
      await this.clients.get(tx, projectId, member.clientId);
      if (profileType !== 'ClientApplication' || (profileId as Id) !== member.clientId) throw notFound();
      return;
    }
    const [user] = await this.users.findMany(tx, [member.userId]);
    if (!user || (user.projectId !== null && user.projectId !== projectId)) throw notFound();
    if (profileType === 'ClientApplication') throw notFound();
    await this.directory.hold(tx, projectId, profileType, profileId);
  }

  /** Every named policy is of this project, and stays until the transaction ends. @throws AppError `not-found` */
  async policiesOf(tx: Tx, projectId: ProjectId, options: CheckedMembershipOptions): Promise<void> {
    const ids = (options.access ?? []).map(({ policyId }) => policyId);
    if (options.accessPolicyId) ids.push(options.accessPolicyId);
    for (const id of [...new Set(ids)].sort()) await this.policies.hold(tx, projectId, id);
  }

  /**
   * The server keeps a super admin: without one nobody but the command line could let anybody in again.
   * @throws AppError `last-super-admin` when this membership is the last one
   */
  async keepsSuperAdmin(tx: Tx, { id, userId, projectId, admin, active }: ProjectMembership): Promise<void> {
    if (!userId || !admin || !active || !(await this.projects.get(tx, projectId)).superAdmin) return;
    await this.keepsAnother(tx, projectId, (other) => other.id !== id);
  }

  /** The same when a person is to lose every membership at once. @throws AppError `last-super-admin` */
  async keepsSuperAdminWithout(tx: Tx, userId: UserId): Promise<void> {
    const project = await this.projects.superAdminProject(tx);
    if (!project) return;
    const memberships = await this.store.ofUser(tx, userId, project.id);
    if (!memberships.some(({ admin }) => admin)) return;
    await this.keepsAnother(tx, project.id, (other) => other.userId !== userId);
  }

  /** People with admin rights who can enter the project: a membership of somebody deactivated lets nobody in. */
  async admins(tx: Tx, projectId: ProjectId): Promise<ActiveAdmin[]> {
    const admins = await this.store.activeAdmins(tx, projectId);
    const users = await this.users.findMany(
      tx,
      admins.map(({ userId }) => userId),
    );
    const active = new Set(users.filter((user) => user.active).map(({ id }) => id));
    return admins.filter(({ userId }) => active.has(userId));
  }

  private async keepsAnother(tx: Tx, projectId: ProjectId, stays: (admin: ActiveAdmin) => boolean) {
    if (!(await this.admins(tx, projectId)).some(stays)) throw lastAdmin();
  }
}
