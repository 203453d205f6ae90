import { Column, Entity, PrimaryColumn } from 'typeorm';

// Copied at each use: TypeORM writes the column's type into the object that it is given.
const key = { primaryKeyConstraintName: 'pk_audit_fold' };

/** How often one kind of act was refused to one address and client within one minute, beyond the budget. */
@Entity('audit_fold')
export class AuditFold {
  @PrimaryColumn('timestamptz', { ...key })
  minute: Date;

  @PrimaryColumn('text', { ...key, name: 'remote_address' })
  remoteAddress: string;

  /** Empty when no client was named. */
  @PrimaryColumn('text', { ...key, name: 'client_id' })
  clientId: string;

  @PrimaryColumn('text', { ...key })
  type: string;

  @Column('uuid', { name: 'project_id', nullable: true })
  projectId: string | null;

  @Column('integer')
  occurrences: number;
}
