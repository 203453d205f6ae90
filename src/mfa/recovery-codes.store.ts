import { Injectable } from '@nestjs/common';
import type { UserId } from '../kernel/ids.js';
import { batchInsert, statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import type { RecoveryCode } from './recovery-code.entity.js';

const codes = batchInsert<RecoveryCode>(
  'recovery_code',
  ['id', 'user_id', 'hash', 'created_at', 'used_at'],
  (row) => [row.id, row.userId, row.hash, row.createdAt, row.usedAt],
);
// The row decides: of one code in two hands one is taken.
const use = statement(
  'recovery_code.use',
  'UPDATE recovery_code SET used_at = $3 WHERE user_id = $1 AND hash = ANY($2) AND used_at IS NULL RETURNING 1',
);
const left = statement(
  'recovery_code.left',
  `SELECT user_id AS "id", count(*)::int AS left, min(created_at) AS "createdAt" FROM recovery_code
    WHERE user_id = ANY($1) AND used_at IS NULL GROUP BY user_id`,
);
const removeAll = statement(
  'recovery_code.removeAll',
  'DELETE FROM recovery_code WHERE user_id = $1 RETURNING 1',
);

/** How many codes a person has left. */
export interface CodesLeft {
  readonly id: UserId;
  readonly left: number;
  readonly createdAt: Date;
}

/** The rows of `recovery_code`. */
@Injectable()
export class RecoveryCodesStore {
  insert(tx: Tx, row: RecoveryCode): void {
    tx.batch(codes, row);
  }

  /** Whether one of these was there, unused. */
  async use(tx: Tx, userId: UserId, hashes: readonly Buffer[], at: Date): Promise<boolean> {
    return (await tx.sql(use, [userId, hashes, at])).length === 1;
  }

  left(tx: Tx, userIds: readonly UserId[]): Promise<CodesLeft[]> {
    return tx.sql<CodesLeft>(left, [userIds]);
  }

  async removeAll(tx: Tx, userId: UserId): Promise<number> {
    return (await tx.sql(removeAll, [userId])).length;
  }
}
