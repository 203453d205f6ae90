import { Injectable } from '@nestjs/common';
import type { ProjectId } from './ids.js';
import { OutboxEntry } from './outbox.entity.js';
import { batchInsert, statement } from './statement.js';
import type { Sink, Tx } from './tx.js';

const insert = batchInsert<
  Pick<OutboxEntry, 'id' | 'topic' | 'projectId' | 'payload' | 'createdAt' | 'deadline'>
>('outbox', ['id', 'topic', 'project_id', 'payload', 'created_at', 'deadline'], (row) => [
  row.id,
  row.topic,
  row.projectId,
  JSON.stringify(row.payload),
  row.createdAt,
  row.deadline,
]);

const open = 'closed_at IS NULL AND dead_at IS NULL';

const claim = statement(
  'outbox.claim',
  `UPDATE outbox SET attempts = attempts + 1, leased_until = $3, deadline = $3
    WHERE id = $1 AND ${open} AND (leased_until IS NULL OR leased_until <= $2)
    RETURNING project_id AS "projectId", payload, attempts, last_error AS "lastError"`,
);
const hold = statement(
  'outbox.hold',
  `SELECT 1 FROM outbox WHERE id = $1 AND attempts = $2 AND ${open} FOR UPDATE`,
);
const close = statement(
  'outbox.close',
  `UPDATE outbox SET closed_at = $2, payload = '{}', leased_until = NULL, last_error = NULL WHERE id = $1`,
);
const fail = statement(
  'outbox.fail',
  `UPDATE outbox SET last_error = $2, leased_until = NULL, deadline = $3, dead_at = $4 WHERE id = $1`,
);
const takeOverdue = statement(
  'outbox.takeOverdue',
  `UPDATE outbox SET deadline = $2
    WHERE id IN (SELECT id FROM outbox WHERE ${open} AND deadline <= $1
                  ORDER BY deadline LIMIT $3 FOR UPDATE SKIP LOCKED)
    RETURNING id, topic`,
);
const openOf = statement('outbox.openOf', `SELECT 1 FROM outbox WHERE topic = $1 AND ${open} LIMIT 1`);
const revive = statement(
  'outbox.revive',
  `UPDATE outbox SET dead_at = NULL, attempts = 0, leased_until = NULL, deadline = $2
    WHERE id = $1 AND dead_at IS NOT NULL RETURNING topic`,
);
// Each part reads one of the partial indexes: closed rows, which are most, are not looked at.
const counts = statement(
  'outbox.counts',
  `SELECT (SELECT count(*)::int FROM outbox WHERE ${open}) AS open,
          (SELECT min(created_at) FROM outbox WHERE ${open}) AS oldest,
          (SELECT count(*)::int FROM outbox WHERE dead_at IS NOT NULL) AS dead`,
);
const purge = statement(
  'outbox.purge',
  `DELETE FROM outbox WHERE id IN (
     SELECT id FROM outbox WHERE closed_at <= $1 OR dead_at <= $2 LIMIT $3 FOR UPDATE SKIP LOCKED)
   RETURNING 1`,
);

/** What a run learns about the row that it claimed. */
export interface ClaimedEntry {
  readonly projectId: ProjectId | null;
  readonly payload: unknown;
  readonly attempts: number;
  readonly lastError: string | null;
}

/** A row that is to be handed to the queue. */
export interface HandedEntry {
  readonly id: string;
  readonly topic: string;
}

/** Table `outbox`. */
@Injectable()
export class OutboxStore {
  append(tx: Pick<Sink, 'batch'>, row: Parameters<typeof insert.values>[0]): void {
    tx.batch(insert, row);
  }

  /** Takes the row for one run until `until`; nothing when it is closed, given up or in another run's hands. */
  async claim(tx: Tx, id: string, now: Date, until: Date): Promise<ClaimedEntry | undefined> {
    return (await tx.sql<ClaimedEntry>(claim, [id, now, until]))[0];
  }

  /** Locks the row; false when it is no longer the given run's. */
  async hold(tx: Tx, id: string, attempt: number): Promise<boolean> {
    return (await tx.sql(hold, [id, attempt])).length === 1;
  }

  async close(tx: Tx, id: string, now: Date): Promise<void> {
    await tx.sql(close, [id, now]);
  }

  /** Notes a failed run; `deadAt` gives the row up. */
  async fail(tx: Tx, id: string, error: string, deadline: Date, deadAt: Date | null): Promise<void> {
    await tx.sql(fail, [id, error, deadline, deadAt]);
  }

  /** Up to `limit` open rows past their deadline, which moves to `next`. Two nodes never take the same row. */
  takeOverdue(tx: Tx, now: Date, next: Date, limit: number): Promise<HandedEntry[]> {
    return tx.sql<HandedEntry>(takeOverdue, [now, next, limit]);
  }

  async hasOpen(tx: Tx, topic: string): Promise<boolean> {
    return (await tx.sql(openOf, [topic])).length > 0;
  }

  /** Opens a dead row again with all its attempts; its topic, or nothing when it is not dead. */
  async revive(tx: Tx, id: string, deadline: Date): Promise<string | undefined> {
    return (await tx.sql<{ topic: string }>(revive, [id, deadline]))[0]?.topic;
  }

  /** Dead rows, newest first, without their payload. */
  dead(
    tx: Tx,
    filter: {
      topic?: string | undefined;
      projectId?: ProjectId | undefined;
      first: number;
      before?: string | undefined;
    },
  ): Promise<OutboxEntry[]> {
    const query = tx.manager
      .createQueryBuilder(OutboxEntry, 'entry')
      .select(
        ['id', 'topic', 'projectId', 'createdAt', 'deadAt', 'attempts', 'lastError'].map((c) => `entry.${c}`),
      )
      .where('entry.deadAt IS NOT NULL')
      .orderBy('entry.id', 'DESC')
      .limit(filter.first);
    if (filter.topic) query.andWhere('entry.topic = :topic', { topic: filter.topic });
    if (filter.projectId) query.andWhere('entry.projectId = :project', { project: filter.projectId });
    if (filter.before) query.andWhere('entry.id < :before', { before: filter.before });
    return query.getMany();
  }

  async counts(tx: Tx): Promise<{ open: number; dead: number; oldest: Date | null }> {
    return (await tx.sql<{ open: number; dead: number; oldest: Date | null }>(counts, []))[0]!;
  }

  /** Deletes up to `limit` rows closed by `closedBy` or given up by `deadBy`. */
  async purge(tx: Tx, closedBy: Date, deadBy: Date, limit: number): Promise<number> {
    return (await tx.sql(purge, [closedBy, deadBy, limit])).length;
  }
}
