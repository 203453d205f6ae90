import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Id, ProjectId } from './ids.js';

/** A row of another table as it was before it was changed or deleted. Rows are only added, and purged. */
@Entity('row_version')
@Index('ix_row_version_replaced', ['replacedAt'])
export class RowVersion {
  @PrimaryColumn('uuid', { name: 'row_id', primaryKeyConstraintName: 'pk_row_version' })
  rowId: Id;

  @PrimaryColumn('text', { name: 'table_name', primaryKeyConstraintName: 'pk_row_version' })
  tableName: string;

  /** The number of writes of the row, this one included. */
  @PrimaryColumn('integer', { primaryKeyConstraintName: 'pk_row_version' })
  version: number;

  @Column('uuid', { name: 'project_id' })
  projectId: ProjectId;

  /** The columns of the row, by the names of its entity. Of a deletion: what it was before. */
  @Column('jsonb')
  content: Record<string, unknown>;

  @Column('boolean', { default: false })
  deleted: boolean;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;

  /** When the next version took its place; of a deletion, when that was. */
  @Column('timestamptz', { name: 'replaced_at' })
  replacedAt: Date;
}
