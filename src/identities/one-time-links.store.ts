import { Injectable } from '@nestjs/common';
import type { UserId } from '../kernel/ids.js';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import type { LinkPurpose } from './link-purposes.js';
import { type LinkId, OneTimeLink } from './one-time-link.entity.js';

const find = statement(
  'one_time_link.find',
  `SELECT id, purpose, user_id AS "userId", project_id AS "projectId", secret_hash AS "secretHash",
     proves_address AS "provesAddress", created_at AS "createdAt", expires_at AS "expiresAt", used_at AS "usedAt"
   FROM one_time_link WHERE id = $1`,
);
const use = statement(
  'one_time_link.use',
  'UPDATE one_time_link SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2 RETURNING 1',
);
const endOfUser = statement(
  'one_time_link.endOfUser',
  'UPDATE one_time_link SET used_at = $3 WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL',
);
const forgetAll = statement('one_time_link.forgetAll', 'DELETE FROM one_time_link');
const purge = statement(
  'one_time_link.purge',
  'DELETE FROM one_time_link WHERE id IN (SELECT id FROM one_time_link WHERE expires_at < $1 LIMIT $2) RETURNING 1',
);

/** The rows of `one_time_link`. */
@Injectable()
export class OneTimeLinksStore {
  async insert(tx: Tx, link: OneTimeLink): Promise<void> {
    await tx.manager.insert(OneTimeLink, link);
  }

  async find(tx: Tx, id: LinkId): Promise<OneTimeLink | undefined> {
    return (await tx.sql<OneTimeLink>(find, [id]))[0];
  }

  /** Uses a link up, or takes it back; answers whether this call did it. */
  async use(tx: Tx, id: LinkId, now: Date): Promise<boolean> {
    return (await tx.sql(use, [id, now])).length === 1;
  }

  /** Takes back every unused link of a person for one purpose. */
  async endOfUser(tx: Tx, userId: UserId, purpose: LinkPurpose, now: Date): Promise<void> {
    await tx.sql(endOfUser, [userId, purpose, now]);
  }

  /** Every link of everybody. */
  async forgetAll(tx: Tx): Promise<void> {
    await tx.sql(forgetAll, []);
  }

  async purge(tx: Tx, before: Date, limit: number): Promise<number> {
    return (await tx.sql(purge, [before, limit])).length;
  }
}
