import { Injectable } from '@nestjs/common';
import type { UserId } from '../kernel/ids.js';
import { batchInsert, statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import type { HalfSignIn } from './half-sign-in.entity.js';

const halves = batchInsert<HalfSignIn>(
  'half_sign_in',
  ['secret_hash', 'browser_hash', 'user_id', 'amr', 'auth_time', 'expires_at'],
  (row) => [row.secretHash, row.browserHash, row.userId, row.amr, row.authTime, row.expiresAt],
);
const columns = `secret_hash AS "secretHash", browser_hash AS "browserHash", user_id AS "userId", amr, auth_time AS "authTime",
  expires_at AS "expiresAt"`;
const find = statement(
  'half_sign_in.find',
  `SELECT ${columns} FROM half_sign_in WHERE secret_hash = $1 AND browser_hash = $2 AND expires_at > $3`,
);
const end = statement('half_sign_in.end', 'DELETE FROM half_sign_in WHERE secret_hash = $1 RETURNING 1');
const endOfUser = statement('half_sign_in.endOfUser', 'DELETE FROM half_sign_in WHERE user_id = $1');
const purge = statement(
  'half_sign_in.purge',
  `DELETE FROM half_sign_in WHERE secret_hash IN (
     SELECT secret_hash FROM half_sign_in WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) RETURNING 1`,
);

/** The rows of `half_sign_in`. */
@Injectable()
export class HalfSignInsStore {
  insert(tx: Tx, row: HalfSignIn): void {
    tx.batch(halves, row);
  }

  async find(tx: Tx, secret: Buffer, browser: Buffer, now: Date): Promise<HalfSignIn | undefined> {
    return (await tx.sql<HalfSignIn>(find, [secret, browser, now]))[0];
  }

  /** Whether this call ended it. */
  async end(tx: Tx, secret: Buffer): Promise<boolean> {
    return (await tx.sql(end, [secret])).length === 1;
  }

  async endOfUser(tx: Tx, userId: UserId): Promise<void> {
    await tx.sql(endOfUser, [userId]);
  }

  async purge(tx: Tx, now: Date, limit: number): Promise<number> {
    return (await tx.sql(purge, [now, limit])).length;
  }
}
