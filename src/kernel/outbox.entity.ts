import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A consequence that must happen, written in the transaction of its fact. Open until the handler's own commit closes
 * it, or until its attempts are used up (`deadAt`).
 */
@Entity('outbox')
@Index('ix_outbox_open', ['deadline'], { where: 'closed_at IS NULL AND dead_at IS NULL' })
@Index('ix_outbox_closed', ['closedAt'], { where: 'closed_at IS NOT NULL' })
@Index('ix_outbox_dead', ['deadAt', 'id'], { where: 'dead_at IS NOT NULL' })
export class OutboxEntry {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_outbox' })
  id: string;

  @Column('text')
  topic: string;

  @Column('uuid', { name: 'project_id', nullable: true })
  projectId: string | null;

  /** Emptied when the row is closed. */
  @Column('jsonb')
  payload: unknown;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  /** After this the sweeper hands the row over again. */
  @Column('timestamptz')
  deadline: Date;

  /** Until then the row belongs to the run that claimed it. */
  @Column('timestamptz', { name: 'leased_until', nullable: true })
  leasedUntil: Date | null;

  @Column('integer', { default: 0 })
  attempts: number;

  @Column('text', { name: 'last_error', nullable: true })
  lastError: string | null;

  @Column('timestamptz', { name: 'closed_at', nullable: true })
  closedAt: Date | null;

  @Column('timestamptz', { name: 'dead_at', nullable: true })
  deadAt: Date | null;
}
