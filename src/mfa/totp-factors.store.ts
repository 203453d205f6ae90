import { Injectable } from '@nestjs/common';
import type { UserId } from '../kernel/ids.js';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import type { TotpEnrolment } from './totp-enrolment.entity.js';
import type { TotpFactorRow } from './totp-factor.entity.js';

const columns = `id, user_id AS "userId", sealed_secret AS "sealedSecret", last_step AS "lastStep", created_at AS "createdAt",
  last_used_at AS "lastUsedAt"`;
const ofUsers = statement(
  'totp_factor.ofUsers',
  `SELECT ${columns} FROM totp_factor WHERE user_id = ANY($1)`,
);
const insert = statement(
  'totp_factor.insertOnce',
  `INSERT INTO totp_factor (id, user_id, sealed_secret, last_step, created_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $5)
   ON CONFLICT DO NOTHING RETURNING 1`,
);
// The row decides: of one code in two hands one is taken.
const advance = statement(
  'totp_factor.advance',
  'UPDATE totp_factor SET last_step = $2, last_used_at = $3 WHERE id = $1 AND last_step < $2 RETURNING 1',
);
const remove = statement('totp_factor.remove', 'DELETE FROM totp_factor WHERE user_id = $1 RETURNING 1');
const begin = statement(
  'totp_enrolment.begin',
  `INSERT INTO totp_enrolment (user_id, bound_to, sealed_secret, expires_at) VALUES ($1, $2, $3, $4)
   ON CONFLICT (user_id, bound_to) DO UPDATE SET sealed_secret = $3, expires_at = $4 WHERE totp_enrolment.expires_at <= $5
   RETURNING 1`,
);
const live = statement(
  'totp_enrolment.live',
  'SELECT sealed_secret AS "sealedSecret" FROM totp_enrolment WHERE user_id = $1 AND bound_to = $2 AND expires_at > $3',
);
const end = statement('totp_enrolment.end', 'DELETE FROM totp_enrolment WHERE user_id = $1');
const purge = statement(
  'totp_enrolment.purge',
  `DELETE FROM totp_enrolment WHERE (user_id, bound_to) IN (
     SELECT user_id, bound_to FROM totp_enrolment WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) RETURNING 1`,
);

/** The rows of `totp_factor` and `totp_enrolment`. */
@Injectable()
export class TotpFactorsStore {
  ofUsers(tx: Tx, userIds: readonly UserId[]): Promise<TotpFactorRow[]> {
    return tx.sql<TotpFactorRow>(ofUsers, [userIds]);
  }

  /** Whether it did: a person has one at most. */
  async insert(tx: Tx, row: TotpFactorRow): Promise<boolean> {
    const values = [row.id, row.userId, row.sealedSecret, row.lastStep, row.createdAt];
    return (await tx.sql(insert, values)).length === 1;
  }

  /** Uses up every code up to a step; whether none of them was used before. */
  async advance(tx: Tx, id: string, step: number, at: Date): Promise<boolean> {
    return (await tx.sql(advance, [id, step, at])).length === 1;
  }

  async remove(tx: Tx, userId: UserId): Promise<boolean> {
    return (await tx.sql(remove, [userId])).length === 1;
  }

  /** Keeps a secret unless a live one is there. */
  async begin(tx: Tx, { userId, boundTo, sealedSecret, expiresAt }: TotpEnrolment, now: Date): Promise<void> {
    await tx.sql(begin, [userId, boundTo, sealedSecret, expiresAt, now]);
  }

  async liveEnrolment(tx: Tx, userId: UserId, boundTo: Buffer, now: Date): Promise<string | undefined> {
    return (await tx.sql<{ sealedSecret: string }>(live, [userId, boundTo, now]))[0]?.sealedSecret;
  }

  async endEnrolments(tx: Tx, userId: UserId): Promise<void> {
    await tx.sql(end, [userId]);
  }

  async purge(tx: Tx, now: Date, limit: number): Promise<number> {
    return (await tx.sql(purge, [now, limit])).length;
  }
}
