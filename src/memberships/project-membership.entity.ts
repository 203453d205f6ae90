import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { AccessPolicy } from '../access-policy/access-policy.entity.js';
import { ClientApplication } from '../clients/client-application.entity.js';
import { User } from '../identities/user.entity.js';
import type { ClientId, Id, MembershipId, PolicyId, ProjectId, UserId } from '../kernel/ids.js';
import { Project } from '../projects/project.entity.js';
import type { MemberProfileType, PolicyAssignment } from './membership-input.js';

/** Who belongs to which project, as which profile, under which policy: the pivot of the model (wire-spec 1.3). */
@Entity('project_membership')
@ForeignKey(() => ClientApplication, ['projectId', 'clientId'], ['projectId', 'id'], {
  name: 'fk_project_membership_client',
})
@ForeignKey(() => AccessPolicy, ['projectId', 'accessPolicyId'], ['projectId', 'id'], {
  name: 'fk_project_membership_policy',
})
@Check('ck_project_membership_member', '(user_id IS NULL) <> (client_id IS NULL)')
@Check('ck_project_membership_state', `state IN ('active', 'pending')`)
@Index('ix_project_membership_project', ['projectId', 'id'])
@Index('ix_project_membership_updated', ['projectId', 'updatedAt', 'id'])
@Index('ix_project_membership_terms', { synchronize: false })
@Index('ix_project_membership_unindexed', ['projectId'], { where: 'terms IS NULL' })
@Index('ix_project_membership_user', ['userId', 'projectId'])
@Index('uq_project_membership_client', ['clientId'], { unique: true })
@Index('uq_project_membership_profile', ['projectId', 'profileId'], { unique: true })
@Index('uq_project_membership_external_id', ['projectId', 'externalId'], { unique: true })
export class ProjectMembership {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_project_membership' })
  id: MembershipId;

  @Column('uuid', { name: 'project_id' })
  @ForeignKey(() => Project, { name: 'fk_project_membership_project' })
  projectId: ProjectId;

  /** The member is a person ... */
  @Column('uuid', { name: 'user_id', nullable: true })
  @ForeignKey(() => User, { name: 'fk_project_membership_user' })
  userId: UserId | null;

  /** ... or a client. */
  @Column('uuid', { name: 'client_id', nullable: true })
  clientId: ClientId | null;

  @Column('text', { name: 'profile_type' })
  profileType: MemberProfileType;

  @Column('uuid', { name: 'profile_id' })
  profileId: Id;

  /** `pending` until the person accepts it by choosing it (rulings 24). */
  @Column('text')
  state: 'active' | 'pending';

  @Column('boolean', { default: true })
  active: boolean;

  @Column('boolean', { default: false })
  admin: boolean;

  @Column('uuid', { name: 'access_policy_id', nullable: true })
  accessPolicyId: PolicyId | null;

  /** Further policies with parameters. */
  @Column('jsonb', { default: [] })
  access: PolicyAssignment[];

  @Column('text', { name: 'external_id', nullable: true })
  externalId: string | null;

  /** Tells several memberships of one person apart in the chooser. */
  @Column('text', { nullable: true })
  label: string | null;

  @Column('uuid', { name: 'invited_by', nullable: true })
  invitedBy: UserId | ClientId | null;

  @Column('text', { name: 'invited_by_type', nullable: true })
  invitedByType: 'User' | 'ClientApplication' | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;

  @Column('integer', { default: 1 })
  version: number;

  /** The profile that wrote this version, as `Type/id`; `null` for the server itself. */
  @Column('text', { nullable: true })
  author?: string | null;

  /** What it is found by (`r4/view-search.ts`); `null` until it is made. */
  @Column('tsvector', { select: false, nullable: true })
  terms?: string | null;
}
