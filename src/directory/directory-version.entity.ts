import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Id, ProjectId } from '../kernel/ids.js';
import { Project } from '../projects/project.entity.js';
import type { ProfileType } from './profile-resource.js';

/** A resource as it was at one time (FHIR R4 http.html, history). Rows are only added. */
@Entity('directory_version')
@Index('uq_directory_version_time', ['resourceId', 'lastUpdated'], { unique: true })
export class DirectoryVersion {
  @PrimaryColumn('uuid', { name: 'resource_id', primaryKeyConstraintName: 'pk_directory_version' })
  resourceId: Id;

  @PrimaryColumn('uuid', { name: 'version_id', primaryKeyConstraintName: 'pk_directory_version' })
  versionId: Id;

  @Column('uuid', { name: 'project_id' })
  @ForeignKey(() => Project, { name: 'fk_directory_version_project' })
  projectId: ProjectId;

  @Column('text', { name: 'resource_type' })
  resourceType: ProfileType;

  /** Of a deletion: what it was before. */
  @Column('jsonb')
  content: Record<string, unknown>;

  @Column('boolean', { default: false })
  deleted: boolean;

  /** Later than that of the version before, whatever the clocks say. */
  @Column('timestamptz', { name: 'last_updated' })
  lastUpdated: Date;
}
