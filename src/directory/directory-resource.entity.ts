import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Id, ProjectId } from '../kernel/ids.js';
import { Project } from '../projects/project.entity.js';
import type { ProfileType } from './profile-resource.js';

/** A FHIR R4 resource kept here as JSON: so far the profiles of people. */
@Entity('directory_resource')
@Index('ix_directory_resource_type', ['projectId', 'resourceType', 'id'])
export class DirectoryResource {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_directory_resource' })
  id: Id;

  @Column('uuid', { name: 'project_id' })
  @ForeignKey(() => Project, { name: 'fk_directory_resource_project' })
  projectId: ProjectId;

  @Column('text', { name: 'resource_type' })
  resourceType: ProfileType;

  @Column('uuid', { name: 'version_id' })
  versionId: Id;

  @Column('jsonb')
  content: Record<string, unknown>;

  @Column('timestamptz', { name: 'last_updated' })
  lastUpdated: Date;
}
