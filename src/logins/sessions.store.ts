import { Injectable } from '@nestjs/common';
import type { SessionId, UserId } from '../kernel/ids.js';
import { batchInsert, statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import type { BrowserSession } from './browser-session.entity.js';

const sessions = batchInsert<BrowserSession>(
  'browser_session',
  [
    'id',
    'secret_hash',
    'user_id',
    'vouched_by',
    'auth_time',
    'amr',
    'remote_address',
    'user_agent',
    'created_at',
    'last_used_at',
    'expires_at',
    'ended_at',
  ],
  (row) => [
    row.id,
    row.secretHash,
    row.userId,
    row.vouchedBy,
    row.authTime,
    row.amr,
    row.remoteAddress,
    row.userAgent,
    row.createdAt,
    row.lastUsedAt,
    row.expiresAt,
    row.endedAt,
  ],
);
const columns = `id, secret_hash AS "secretHash", user_id AS "userId", vouched_by AS "vouchedBy", auth_time AS "authTime", amr,
  remote_address AS "remoteAddress", user_agent AS "userAgent", created_at AS "createdAt", last_used_at AS "lastUsedAt",
  expires_at AS "expiresAt", ended_at AS "endedAt"`;

const findBySecret = statement(
  'browser_session.findBySecret',
  `SELECT ${columns} FROM browser_session WHERE secret_hash = $1 AND ended_at IS NULL AND expires_at > $2 AND last_used_at > $3`,
);
const findUnended = statement(
  'browser_session.findUnended',
  `SELECT ${columns} FROM browser_session WHERE secret_hash = $1 AND ended_at IS NULL`,
);
// The lock makes whoever ends the session wait for what this transaction founds on it, and find it afterwards.
const hold = statement(
  'browser_session.hold',
  'SELECT 1 FROM browser_session WHERE id = $1 AND ended_at IS NULL FOR SHARE',
);
const raise = statement(
  'browser_session.raise',
  'UPDATE browser_session SET secret_hash = $2, amr = $3 WHERE id = $1 AND ended_at IS NULL RETURNING 1',
);
const touch = statement(
  'browser_session.touch',
  'UPDATE browser_session SET last_used_at = $2 WHERE id = $1 AND ended_at IS NULL',
);
const liveOfUser = statement(
  'browser_session.liveOfUser',
  `SELECT ${columns} FROM browser_session WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 AND last_used_at > $3
   ORDER BY id DESC LIMIT 200`,
);
const end = statement(
  'browser_session.end',
  'UPDATE browser_session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL RETURNING user_id AS "userId"',
);
const endOfUser = statement(
  'browser_session.endOfUser',
  `UPDATE browser_session SET ended_at = $2
    WHERE user_id = $1 AND ended_at IS NULL AND ($3::timestamptz IS NULL OR created_at <= $3)
      AND id IS DISTINCT FROM $4 RETURNING id`,
);
const purge = statement(
  'browser_session.purge',
  'DELETE FROM browser_session WHERE id IN (SELECT id FROM browser_session WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) RETURNING 1',
);

/** The rows of `browser_session`. */
@Injectable()
export class SessionsStore {
  insert(tx: Tx, row: BrowserSession): void {
    tx.batch(sessions, row);
  }

  /** A session that is neither ended, past its absolute end nor unused since `idleSince`. */
  async findBySecret(tx: Tx, hash: Buffer, now: Date, idleSince: Date): Promise<BrowserSession | undefined> {
    return (await tx.sql<BrowserSession>(findBySecret, [hash, now, idleSince]))[0];
  }

  /** A session that nobody has ended, expired or not. */
  async findUnended(tx: Tx, hash: Buffer): Promise<BrowserSession | undefined> {
    return (await tx.sql<BrowserSession>(findUnended, [hash]))[0];
  }

  async hold(tx: Tx, id: SessionId): Promise<boolean> {
    return (await tx.sql(hold, [id])).length === 1;
  }

  /** Whether the session was still there. */
  async raise(tx: Tx, id: SessionId, secretHash: Buffer, amr: readonly string[]): Promise<boolean> {
    return (await tx.sql(raise, [id, secretHash, amr])).length === 1;
  }

  async touch(tx: Tx, id: string, at: Date): Promise<void> {
    await tx.sql(touch, [id, at]);
  }

  liveOfUser(tx: Tx, userId: string, now: Date, idleSince: Date): Promise<BrowserSession[]> {
    return tx.sql<BrowserSession>(liveOfUser, [userId, now, idleSince]);
  }

  /** The person whose session this call ended. */
  async end(tx: Tx, id: SessionId, at: Date): Promise<UserId | undefined> {
    return (await tx.sql<{ userId: UserId }>(end, [id, at]))[0]?.userId;
  }

  /** @param before only those that began by then. @param kept one that goes on. */
  async endOfUser(
    tx: Tx,
    userId: string,
    at: Date,
    before: Date | null,
    kept: SessionId | null,
  ): Promise<string[]> {
    return (await tx.sql<{ id: string }>(endOfUser, [userId, at, before, kept])).map((row) => row.id);
  }

  async purge(tx: Tx, now: Date, limit: number): Promise<number> {
    return (await tx.sql(purge, [now, limit])).length;
  }
}
