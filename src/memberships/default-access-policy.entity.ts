import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { AccessPolicy } from '../access-policy/access-policy.entity.js';
import type { PolicyId, ProjectId } from '../kernel/ids.js';
import { Project } from '../projects/project.entity.js';
import type { DefaultFor } from './membership-input.js';

const key = { primaryKeyConstraintName: 'pk_default_access_policy' };

/** The policy that a new membership of one profile type gets when nobody names another. */
@Entity('default_access_policy')
@ForeignKey(() => AccessPolicy, ['projectId', 'accessPolicyId'], ['projectId', 'id'], {
  name: 'fk_default_access_policy_policy',
})
export class DefaultAccessPolicy {
  @PrimaryColumn('uuid', { ...key, name: 'project_id' })
  @ForeignKey(() => Project, { name: 'fk_default_access_policy_project' })
  projectId: ProjectId;

  @PrimaryColumn('text', { ...key, name: 'profile_type' })
  profileType: DefaultFor;

  @Column('uuid', { name: 'access_policy_id' })
  accessPolicyId: PolicyId;
}
