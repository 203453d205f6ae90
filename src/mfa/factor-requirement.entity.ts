import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { User } from '../identities/user.entity.js';
import type { Id, ProjectId, UserId } from '../kernel/ids.js';
import { Project } from '../projects/project.entity.js';

/**
 * A demand that a person have a second factor: everywhere (`projectId` is the person's own scope), or, for a person of the
 * server, in the memberships of one project (F61).
 */
@Entity('factor_requirement')
@Index('uq_factor_requirement_server', ['userId'], { unique: true, where: 'project_id IS NULL' })
@Index('uq_factor_requirement_project', ['userId', 'projectId'], {
  unique: true,
  where: 'project_id IS NOT NULL',
})
export class FactorRequirement {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_factor_requirement' })
  id: Id<'FactorRequirement'>;

  @Column('uuid', { name: 'user_id' })
  @ForeignKey(() => User, { name: 'fk_factor_requirement_user', onDelete: 'CASCADE' })
  userId: UserId;

  @Column('uuid', { name: 'project_id', nullable: true })
  @ForeignKey(() => Project, { name: 'fk_factor_requirement_project', onDelete: 'CASCADE' })
  projectId: ProjectId | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;
}
