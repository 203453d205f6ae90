import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Id, ProjectId } from '../kernel/ids.js';
import { Project } from '../projects/project.entity.js';
import type { ProfileType } from './profile-resource.js';

/** A FHIR R4 resource kept here as JSON: so far the profiles of people. */
@Entity('directory_resource')
@Index('ix_directory_resource_type', ['projectId', 'resourceType', 'id'])
@Index('ix_directory_resource_updated', ['projectId', 'resourceType', 'lastUpdated', 'id'])
@Index('ix_directory_resource_stale', ['indexVersion', 'projectId', 'resourceType'])
@Index('ix_directory_resource_terms', { synchronize: false })
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

  /** What it is found by: the terms of `r4/search-row.ts`, each beginning with `scopeOf` its project and type. */
  @Column('tsvector', { select: false, default: '' })
  terms?: string;

  /** The `searchVersion` that `terms` and `directory_span` follow; 0 while they were never made. */
  @Column('int', { name: 'index_version', select: false, default: 0 })
  indexVersion?: number;
}
