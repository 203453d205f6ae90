import { Injectable } from '@nestjs/common';
import type { CompiledPolicy } from '../access-policy/compiled-policy.js';
import type { AppError } from '../kernel/errors.js';
import { type Id, type MembershipId, type ProjectId, parseId } from '../kernel/ids.js';
import { MemberPoliciesService } from '../memberships/member-policies.service.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import type { ProjectMembership } from '../memberships/project-membership.entity.js';
import type { Project } from '../projects/project.entity.js';
import {
  addressNotAllowed,
  onBehalfOfInvalid,
  onBehalfOfNotAllowed,
  onBehalfOfUnknown,
} from './authentication.errors.js';
import type { Caller } from './caller.js';
import { LivenessService } from './liveness.service.js';

/** What came of a request on behalf of somebody. */
export type Acting = { readonly kind: 'acts'; readonly caller: Caller } | Refused;

/** Why nothing came of it. */
export interface Refused {
  readonly kind: 'refused';
  readonly error: AppError;
  /** `Type/id` that the request named, if that is what it named. */
  readonly named?: string;
}

/** What one may reach for a member. */
export type Reach =
  | { readonly kind: 'reaches'; readonly membership: ProjectMembership; readonly policy: CompiledPolicy }
  | Refused;

/** Who would act, as far as that decides. */
export interface WouldAct {
  readonly projectId: ProjectId;
  readonly superAdminProject: boolean;
  /** With admin rights, which a token that SMART scopes limit has not. */
  readonly admin: boolean;
  /** A client that may act for members, and acts as itself. */
  readonly asItself: boolean;
  /** Its own, as far as its credential goes. An answer of `MemberPoliciesService.of`. */
  readonly policy: CompiledPolicy;
  /** Where the request comes from; unsaid, address rules are not asked. */
  readonly ip: string | undefined;
}

/** How the header names a member. */
interface Named {
  readonly type: string;
  /** Absent when it can be nobody's here. */
  readonly id: Id | undefined;
}

/** Lets a caller act with the rights of another member of its project (wire-spec section 6). Remembers nothing. */
@Injectable()
export class OnBehalfOfService {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly liveness: LivenessService,
    private readonly policies: MemberPoliciesService,
  ) {}

  /**
   * The caller as it acts for whom the header names: with that member's policy, and within its own where it is no admin
   * or its project says so; never with admin rights. What it stands on, its scopes and its name stay its own. The end of either ends it at once.
   * @param header as it was sent; several headers come as one.
   */
  async acting(caller: Caller, header: string | readonly string[]): Promise<Acting> {
    const { policy: own, projectId, admin, actor, standing } = caller;
    if (!own || !projectId) return refused(onBehalfOfNotAllowed());
    const isSuper = standing.project?.superAdmin === true;
    const asItself = actor.kind === 'client' && standing.client.mayActForMembers;
    const who = { projectId, superAdminProject: isSuper, admin, asItself, policy: own, ip: actor.request.ip };
    const result = await this.reach(who, header);
    if (result.kind === 'refused') return result;
    const { membership, policy } = result;
    const onBehalfOf = {
      membershipId: membership.id,
      profile: `${membership.profileType}/${membership.profileId}`,
      ...(membership.userId && { userId: membership.userId }),
    };
    return {
      kind: 'acts',
      caller: {
        ...caller,
        actor: { ...actor, onBehalfOf },
        // Whoever administers does so under its own name (F72).
        admin: false,
        superAdmin: false,
        policy,
      },
    };
  }

  /** What somebody may reach for the member that a header names, or why nothing. */
  async reach(who: WouldAct, header: string | readonly string[]): Promise<Reach> {
    if (!mayAct(who)) return refused(onBehalfOfNotAllowed());
    const named = readNamed(header);
    if (!named) return refused(onBehalfOfInvalid());
    const found = await this.find(who.projectId, named);
    const { membership, project } = (found && (await this.liveness.ofMember(found))) ?? {};
    const text = named.id && `${named.type}/${named.id}`;
    if (!membership || !project || membership.state === 'pending') return refused(onBehalfOfUnknown(), text);
    const limit = isBounded(who, project) ? this.policies.limitBy(who.policy) : undefined;
    const policy = await this.policies.of(membership, project, limit);
    if (who.ip !== undefined && policy.blockingRule(who.ip)) return refused(addressNotAllowed(), text);
    return { kind: 'reaches', membership, policy };
  }

  private async find(projectId: ProjectId, { type, id }: Named): Promise<ProjectMembership | undefined> {
    if (!id) return undefined;
    const found =
      type === 'ProjectMembership'
        ? await this.memberships.find(id as MembershipId)
        : await this.memberships.findForProfile(projectId, type, id);
    return found?.projectId === projectId ? found : undefined;
  }
}

/**
 * Admins, and clients that may act for members as themselves: not an app in the name of whoever signed in to it.
 * For members of the super-admin project nobody acts (F72).
 */
function mayAct({ admin, asItself, superAdminProject }: WouldAct): boolean {
  return !superAdminProject && (admin || asItself);
}

/** Whether it reaches no more than its own policy opens too. */
function isBounded({ admin }: WouldAct, { settings }: Project): boolean {
  return !admin || settings.onBehalfOfWithinOwnPolicy;
}

/** Reads `Type/id`, as FHIR writes it (R4 references.html, datatypes.html#id); a bare id names nobody. */
function readNamed(header: string | readonly string[]): Named | undefined {
  const [, type = '', id] = /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9.-]{1,64})$/.exec(String(header)) ?? [];
  return id === undefined ? undefined : { type, id: parseId(id) };
}

function refused(error: AppError, named?: string): Refused {
  return { kind: 'refused', error, ...(named !== undefined && { named }) };
}
