import { Injectable } from '@nestjs/common';
import type { CompiledPolicy } from '../access-policy/compiled-policy.js';
import { ClientsService } from '../clients/clients.service.js';
import type { MembershipId, ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { MemberPoliciesService } from '../memberships/member-policies.service.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import type { ProjectMembership } from '../memberships/project-membership.entity.js';
import type { Project } from '../projects/project.entity.js';
import { ProjectsService } from '../projects/projects.service.js';
import { needsPatient } from '../smart/launch-context.js';
import { ScopeLimits } from '../smart/scope-limits.js';
import { isSmartScope, readSmartScope } from '../smart/smart-scope.js';
import { OnBehalfOfService } from './on-behalf-of.service.js';

/** How a member would come. */
export interface Coming {
  readonly membershipId: MembershipId;
  /** Where the request comes from. */
  readonly address?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  /** For whom it acts, as `X-Medplum-On-Behalf-Of` says it. */
  readonly onBehalfOf?: string | undefined;
}

/** What it stands on then, or why it is not let in. */
export type Rights =
  | { readonly policy: CompiledPolicy; readonly admin: boolean }
  /** A sentence without its point. */
  | { readonly refused: string };

/** Says what rights a member has when it comes, by the rules that requests go by. */
@Injectable()
export class MemberRightsService {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly projects: ProjectsService,
    private readonly clients: ClientsService,
    private readonly policies: MemberPoliciesService,
    private readonly limits: ScopeLimits,
    private readonly onBehalfOf: OnBehalfOfService,
  ) {}

  /** The policy of a member, whether it may come in or not. @throws AppError `not-found` */
  async policyOf(
    tx: Tx,
    projectId: ProjectId,
    membershipId: MembershipId,
    scopes?: readonly string[],
  ): Promise<CompiledPolicy> {
    const membership = await this.memberships.get(tx, projectId, membershipId);
    const project = await this.projects.get(tx, projectId);
    return this.policies.of(membership, project, this.limitOf(membership, scopes));
  }

  /** @throws AppError `not-found` for a membership of another project */
  async of(tx: Tx, projectId: ProjectId, coming: Coming): Promise<Rights> {
    const { membershipId, address, scopes, onBehalfOf } = coming;
    const membership = await this.memberships.get(tx, projectId, membershipId);
    const project = await this.projects.get(tx, projectId);
    if (!project.active) return { refused: 'The project is deactivated' };
    if (!membership.active) return { refused: 'The membership is deactivated' };
    if (membership.state === 'pending') return { refused: 'The person has not accepted the membership yet' };
    const impossible = impossibleScope(scopes ?? [], membership);
    if (impossible) return { refused: impossible };
    const limit = this.limitOf(membership, scopes);
    const policy = await this.policies.of(membership, project, limit);
    const blocking = address === undefined ? undefined : policy.blockingRule(address);
    if (blocking)
      return { refused: `The address rule ${blocking.name ?? blocking.value} blocks the address` };
    const admin = membership.admin && limit === undefined;
    if (onBehalfOf === undefined) return { policy, admin };
    return this.acting(membership, project, { policy, admin, address, onBehalfOf });
  }

  private async acting(
    { clientId }: ProjectMembership,
    project: Project,
    {
      policy,
      admin,
      address: ip,
      onBehalfOf,
    }: {
      readonly policy: CompiledPolicy;
      readonly admin: boolean;
      readonly address: string | undefined;
      readonly onBehalfOf: string;
    },
  ): Promise<Rights> {
    const client = clientId && (await this.clients.find(clientId));
    const who = {
      projectId: project.id,
      superAdminProject: project.superAdmin,
      admin,
      asItself: client ? client.mayActForMembers : false,
      policy,
      ip,
    };
    const result = await this.onBehalfOf.reach(who, onBehalfOf);
    // Whoever acts for a member has no admin rights, whatever flags both have.
    return result.kind === 'refused'
      ? { refused: result.error.message.replace(/\.$/, '') }
      : { policy: result.policy, admin: false };
  }

  private limitOf({ profileType, profileId }: ProjectMembership, scopes: readonly string[] = []) {
    const profile = `${profileType}/${profileId}`;
    return this.limits.of({ requested: scopes, granted: scopes, scopesOnly: false, profile });
  }
}

/** Why no token of the member has one of the scopes. */
function impossibleScope(scopes: readonly string[], { profileType }: ProjectMembership): string | undefined {
  for (const word of scopes.filter(isSmartScope)) {
    const scope = readSmartScope(word);
    if (typeof scope === 'string') return `No token has the scope ${word}: it must ${scope}`;
    if (needsPatient([word]) && profileType !== 'Patient')
      return `No token of this member has the scope ${word}: no patient is in context`;
  }
  return undefined;
}
