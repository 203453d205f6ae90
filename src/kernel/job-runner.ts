import { Injectable } from '@nestjs/common';
import { Clock } from './clock.js';
import { Db } from './db.js';
import type { AnyHandler, EffectHandler, JobContext, TransactionHandler } from './job-handler.types.js';
import { Jobs } from './jobs.js';
import { Log } from './log.js';
import { type ClaimedEntry, OutboxStore } from './outbox.store.js';
import { backoffAfter, type Topic, topicNamed } from './topics.js';
import type { Tx } from './tx.js';

/** How a run ended: the row is closed (or not ours), is to be tried again, or was given up. */
export type RunOutcome = 'done' | 'failed' | 'dead';

interface Run {
  readonly handler: AnyHandler;
  /** Checked by the topic's schema. */
  readonly payload: never;
  readonly context: JobContext;
}

/** The row went to another run (its lease had passed) or was closed: whatever this run did is rolled back. */
class Superseded extends Error {}

/** Runs one outbox row through its handler. The row, not the queue, knows how often it was tried. */
@Injectable()
export class JobRunner {
  private readonly running = new Set<AbortController>();

  constructor(
    private readonly db: Db,
    private readonly store: OutboxStore,
    private readonly jobs: Jobs,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Runs the row unless it is closed, given up or in another run's hands. */
  async run(id: string, topicName: string): Promise<RunOutcome> {
    const topic = topicNamed(topicName);
    const handler = this.jobs.handlerOf(topicName);
    // A topic that this version does not know is left to a node that does.
    if (!topic || !handler) return 'done';
    const now = this.clock.date();
    const until = this.clock.date(topic.leaseMs);
    const claimed = await this.db.tx((tx) => this.store.claim(tx, id, now, until));
    if (!claimed) return 'done';
    const limit = new AbortController();
    const timer = setTimeout(
      () => limit.abort(new Error('It took longer than its topic allows')),
      topic.leaseMs * 0.9,
    );
    this.running.add(limit);
    try {
      return await this.attempt(topic, handler, claimed, {
        id,
        projectId: claimed.projectId,
        attempt: claimed.attempts,
        signal: limit.signal,
      });
    } finally {
      clearTimeout(timer);
      this.running.delete(limit);
    }
  }

  private async attempt(
    topic: Topic,
    handler: AnyHandler,
    claimed: ClaimedEntry,
    context: JobContext,
  ): Promise<RunOutcome> {
    const payload = topic.schema.safeParse(claimed.payload);
    if (!payload.success) return this.failed(topic, context, payload.error);
    const run: Run = { handler, payload: payload.data as never, context };
    try {
      if (context.attempt > topic.attempts)
        throw new Error(claimed.lastError ?? 'The process ended in each run');
      if ('run' in handler) await this.transact(run, handler);
      else await this.reachOut(run, handler);
      return 'done';
    } catch (error) {
      if (error instanceof Superseded) return 'done';
      return this.failed(topic, context, error, run);
    }
  }

  /** Tells what reaches outside to end now: the process is about to. */
  stop(): void {
    for (const one of this.running) one.abort(new Error('The process was stopped'));
  }

  private async transact({ payload, context }: Run, handler: TransactionHandler<never>): Promise<void> {
    await this.holding(context, async (tx) => {
      await handler.run(tx, payload, context);
      await this.store.close(tx, context.id, this.clock.date());
    });
  }

  private async reachOut(
    { payload, context }: Run,
    handler: EffectHandler<never, object, never>,
  ): Promise<void> {
    const prepared = await this.holding(context, async (tx) => {
      const made = await handler.prepare(tx, payload, context);
      if (!made) await this.store.close(tx, context.id, this.clock.date());
      return made;
    });
    if (!prepared) return;
    context.signal.throwIfAborted();
    const outcome = await beforeAbort(context.signal, handler.send(prepared, context));
    await this.holding(context, async (tx) => {
      await handler.finish(tx, outcome, payload, context);
      await this.store.close(tx, context.id, this.clock.date());
    });
  }

  /** A transaction that holds the row's lock, so that no second run closes it meanwhile. */
  private holding<Result>({ id, attempt }: JobContext, body: (tx: Tx) => Promise<Result>): Promise<Result> {
    return this.db.tx(async (tx) => {
      if (!(await this.store.hold(tx, id, attempt))) throw new Superseded();
      return body(tx);
    });
  }

  /** @param run missing when the payload does not fit the topic: then there is nothing to tell the handler. */
  private async failed(topic: Topic, context: JobContext, error: unknown, run?: Run): Promise<RunOutcome> {
    const words = wordsOf(error);
    const dead = context.attempt >= topic.attempts;
    const now = this.clock.now();
    // The queue tries again after the back-off; past the deadline the sweeper does.
    const deadline = new Date(now + 2 * backoffAfter(topic, context.attempt));
    try {
      await this.holding(context, async (tx) => {
        if (dead && run) await run.handler.gaveUp?.(tx, run.payload, context, words);
        await this.store.fail(tx, context.id, words, deadline, dead ? new Date(now) : null);
      });
    } catch (cause) {
      if (cause instanceof Superseded) return 'done';
      throw cause;
    }
    this.log[dead ? 'error' : 'warn'](dead ? 'A job was given up' : 'A job failed and is tried again', {
      topic: topic.name,
      jobId: context.id,
      count: context.attempt,
      ...(context.projectId && { projectId: context.projectId }),
      error,
    });
    return dead ? 'dead' : 'failed';
  }
}

/** A handler that does not heed the signal must not keep its place in the queue for ever. */
function beforeAbort<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  return Promise.race([
    work,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
  ]);
}

/** What is stored of an error and shown to admins: one line, no stack. */
function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').slice(0, 500) || 'no reason given';
}
