import { InjectQueue } from '@nestjs/bullmq';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Queue } from 'bullmq';
import { settledWithin } from './deadline.js';
import { JOB_OPTIONS, type JobOptions } from './job-options.js';
import { Log } from './log.js';
import { QUEUE } from './queue.js';
import { topicNamed } from './topics.js';

/** A row to hand to the queue, at the earliest after `delayMs`. */
export interface Nudge {
  readonly id: string;
  readonly topic: string;
  readonly delayMs: number;
}

const mostWaiting = 5_000;
const batchSize = 500;

/**
 * Tells the queue about outbox rows. Only a nudge: a row that never reaches the queue, or is lost there, is found by
 * the sweeper (rulings 46). So nothing here waits, retries or fails a request.
 */
@Injectable()
export class OutboxRelay implements BeforeApplicationShutdown, OnApplicationShutdown {
  private waiting: Nudge[] = [];
  private sending: Promise<void> | undefined;
  private quietUntil = 0;

  constructor(
    @InjectQueue(QUEUE) private readonly queue: Queue,
    @Inject(JOB_OPTIONS) private readonly options: JobOptions,
    private readonly log: Log,
  ) {
    queue.on('error', (error) => this.complain(error));
  }

  /** Whether hand-overs pile up because the queue does not answer. */
  get isBehind(): boolean {
    return this.waiting.length >= batchSize;
  }

  /** After which time a row that should be handled at `atMs` counts as lost. */
  deadlineAfter(atMs: number): Date {
    return new Date(atMs + this.options.handOverAfterMs);
  }

  /** Puts a committed row on its way. */
  nudge(entry: Nudge): void {
    if (this.waiting.length >= mostWaiting) return;
    this.waiting.push(entry);
    this.sending ??= this.send();
  }

  /** Whether the queue answers within a second: what does not must not be waited for at the end. */
  answers(): Promise<boolean> {
    return settledWithin(this.queue.count(), 1_000);
  }

  async beforeApplicationShutdown(): Promise<void> {
    // What the queue does not take within a second stays for the sweeper.
    await settledWithin(this.sending, 1_000);
    if (!(await this.answers())) await settledWithin(this.queue.getBackend().close(true), 1_000);
  }

  onApplicationShutdown(): void {
    this.waiting = [];
  }

  private async send(): Promise<void> {
    // Rows of commits that finish together go together.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (this.waiting.length > 0) {
        const batch = this.waiting.splice(0, batchSize);
        await this.queue.addBulk(batch.map(toJob)).catch((error) => this.complain(error));
      }
    } finally {
      this.sending = undefined;
    }
  }

  private complain(error: unknown): void {
    if (performance.now() < this.quietUntil) return;
    this.quietUntil = performance.now() + 30_000;
    this.log.warn('The queue does not answer; jobs wait in the outbox', { code: 'queue-unreachable', error });
  }
}

function toJob({ id, topic, delayMs }: Nudge) {
  const { attempts = 1, backoffMs = 0 } = topicNamed(topic) ?? {};
  return {
    name: topic,
    data: {},
    opts: {
      jobId: id,
      delay: delayMs,
      attempts,
      backoff: { type: 'exponential', delay: backoffMs },
      // The outbox row is the record; a job that stayed would keep its id from being handed over again.
      removeOnComplete: true,
      removeOnFail: true,
    },
  };
}
