import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BudgetStore } from './budget.store.js';
import { Clock } from './clock.js';
import { Db } from './db.js';
import { Purges } from './purges.js';
import { Sealer } from './secrets.js';
import type { Tx } from './tx.js';

/** How many tries, in how many milliseconds from the first one on. */
export interface Budget {
  readonly limit: number;
  readonly windowMs: number;
}

/** What one take came to. */
export interface Taken {
  readonly allowed: boolean;
  /** Tries that are left. */
  readonly remaining: number;
  /** When the count starts again. */
  readonly resetAt: Date;
  /** Whole seconds until then, at least 1. */
  readonly retryAfterSeconds: number;
}

const yearMs = 365 * 86_400_000;

/**
 * Budgets that guard a secret: rows in PostgreSQL on every set-up, taken before the check, so that parallel guesses
 * on many nodes are counted (rulings 34). When the database is down, taking fails, and with it the guarded check.
 * Keys name what is guarded in plain words; only a keyed hash of them is stored.
 */
@Injectable()
export class Budgets implements OnModuleInit {
  constructor(
    private readonly db: Db,
    private readonly store: BudgetStore,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
    private readonly purges: Purges,
  ) {}

  onModuleInit(): void {
    this.purges.register({
      table: 'rate_budget',
      life: 'until its window ends; a count of consecutive failures, one year after the last one',
      purge: (tx, now, limit) => this.store.purge(tx, now, limit),
    });
  }

  /**
   * Uses up one try. Commits at once, whatever becomes of the try, unless `tx` is given: then the count is part of
   * that transaction and is gone if it rolls back.
   */
  take(key: string, { limit, windowMs }: Budget, tx?: Tx): Promise<Taken> {
    return this.count(key, limit, windowMs, false, tx);
  }

  /**
   * Counts one more try in a row of failures; `reset` on success. There is no window to wait for: past the limit the
   * answer stays no (NIST SP 800-63B-4 section 3.2.2), until a year without a try.
   */
  takeConsecutive(key: string, limit: number, tx?: Tx): Promise<Taken> {
    return this.count(key, limit, yearMs, true, tx);
  }

  /** Those of the keys that have no try left. Takes nothing. */
  async usedUp(tx: Tx, keys: readonly string[], limit: number): Promise<ReadonlySet<string>> {
    const hashes = new Map(keys.map((key) => [this.hash(key).toString('hex'), key]));
    const bytes = [...hashes.keys()].map((hash) => Buffer.from(hash, 'hex'));
    const used = await this.store.used(tx, bytes, limit, new Date(this.clock.now()));
    return new Set(used.map((hash) => hashes.get(hash.toString('hex'))!));
  }

  /** Gives one try back that was taken and not used: what it was taken for did not happen. */
  giveBack(tx: Tx, key: string): Promise<void> {
    return this.store.giveBack(tx, this.hash(key));
  }

  /** Gives the whole budget back, after a success. */
  reset(tx: Tx, key: string): Promise<void> {
    return this.store.reset(tx, this.hash(key));
  }

  private async count(
    key: string,
    limit: number,
    windowMs: number,
    slides: boolean,
    tx?: Tx,
  ): Promise<Taken> {
    const now = this.clock.now();
    const entry = { now: new Date(now), expiresAt: new Date(now + windowMs), limit, slides };
    const hash = this.hash(key);
    const { taken, expiresAt } = tx
      ? await this.store.take(tx, hash, entry)
      : await this.db.tx((own) => this.store.take(own, hash, entry));
    return {
      allowed: taken <= limit,
      remaining: Math.max(0, limit - taken),
      resetAt: expiresAt,
      retryAfterSeconds: Math.max(1, Math.ceil((expiresAt.getTime() - now) / 1000)),
    };
  }

  private hash(key: string): Buffer {
    return this.sealer.keyedHash('budget', key);
  }
}
