import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import type { Actor } from '../kernel/actor.js';
import { brokenConstraint } from '../kernel/database-errors.js';
import { conflict } from '../kernel/errors.js';
import type { ClientId, Id, MembershipId, PolicyId, ProjectId, UserId } from '../kernel/ids.js';
import { type PageQuery, rowsToRead } from '../kernel/page.js';
import { RowVersions } from '../kernel/row-versions.js';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import { viewTerms } from '../r4/view-search.js';
import { DefaultAccessPolicy } from './default-access-policy.entity.js';
import type { DefaultFor } from './membership-input.js';
import { externalIdTaken, profileTaken } from './memberships.errors.js';
import { ProjectMembership } from './project-membership.entity.js';
import { membershipTable } from './project-membership.fhir.js';

const columns = `id, project_id AS "projectId", user_id AS "userId", client_id AS "clientId", profile_type AS "profileType",
  profile_id AS "profileId", state, active, admin, access_policy_id AS "accessPolicyId", access, external_id AS "externalId",
  label, invited_by AS "invitedBy", invited_by_type AS "invitedByType", created_at AS "createdAt", updated_at AS "updatedAt",
  version, author`;
const find = statement('project_membership.find', `SELECT ${columns} FROM project_membership WHERE id = $1`);
const findMany = statement(
  'project_membership.findMany',
  `SELECT ${columns} FROM project_membership WHERE id = ANY($1)`,
);
const findOfClient = statement(
  'project_membership.findOfClient',
  `SELECT ${columns} FROM project_membership WHERE client_id = $1`,
);
// At most one: a profile belongs to one membership (uq_project_membership_profile).
const findOfProfile = statement(
  'project_membership.findOfProfile',
  `SELECT ${columns} FROM project_membership WHERE project_id = $1 AND profile_id = $2 AND profile_type = $3`,
);
const ofUser = statement(
  'project_membership.ofUser',
  `SELECT ${columns} FROM project_membership WHERE user_id = $1 AND active AND ($2::uuid IS NULL OR project_id = $2) ORDER BY id LIMIT 100`,
);
const activeAdmins = statement(
  'project_membership.activeAdmins',
  `SELECT id, user_id AS "userId" FROM project_membership WHERE project_id = $1 AND admin AND active AND state = 'active'
     AND user_id IS NOT NULL ORDER BY id FOR UPDATE`,
);
const anyOfUser = statement(
  'project_membership.anyOfUser',
  `SELECT ${columns} FROM project_membership WHERE user_id = $1 AND project_id = $2 ORDER BY id LIMIT 1`,
);
const lockMember = statement(
  'project_membership.lockMember',
  'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
);
const lockPending = statement(
  'project_membership.lockPending',
  `SELECT ${columns} FROM project_membership WHERE id = $1 AND state = 'pending' FOR NO KEY UPDATE`,
);
const findUseOfPolicy = statement(
  'project_membership.findUseOfPolicy',
  `SELECT id FROM project_membership WHERE project_id = $1 AND (access_policy_id = $2 OR access @> $3::jsonb) LIMIT 1`,
);
const hasMember = statement(
  'project_membership.hasMember',
  'SELECT id FROM project_membership WHERE project_id = $1 AND user_id = $2 LIMIT 1',
);
const hasProfile = statement(
  'project_membership.hasProfile',
  'SELECT id FROM project_membership WHERE project_id = $1 AND profile_id = $2 LIMIT 1',
);
const putDefault = statement(
  'default_access_policy.put',
  `INSERT INTO default_access_policy (project_id, profile_type, access_policy_id) VALUES ($1, $2, $3)
   ON CONFLICT (project_id, profile_type) DO UPDATE SET access_policy_id = EXCLUDED.access_policy_id`,
);

/** A person's membership with admin rights. */
export interface ActiveAdmin {
  readonly id: MembershipId;
  readonly userId: UserId;
}

/** The rows of `project_membership` and `default_access_policy`. */
@Injectable()
export class MembershipsStore {
  constructor(private readonly versions: RowVersions) {}

  /** @throws AppError `external-id-taken`, `profile-taken` */
  async insert(tx: Tx, membership: ProjectMembership): Promise<void> {
    const terms = viewTerms(membershipTable, membership);
    const row = { ...membership, terms };
    await guarded(() => tx.manager.insert(ProjectMembership, row as never));
  }

  async find(tx: Tx, id: MembershipId): Promise<ProjectMembership | undefined> {
    return (await tx.sql<ProjectMembership>(find, [id]))[0];
  }

  /** Those of the named memberships that exist, of any project, in no order. */
  findMany(tx: Tx, ids: readonly MembershipId[]): Promise<ProjectMembership[]> {
    return tx.sql<ProjectMembership>(findMany, [ids]);
  }

  async findOfClient(tx: Tx, clientId: ClientId): Promise<ProjectMembership | undefined> {
    return (await tx.sql<ProjectMembership>(findOfClient, [clientId]))[0];
  }

  async findOfProfile(
    tx: Tx,
    projectId: ProjectId,
    profileType: string,
    profileId: Id,
  ): Promise<ProjectMembership | undefined> {
    return (await tx.sql<ProjectMembership>(findOfProfile, [projectId, profileId, profileType]))[0];
  }

  /** Memberships of a person that are not deactivated, oldest first; `projectId` null means of every project. */
  ofUser(tx: Tx, userId: UserId, projectId: ProjectId | null): Promise<ProjectMembership[]> {
    return tx.sql<ProjectMembership>(ofUser, [userId, projectId]);
  }

  /** The oldest membership of a person in a project, deactivated ones included. */
  async anyOfUser(tx: Tx, userId: UserId, projectId: ProjectId): Promise<ProjectMembership | undefined> {
    return (await tx.sql<ProjectMembership>(anyOfUser, [userId, projectId]))[0];
  }

  /** Active admins among the people of a project, locked so that two removals cannot both think another is left. */
  activeAdmins(tx: Tx, projectId: ProjectId): Promise<ActiveAdmin[]> {
    return tx.sql(activeAdmins, [projectId]);
  }

  /** Lets one membership at a time be made for a user in a project; held until the transaction ends. */
  async lockMember(tx: Tx, projectId: ProjectId, userId: UserId): Promise<void> {
    await tx.sql(lockMember, [`project_membership ${projectId} ${userId}`]);
  }

  /** Whether the user has any membership there, deactivated ones included. */
  async hasMember(tx: Tx, projectId: ProjectId, userId: UserId): Promise<boolean> {
    return (await tx.sql(hasMember, [projectId, userId])).length > 0;
  }

  /** Whether any membership, deactivated ones included, has this profile. */
  async hasProfile(tx: Tx, projectId: ProjectId, profileId: Id): Promise<boolean> {
    return (await tx.sql(hasProfile, [projectId, profileId])).length > 0;
  }

  /** Writes `changes` over the row if it still has `version`, and keeps what it was. @throws AppError `external-id-taken` */
  update(
    tx: Tx,
    actor: Actor,
    before: ProjectMembership,
    version: number,
    changes: Partial<ProjectMembership> & { readonly updatedAt: Date },
  ): Promise<boolean> {
    const terms = viewTerms(membershipTable, { ...before, ...changes });
    const { projectId } = before;
    const change = { projectId, before, version, actor };
    return guarded(() => this.versions.replace(tx, ProjectMembership, change, { ...changes, terms }));
  }

  /** A membership that waits to be accepted; until the transaction ends nobody changes it. */
  async lockPending(tx: Tx, id: MembershipId): Promise<ProjectMembership | undefined> {
    return (await tx.sql<ProjectMembership>(lockPending, [id]))[0];
  }

  /** Deletes the row if it still has `version`; its versions stay. Answers whether it did. */
  remove(tx: Tx, actor: Actor, before: ProjectMembership, version: number, at: Date): Promise<boolean> {
    const { projectId } = before;
    return this.versions.remove(tx, ProjectMembership, { projectId, before, version, actor }, at);
  }

  /** Whether any membership, deactivated ones included, names the policy. */
  async usesPolicy(tx: Tx, projectId: ProjectId, policyId: PolicyId): Promise<boolean> {
    const assigned = JSON.stringify([{ policyId }]);
    return (await tx.sql(findUseOfPolicy, [projectId, policyId, assigned])).length > 0;
  }

  list(tx: Tx, projectId: ProjectId, page: PageQuery<MembershipId>): Promise<ProjectMembership[]> {
    return tx.manager.find(ProjectMembership, {
      where: { projectId, ...(page.after ? { id: MoreThan(page.after) } : {}) },
      order: { id: 'ASC' },
      take: rowsToRead(page),
    });
  }

  async putDefault(tx: Tx, projectId: ProjectId, profileType: DefaultFor, policyId: PolicyId): Promise<void> {
    await tx.sql(putDefault, [projectId, profileType, policyId]);
  }

  defaults(tx: Tx, projectId: ProjectId): Promise<DefaultAccessPolicy[]> {
    return tx.manager.findBy(DefaultAccessPolicy, { projectId });
  }
}

async function guarded<Result>(write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    const broken = brokenConstraint(error);
    if (broken === 'uq_project_membership_external_id')
      throw externalIdTaken({ cause: error, field: 'externalId' });
    if (broken === 'uq_project_membership_profile' || broken === 'uq_project_membership_client')
      throw profileTaken({ cause: error, field: 'profile' });
    // It was deleted since it was looked up.
    if (broken === 'fk_project_membership_policy') throw conflict({ cause: error });
    throw error;
  }
}
