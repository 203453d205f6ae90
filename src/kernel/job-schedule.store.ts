import { Injectable } from '@nestjs/common';
import { statement } from './statement.js';
import type { Tx } from './tx.js';

const takeTurn = statement(
  'job_schedule.takeTurn',
  `INSERT INTO job_schedule (topic, next_at) VALUES ($1, $3)
   ON CONFLICT (topic) DO UPDATE SET next_at = $3 WHERE job_schedule.next_at <= $2
   RETURNING topic`,
);

/** Table `job_schedule`. */
@Injectable()
export class JobScheduleStore {
  /** Whether the topic is due and this caller, of all nodes, is to start it; moves it on to `next`. */
  async takeTurn(tx: Tx, topic: string, now: Date, next: Date): Promise<boolean> {
    return (await tx.sql(takeTurn, [topic, now, next])).length === 1;
  }
}
