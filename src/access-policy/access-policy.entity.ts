import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import type { PolicyId, ProjectId } from '../kernel/ids.js';
import { Project } from '../projects/project.entity.js';
import type { AccessPolicyEntry, IpAccessRule } from './access-policy-input.js';

/** What a membership may reach, as data (wire-spec section 1.8). */
@Entity('access_policy')
@Unique('uq_access_policy_project', ['projectId', 'id'])
export class AccessPolicy {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_access_policy' })
  id: PolicyId;

  @Column('uuid', { name: 'project_id' })
  @ForeignKey(() => Project, { name: 'fk_access_policy_project' })
  projectId: ProjectId;

  @Column('text')
  name: string;

  @Column('jsonb', { default: [] })
  resource: AccessPolicyEntry[];

  @Column('jsonb', { name: 'ip_access_rule', default: [] })
  ipAccessRule: IpAccessRule[];

  /** `Type/id` that is stamped as account on everything that the member creates. */
  @Column('text', { nullable: true })
  compartment: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;

  @Column('integer', { default: 1 })
  version: number;
}
