import { Column, Entity, PrimaryColumn } from 'typeorm';

/** When a scheduled topic is due next. Whichever node moves the time on writes the outbox row. */
@Entity('job_schedule')
export class JobSchedule {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'pk_job_schedule' })
  topic: string;

  @Column('timestamptz', { name: 'next_at' })
  nextAt: Date;
}
