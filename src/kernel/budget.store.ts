import { Injectable } from '@nestjs/common';
import { statement } from './statement.js';
import type { Tx } from './tx.js';

// One statement, so that however many take at once, each sees the count that includes itself. The count stops one
// above the limit: a flood of refused tries does not write ever larger numbers, but still renews a sliding expiry.
const take = statement(
  'rate_budget.take',
  `INSERT INTO rate_budget AS budget (key, taken, expires_at) VALUES ($1, 1, $3)
   ON CONFLICT (key) DO UPDATE SET
     taken = CASE WHEN budget.expires_at <= $2 THEN 1 ELSE LEAST(budget.taken, $4) + 1 END,
     expires_at = CASE WHEN $5 OR budget.expires_at <= $2 THEN $3 ELSE budget.expires_at END
   RETURNING taken, expires_at AS "expiresAt"`,
);
const used = statement(
  'rate_budget.used',
  'SELECT key FROM rate_budget WHERE key = ANY ($1) AND taken >= $2 AND expires_at > $3',
);
// Refused tries beyond the limit are not all counted, so a budget that was overrun gets back less, never more.
const giveBack = statement(
  'rate_budget.giveBack',
  'UPDATE rate_budget SET taken = taken - 1 WHERE key = $1 AND taken > 0',
);
const reset = statement('rate_budget.reset', 'DELETE FROM rate_budget WHERE key = $1');
const purge = statement(
  'rate_budget.purge',
  `DELETE FROM rate_budget WHERE key IN (
     SELECT key FROM rate_budget WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
   RETURNING 1`,
);

/** Table `rate_budget`. */
@Injectable()
export class BudgetStore {
  /** Counts one more. `slides`: the expiry moves on with each; else it stays that of the first. */
  async take(
    tx: Tx,
    key: Buffer,
    { now, expiresAt, limit, slides }: { now: Date; expiresAt: Date; limit: number; slides: boolean },
  ): Promise<{ taken: number; expiresAt: Date }> {
    const rows = await tx.sql<{ taken: number; expiresAt: Date }>(take, [key, now, expiresAt, limit, slides]);
    return rows[0]!;
  }

  /** Those of the keys that have no try left. */
  async used(tx: Tx, keys: readonly Buffer[], limit: number, now: Date): Promise<Buffer[]> {
    return (await tx.sql<{ key: Buffer }>(used, [keys, limit, now])).map(({ key }) => key);
  }

  async giveBack(tx: Tx, key: Buffer): Promise<void> {
    await tx.sql(giveBack, [key]);
  }

  async reset(tx: Tx, key: Buffer): Promise<void> {
    await tx.sql(reset, [key]);
  }

  async purge(tx: Tx, now: Date, limit: number): Promise<number> {
    return (await tx.sql(purge, [now, limit])).length;
  }
}
