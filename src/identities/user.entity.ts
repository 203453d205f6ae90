import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ProjectId, UserId } from '../kernel/ids.js';
import { Project } from '../projects/project.entity.js';

/**
 * A person who signs in. With a project it is that project's own user; without one it is server-scoped: one account,
 * memberships in many projects, and no project may touch its credentials.
 */
@Entity('user_account')
@Check('ck_user_account_email', 'email IS NOT NULL OR project_id IS NOT NULL')
@Index('uq_user_account_server_email', ['email'], { unique: true, where: 'project_id IS NULL' })
@Index('uq_user_account_project_email', ['projectId', 'email'], {
  unique: true,
  where: 'project_id IS NOT NULL',
})
@Index('ix_user_account_project', ['projectId', 'id'])
@Index('ix_user_account_updated', ['projectId', 'updatedAt', 'id'])
@Index('ix_user_account_terms', { synchronize: false })
@Index('ix_user_account_unindexed', ['projectId'], { where: 'terms IS NULL' })
export class User {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_user_account' })
  id: UserId;

  @Column('uuid', { name: 'project_id', nullable: true })
  @ForeignKey(() => Project, { name: 'fk_user_account_project' })
  projectId: ProjectId | null;

  /** As `normalizeEmail` writes it; a project may know a user of its own by an external id only. */
  @Column('text', { nullable: true })
  email: string | null;

  @Column('text', { name: 'given_name' })
  givenName: string;

  @Column('text', { name: 'family_name' })
  familyName: string;

  @Column('boolean', { name: 'email_verified', default: false })
  emailVerified: boolean;

  /** When the person first proved the address by the server's own mail; credentials from before are void (rulings 23). */
  @Column('timestamptz', { name: 'claimed_at', nullable: true })
  claimedAt: Date | null;

  @Column('boolean', { default: true })
  active: boolean;

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
