import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { Clock } from './clock.js';
import { Db } from './db.js';
import type { EffectHandler, JobContext } from './job-handler.types.js';
import { Jobs } from './jobs.js';
import { Log } from './log.js';
import { defineTopic } from './topics.js';
import type { Tx } from './tx.js';

/** Deletes what has outlived its purpose, every hour (rulings 47). Expiry is judged at use, never by this. */
export const expiredPurge = defineTopic('expired.purge', z.object({}), {
  everyMs: 3_600_000,
  attempts: 3,
  backoffMs: 60_000,
  leaseMs: 600_000,
});

/** One table whose rows end, with its stated life for the documentation. */
export interface Purgeable {
  readonly table: string;
  /** In words: from when on a row is deleted. */
  readonly life: string;
  /** Deletes up to `limit` rows that ended before `now`; answers how many. */
  purge(tx: Tx, now: Date, limit: number): Promise<number>;
}

const batchSize = 1_000;

/** Every table that is purged, and the job that does it: a batch is a transaction, so no table is blocked for long. */
@Injectable()
export class Purges implements OnModuleInit, EffectHandler<object, object, void> {
  private readonly tables: Purgeable[] = [];

  constructor(
    private readonly jobs: Jobs,
    private readonly db: Db,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Adds a table; called by its owner in `onModuleInit`. */
  register(purgeable: Purgeable): void {
    if (this.tables.some(({ table, life }) => table === purgeable.table && life === purgeable.life)) {
      throw new Error(`Table "${purgeable.table}" is registered twice for purging`);
    }
    this.tables.push(purgeable);
  }

  /** The stated lives, by table: the source of `docs/retention.md`. */
  lives(): { readonly table: string; readonly life: string }[] {
    return this.tables
      .map(({ table, life }) => ({ table, life }))
      .sort((a, b) => a.table.localeCompare(b.table) || a.life.localeCompare(b.life));
  }

  onModuleInit(): void {
    this.jobs.handle(expiredPurge, this);
  }

  async prepare(): Promise<object> {
    return {};
  }

  async send(_: object, { signal }: Pick<JobContext, 'signal'>): Promise<void> {
    for (const table of this.tables) {
      const count = await this.empty(table, signal);
      if (count > 0) this.log.info('Deleted what had expired', { detail: table.table, count });
    }
  }

  async finish(): Promise<void> {}

  private async empty(table: Purgeable, signal: AbortSignal): Promise<number> {
    for (let total = 0; ; ) {
      signal.throwIfAborted();
      const now = this.clock.date();
      const count = await this.db.tx((tx) => table.purge(tx, now, batchSize));
      total += count;
      if (count < batchSize) return total;
    }
  }
}
