import { Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Id, ProjectId } from '../kernel/ids.js';
import { DirectoryResource } from './directory-resource.entity.js';

const primaryKeyConstraintName = 'pk_directory_span';

/** A stretch of time that a resource is found by. The key begins with what a search knows. */
@Entity('directory_span')
@Index('ix_directory_span_high', ['projectId', 'resourceType', 'name', 'high'])
// A hash index: found by resource, never walked in the order of resources.
@Index('ix_directory_span_resource', { synchronize: false })
export class DirectorySpan {
  @PrimaryColumn('uuid', { primaryKeyConstraintName, name: 'project_id' })
  projectId: ProjectId;

  @PrimaryColumn('text', { primaryKeyConstraintName, name: 'resource_type' })
  resourceType: string;

  /** The search parameter. */
  @PrimaryColumn('text', { primaryKeyConstraintName })
  name: string;

  /** Milliseconds since the epoch; the ends of `bigint` stand for those of time. */
  @PrimaryColumn('bigint', { primaryKeyConstraintName })
  low: string;

  /** The first millisecond after it. */
  @PrimaryColumn('bigint', { primaryKeyConstraintName })
  high: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName, name: 'resource_id' })
  @ForeignKey(() => DirectoryResource, { name: 'fk_directory_span_resource', onDelete: 'CASCADE' })
  resourceId: Id;
}
