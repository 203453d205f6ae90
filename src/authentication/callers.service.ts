import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../kernel/actor.js';
import type { ClientId, MembershipId, ProjectId, UserId } from '../kernel/ids.js';
import type { Login } from '../logins/login.entity.js';
import { MemberPoliciesService } from '../memberships/member-policies.service.js';
import { ScopeLimits } from '../smart/scope-limits.js';
import type { Caller } from './caller.js';
import type { Standing } from './liveness.service.js';

/** What a credential says about who calls. */
export interface CallerParts {
  readonly userId: UserId | null;
  readonly clientId: ClientId;
  readonly membershipId: MembershipId | null;
  readonly projectId: ProjectId | null;
  /** Absent when no login is behind the call. */
  readonly login: Login | undefined;
  /** Space-separated. */
  readonly scope: string;
}

/** Puts a caller together from what its credential says and what that stands on. */
@Injectable()
export class CallersService {
  constructor(
    private readonly policies: MemberPoliciesService,
    private readonly limits: ScopeLimits,
  ) {}

  /** @throws AppError `access-policy-missing` */
  async of(parts: CallerParts, standing: Standing, request: RequestContext): Promise<Caller> {
    const { userId, clientId, membershipId, projectId, login, scope } = parts;
    const { membership, project } = standing;
    const profile = membership && `${membership.profileType}/${membership.profileId}`;
    const words = scope.split(' ').filter(Boolean);
    const limit = this.limits.of({
      requested: login?.requestedScope.split(' ') ?? [],
      granted: words,
      scopesOnly: standing.client.scopesOnly,
      profile,
    });
    // Scopes for FHIR resources are for FHIR resources: a token that has them, or none but them, administers nothing.
    const admin = membership?.admin === true && limit === undefined;
    return {
      actor: {
        kind: userId ? 'user' : 'client',
        ...(userId && { userId }),
        clientId,
        ...(membershipId && { membershipId }),
        ...(profile && { profile }),
        ...(projectId && { projectId }),
        ...(login && { loginId: login.id }),
        request,
      },
      login,
      standing,
      scopes: new Set(words),
      admin,
      superAdmin: admin && project?.superAdmin === true,
      projectId: projectId ?? undefined,
      policy: membership && project && (await this.policies.of(membership, project, limit)),
    };
  }
}
