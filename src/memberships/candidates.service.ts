import { Injectable } from '@nestjs/common';
import { DirectoryService } from '../directory/directory.service.js';
import { displayName } from '../directory/profile-resource.js';
import type { Actor } from '../kernel/actor.js';
import type { Id, MembershipId, ProjectId, UserId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { ProjectsService } from '../projects/projects.service.js';
import { MembershipsService } from './memberships.service.js';

/** A membership that a person may sign in to. */
export interface MembershipCandidate {
  readonly membershipId: MembershipId;
  readonly projectId: ProjectId;
  readonly projectName: string;
  readonly profileType: string;
  readonly profileId: Id;
  readonly profileName: string;
  readonly label: string | undefined;
  readonly pending: boolean;
}

/** What a person can choose between at sign-in. */
@Injectable()
export class CandidatesService {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly projects: ProjectsService,
    private readonly directory: DirectoryService,
  ) {}

  /** The person accepts a membership that waits; whether it was one of theirs. @throws AppError `invitation-expired` */
  async accept(tx: Tx, actor: Actor, userId: UserId, id: MembershipId): Promise<boolean> {
    const own = await this.of(tx, userId, null);
    if (!own.some(({ membershipId, pending }) => pending && membershipId === id)) return false;
    await this.memberships.accept(tx, actor, id);
    return true;
  }

  /** The person's memberships in active projects: of one project, or (`null`) of all; oldest first. */
  async of(tx: Tx, userId: UserId, projectId: ProjectId | null): Promise<MembershipCandidate[]> {
    const memberships = await this.memberships.ofUser(tx, userId, projectId);
    const projects = await this.projects.findMany(tx, [...new Set(memberships.map((one) => one.projectId))]);
    const profiles = await this.directory.findMany(
      tx,
      memberships.map((one) => one.profileId),
    );
    return memberships.flatMap((membership) => {
      const project = projects.find(({ id, active }) => id === membership.projectId && active);
      const profile = profiles.find(({ id }) => id === membership.profileId);
      if (!project) return [];
      return {
        membershipId: membership.id,
        projectId: project.id,
        projectName: project.name,
        profileType: membership.profileType,
        profileId: membership.profileId,
        profileName: profile ? displayName(profile.content) : membership.profileType,
        label: membership.label ?? undefined,
        pending: membership.state === 'pending',
      };
    });
  }
}
