import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock } from './clock.js';
import { Db } from './db.js';
import { newId } from './ids.js';
import { JOB_OPTIONS, type JobOptions } from './job-options.js';
import { JobScheduleStore } from './job-schedule.store.js';
import { Log } from './log.js';
import { OutboxRelay } from './outbox.relay.js';
import { OutboxStore } from './outbox.store.js';
import { type Topic, topicCatalogue } from './topics.js';

const batchSize = 500;

/**
 * Hands over again what is open past its deadline (the queue was down, emptied, or its worker died), and starts the
 * scheduled topics. Safe on every node at once: rows are taken with their lock.
 */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly db: Db,
    private readonly store: OutboxStore,
    private readonly schedules: JobScheduleStore,
    private readonly relay: OutboxRelay,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(JOB_OPTIONS) private readonly options: JobOptions,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.options.runsQueue) return;
    this.timer = setInterval(() => void this.sweep(), this.options.sweepEveryMs);
    this.timer.unref();
    void this.sweep();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** One round; joins the one that is under way. Never fails: the next round repeats what this one could not do. */
  sweep(): Promise<void> {
    this.running ??= this.round()
      .catch((error) => this.log.warn('Looking for overdue jobs failed', { code: 'sweep-failed', error }))
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  private async round(): Promise<void> {
    for (const topic of topicCatalogue()) {
      if (topic.everyMs !== undefined) await this.startIfDue(topic, topic.everyMs);
    }
    while (!this.relay.isBehind) {
      const now = this.clock.now();
      const next = this.relay.deadlineAfter(now);
      const rows = await this.db.tx((tx) => this.store.takeOverdue(tx, new Date(now), next, batchSize));
      for (const row of rows) this.relay.nudge({ ...row, delayMs: 0 });
      if (rows.length < batchSize) return;
    }
  }

  /** Writes the row of a scheduled topic, unless it is not due or its last run is still open. */
  private async startIfDue(topic: Topic, everyMs: number): Promise<void> {
    const now = this.clock.now();
    const id: string = newId(now);
    await this.db.tx(async (tx) => {
      if (!(await this.schedules.takeTurn(tx, topic.name, new Date(now), new Date(now + everyMs)))) return;
      if (await this.store.hasOpen(tx, topic.name)) return;
      const deadline = this.relay.deadlineAfter(now);
      const createdAt = new Date(now);
      this.store.append(tx, { id, topic: topic.name, projectId: null, payload: {}, createdAt, deadline });
      tx.afterCommit(() => this.relay.nudge({ id, topic: topic.name, delayMs: 0 }));
    });
  }
}
