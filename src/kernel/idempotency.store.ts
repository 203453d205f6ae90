import { Injectable } from '@nestjs/common';
import { statement } from './statement.js';
import type { Tx } from './tx.js';

// Waits for another transaction that holds the same key, and takes the place of an answer that has expired.
const open = statement(
  'idempotency_key.open',
  `INSERT INTO idempotency_key AS kept (key, input_hash, expires_at) VALUES ($1, $2, $4)
   ON CONFLICT (key) DO UPDATE SET input_hash = $2, sealed_answer = NULL, expires_at = $4
     WHERE kept.expires_at <= $3
   RETURNING 1`,
);
const find = statement(
  'idempotency_key.find',
  'SELECT input_hash AS "inputHash", sealed_answer AS "sealedAnswer" FROM idempotency_key WHERE key = $1',
);
const answer = statement(
  'idempotency_key.answer',
  'UPDATE idempotency_key SET sealed_answer = $2 WHERE key = $1',
);
const purge = statement(
  'idempotency_key.purge',
  `DELETE FROM idempotency_key WHERE key IN (
     SELECT key FROM idempotency_key WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
   RETURNING 1`,
);

/** Table `idempotency_key`. */
@Injectable()
export class IdempotencyStore {
  /** Whether this transaction is the first to use the key. */
  async open(tx: Tx, key: Buffer, inputHash: Buffer, now: Date, expiresAt: Date): Promise<boolean> {
    return (await tx.sql(open, [key, inputHash, now, expiresAt])).length === 1;
  }

  async find(tx: Tx, key: Buffer): Promise<{ inputHash: Buffer; sealedAnswer: string | null } | undefined> {
    return (await tx.sql<{ inputHash: Buffer; sealedAnswer: string | null }>(find, [key]))[0];
  }

  async answer(tx: Tx, key: Buffer, sealedAnswer: string): Promise<void> {
    await tx.sql(answer, [key, sealedAnswer]);
  }

  async purge(tx: Tx, now: Date, limit: number): Promise<number> {
    return (await tx.sql(purge, [now, limit])).length;
  }
}
