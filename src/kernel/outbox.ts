import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from './clock.js';
import { notFound } from './errors.js';
import { newId, type ProjectId } from './ids.js';
import { OutboxRelay } from './outbox.relay.js';
import { OutboxStore } from './outbox.store.js';
import { Purges } from './purges.js';
import type { Topic } from './topics.js';
import type { Sink, Tx } from './tx.js';

/** A row that was given up, as an admin sees it: never with its payload. */
export interface DeadLetter {
  readonly id: string;
  readonly topic: string;
  readonly projectId: ProjectId | null;
  readonly createdAt: Date;
  readonly deadAt: Date;
  readonly attempts: number;
  readonly lastError: string;
}

const dayMs = 86_400_000;

/** Consequences that must happen: written with their fact, handled at least once after its commit (rulings 46). */
@Injectable()
export class Outbox implements OnModuleInit {
  constructor(
    private readonly store: OutboxStore,
    private readonly relay: OutboxRelay,
    private readonly clock: Clock,
    private readonly purges: Purges,
  ) {}

  onModuleInit(): void {
    this.purges.register({
      table: 'outbox',
      life: '7 days once handled (its payload is erased at once), 90 days once given up',
      purge: (tx, now, limit) =>
        this.store.purge(
          tx,
          new Date(now.getTime() - 7 * dayMs),
          new Date(now.getTime() - 90 * dayMs),
          limit,
        ),
    });
  }

  /**
   * Adds a job that exists exactly if the transaction commits. Secrets in the payload must be sealed.
   * @param availableAt not to be handled before; now when left out.
   * @returns the id of the row, which is also the id of the job.
   */
  add<Payload>(
    sink: Pick<Sink, 'batch' | 'afterCommit'>,
    job: { topic: Topic<Payload>; payload: Payload; projectId: ProjectId | null; availableAt?: Date },
  ): string {
    const now = this.clock.now();
    const id: string = newId(now);
    const delayMs = Math.max(0, (job.availableAt?.getTime() ?? now) - now);
    this.store.append(sink, {
      id,
      topic: job.topic.name,
      projectId: job.projectId,
      payload: job.payload,
      createdAt: new Date(now),
      deadline: this.relay.deadlineAfter(now + delayMs),
    });
    sink.afterCommit(() => this.relay.nudge({ id, topic: job.topic.name, delayMs }));
    return id;
  }

  /** Rows that were given up, newest first. `before` is the id of the last one seen. */
  async dead(
    tx: Tx,
    filter: { topic?: string; projectId?: ProjectId; first: number; before?: string },
  ): Promise<DeadLetter[]> {
    return (await this.store.dead(tx, filter)).map((row) => ({
      id: row.id,
      topic: row.topic,
      projectId: row.projectId as ProjectId | null,
      createdAt: row.createdAt,
      deadAt: row.deadAt!,
      attempts: row.attempts,
      lastError: row.lastError ?? '',
    }));
  }

  /**
   * Opens a given-up row again, with all its attempts.
   * @throws AppError `not-found` when there is no such row, or it is not given up.
   */
  async retry(tx: Tx, id: string): Promise<void> {
    const topic = await this.store.revive(tx, id, this.relay.deadlineAfter(this.clock.now()));
    if (topic === undefined) throw notFound();
    tx.afterCommit(() => this.relay.nudge({ id, topic, delayMs: 0 }));
  }

  /** How many rows wait, how many were given up, and since when the oldest waits. */
  counts(tx: Tx): Promise<{ open: number; dead: number; oldest: Date | null }> {
    return this.store.counts(tx);
  }
}
