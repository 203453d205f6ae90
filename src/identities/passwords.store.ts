import { Injectable } from '@nestjs/common';
import type { UserId } from '../kernel/ids.js';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import type { UserPassword } from './user-password.entity.js';

const find = statement(
  'user_password.find',
  `SELECT user_id AS "userId", hash, pepper_key AS "pepperKey", changed_at AS "changedAt"
   FROM user_password WHERE user_id = $1`,
);
const hold = statement(
  'user_password.hold',
  'SELECT 1 FROM user_password WHERE user_id = $1 AND changed_at = $2 FOR SHARE',
);
const put = statement(
  'user_password.put',
  `INSERT INTO user_password (user_id, hash, pepper_key, changed_at) VALUES ($1, $2, $3, $4)
   ON CONFLICT (user_id) DO UPDATE SET hash = EXCLUDED.hash, pepper_key = EXCLUDED.pepper_key,
     changed_at = EXCLUDED.changed_at`,
);
const replace = statement(
  'user_password.replace',
  'UPDATE user_password SET hash = $3, pepper_key = $4, changed_at = $5 WHERE user_id = $1 AND changed_at = $2 RETURNING 1',
);
const rehash = statement(
  'user_password.rehash',
  'UPDATE user_password SET hash = $3, pepper_key = $4 WHERE user_id = $1 AND hash = $2',
);
const erase = statement(
  'user_password.erase',
  'DELETE FROM user_password WHERE user_id = $1 RETURNING user_id',
);
const countByPepper = statement(
  'user_password.countByPepper',
  'SELECT pepper_key AS "pepperKey", count(*)::int AS count FROM user_password GROUP BY pepper_key ORDER BY 1',
);

/** The rows of `user_password`. */
@Injectable()
export class PasswordsStore {
  async find(tx: Tx, userId: string): Promise<UserPassword | undefined> {
    return (await tx.sql<UserPassword>(find, [userId]))[0];
  }

  /** Whether the password that was set at `setAt` is still there, held until the transaction ends. */
  async hold(tx: Tx, userId: UserId, setAt: Date): Promise<boolean> {
    return (await tx.sql(hold, [userId, setAt])).length === 1;
  }

  async put(tx: Tx, row: UserPassword): Promise<void> {
    await tx.sql(put, [row.userId, row.hash, row.pepperKey, row.changedAt]);
  }

  /** Puts another password in place of the one that was set at `before`; answers whether that one was still there. */
  async replace(tx: Tx, before: Date, row: UserPassword): Promise<boolean> {
    const values = [row.userId, before, row.hash, row.pepperKey, row.changedAt];
    return (await tx.sql(replace, values)).length === 1;
  }

  /** Replaces the hash of an unchanged password, unless somebody set another one meanwhile. */
  async rehash(tx: Tx, before: UserPassword, hash: string, pepperKey: string): Promise<void> {
    await tx.sql(rehash, [before.userId, before.hash, hash, pepperKey]);
  }

  /** Answers whether there was one. */
  async erase(tx: Tx, userId: UserId): Promise<boolean> {
    return (await tx.sql(erase, [userId])).length > 0;
  }

  countByPepper(tx: Tx): Promise<{ pepperKey: string; count: number }[]> {
    return tx.sql(countByPepper, []);
  }
}
