import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/clients.service.js';
import { ClientsService } from '../clients/clients.service.js';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import { Clock } from '../kernel/clock.js';
import type { ClientId, LoginId, MembershipId, ProjectId, UserId } from '../kernel/ids.js';
import type { Login } from '../logins/login.entity.js';
import { LoginsService } from '../logins/logins.service.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import type { ProjectMembership } from '../memberships/project-membership.entity.js';
import type { Project } from '../projects/project.entity.js';
import { ProjectsService } from '../projects/projects.service.js';

/** What access stands on, all of it alive. */
export interface Standing {
  readonly client: Client;
  readonly project: Project | undefined;
  readonly membership: ProjectMembership | undefined;
  /** Absent when a client signed in for itself. */
  readonly user: User | undefined;
}

/** A live login with what it stands on. */
export interface LiveLogin extends Standing {
  readonly login: Login;
}

/**
 * The one place that says whether access still holds (rulings 28): every use of a login, code, refresh family or
 * token asks it. Rights change as rows; the caches behind these services are emptied by commit notice.
 */
@Injectable()
export class LivenessService {
  constructor(
    private readonly logins: LoginsService,
    private readonly clients: ClientsService,
    private readonly projects: ProjectsService,
    private readonly memberships: MembershipsService,
    private readonly users: UsersService,
    private readonly clock: Clock,
  ) {}

  /** The login with everything it stands on, or `undefined` when any part of it is revoked, over or deactivated. */
  async ofLogin(id: LoginId): Promise<LiveLogin | undefined> {
    const login = await this.logins.find(id);
    if (!login || login.revokedAt || login.expiresAt.getTime() <= this.clock.now()) return undefined;
    const parts = await this.ofParts(login);
    return parts && { login, ...parts };
  }

  /** The same for what a login would stand on, before there is one. */
  async ofParts(parts: {
    clientId: ClientId;
    projectId: ProjectId | null;
    membershipId: MembershipId | null;
    userId: UserId | null;
  }): Promise<Standing | undefined> {
    const client = await this.clients.find(parts.clientId);
    if (!client?.active) return undefined;
    const held = await this.held(parts);
    return held && { client, ...held };
  }

  /**
   * What a member stands on by itself, whoever asks: a client among them on itself, a person on no client. The same rules
   * as for a login.
   */
  async ofMember({
    id: membershipId,
    projectId,
    userId,
    clientId,
  }: Pick<ProjectMembership, 'id' | 'projectId' | 'userId' | 'clientId'>): Promise<
    Omit<Standing, 'client'> | undefined
  > {
    if (clientId && !(await this.clients.find(clientId))?.active) return undefined;
    return this.held({ projectId, membershipId, userId });
  }

  private async held(parts: {
    projectId: ProjectId | null;
    membershipId: MembershipId | null;
    userId: UserId | null;
  }): Promise<Omit<Standing, 'client'> | undefined> {
    const project = parts.projectId ? await this.projects.find(parts.projectId) : undefined;
    if (parts.projectId && !project?.active) return undefined;
    const membership = parts.membershipId ? await this.memberships.find(parts.membershipId) : undefined;
    if (parts.membershipId && !(membership?.active && membership.projectId === parts.projectId))
      return undefined;
    const user = parts.userId ? await this.users.find(parts.userId) : undefined;
    if (parts.userId && !user?.active) return undefined;
    return { project, membership, user };
  }
}
