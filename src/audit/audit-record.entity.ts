import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One recorded act. Insert-only: the server's database role may neither update nor delete it. */
@Entity('audit_record')
@Check('ck_audit_record_outcome', `outcome IN ('success', 'refused')`)
@Index('ix_audit_record_project', ['projectId', 'id'])
export class AuditRecord {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_audit_record' })
  id: string;

  @Column('timestamptz', { name: 'recorded_at' })
  recordedAt: Date;

  @Column('uuid', { name: 'project_id', nullable: true })
  projectId: string | null;

  @Column('text')
  type: string;

  @Column('text')
  outcome: 'success' | 'refused';

  @Column('text', { name: 'actor_kind' })
  actorKind: string;

  @Column('uuid', { name: 'user_id', nullable: true })
  userId: string | null;

  @Column('uuid', { name: 'client_id', nullable: true })
  clientId: string | null;

  @Column('uuid', { name: 'membership_id', nullable: true })
  membershipId: string | null;

  @Column('uuid', { name: 'login_id', nullable: true })
  loginId: string | null;

  /** `Type/id` of what was acted on. */
  @Column('text', { nullable: true })
  target: string | null;

  @Column('text', { name: 'remote_address' })
  remoteAddress: string;

  @Column('text', { name: 'request_id' })
  requestId: string;

  /** More than one only when a flood of refusals was folded into this row. */
  @Column('integer', { default: 1 })
  occurrences: number;

  @Column('jsonb', { nullable: true })
  detail: Record<string, string | number | boolean | null> | null;
}
