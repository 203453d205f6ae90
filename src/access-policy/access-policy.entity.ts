import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { PolicyId, ProjectId } from '../kernel/ids.js';
import { Project } from '../projects/project.entity.js';
import type { AccessPolicyEntry, IpAccessRule } from './access-policy-input.js';

/** What a membership may reach, as data (wire-spec section 1.8). */
@Entity('access_policy')
@Unique('uq_access_policy_project', ['projectId', 'id'])
@Index('ix_access_policy_updated', ['projectId', 'updatedAt', 'id'])
@Index('ix_access_policy_terms', { synchronize: false })
@Index('ix_access_policy_unindexed', ['projectId'], { where: 'terms IS NULL' })
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

  /** The profile that wrote this version, as `Type/id`; `null` for the server itself. */
  @Column('text', { nullable: true })
  author?: string | null;

  /** What it is found by (`r4/view-search.ts`); `null` until it is made. */
  @Column('tsvector', { select: false, nullable: true })
  terms?: string | null;
}
