import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Id, ProjectId, UserId } from '../kernel/ids.js';
import { Project } from '../projects/project.entity.js';
import type { LinkPurpose } from './link-purposes.js';
import { User } from './user.entity.js';

export type LinkId = Id<'OneTimeLink'>;

/** A link that a person gets to prove who they are, once: its row names it, its secret opens it. */
@Entity('one_time_link')
@Index('ix_one_time_link_user', ['userId', 'purpose'], { where: 'used_at IS NULL' })
@Index('ix_one_time_link_expires', ['expiresAt'])
export class OneTimeLink {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_one_time_link' })
  id: LinkId;

  @Column('text')
  purpose: LinkPurpose;

  @Column('uuid', { name: 'user_id' })
  @ForeignKey(() => User, { name: 'fk_one_time_link_user', onDelete: 'CASCADE' })
  userId: UserId;

  /** The project that it is about: the inviting one, or the one that the user is scoped to. */
  @Column('uuid', { name: 'project_id', nullable: true })
  @ForeignKey(() => Project, { name: 'fk_one_time_link_project' })
  projectId: ProjectId | null;

  @Column('bytea', { name: 'secret_hash' })
  secretHash: Buffer;

  /** Only the server's own mail carries it: whoever has it reads the mail of the address (rulings 23). */
  @Column('boolean', { name: 'proves_address' })
  provesAddress: boolean;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  /** When it was used, or taken back. */
  @Column('timestamptz', { name: 'used_at', nullable: true })
  usedAt: Date | null;
}
