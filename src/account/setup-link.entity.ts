import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ProjectId } from '../kernel/ids.js';

/** The one-time link, printed at the first start, that makes the first super admin: one hour, once, stored hashed. */
@Entity('setup_link')
export class SetupLink {
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'pk_setup_link' })
  hash: Buffer;

  /** The projects that its user shall administer; the super-admin project first. */
  @Column('uuid', { name: 'project_ids', array: true })
  projectIds: ProjectId[];

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'used_at', nullable: true })
  usedAt: Date | null;
}
