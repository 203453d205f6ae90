import { Injectable } from '@nestjs/common';
import { In, IsNull, LessThan } from 'typeorm';
import type { DeliveryId, ProjectId } from '../kernel/ids.js';
import { type PageQuery, rowsToRead } from '../kernel/page.js';
import { batchInsert, statement } from '../kernel/statement.js';
import type { Sink, Tx } from '../kernel/tx.js';
import { type DeliveryState, EmailDelivery } from './email-delivery.entity.js';

const insert = batchInsert<EmailDelivery>(
  'email_delivery',
  [
    'id',
    'project_id',
    'user_id',
    'user_scope',
    'kind',
    'recipient',
    'state',
    'sealed',
    'created_at',
    'expires_at',
  ],
  (row) => [
    row.id,
    row.projectId,
    row.userId,
    row.userScope,
    row.kind,
    row.recipient,
    row.state,
    row.sealed,
    row.createdAt,
    row.expiresAt,
  ],
);

const columns = `id, project_id AS "projectId", user_id AS "userId", user_scope AS "userScope", kind, recipient, state, words,
  sealed, created_at AS "createdAt", settled_at AS "settledAt", expires_at AS "expiresAt"`;
const byId = statement('email_delivery.byId', `SELECT ${columns} FROM email_delivery WHERE id = $1`);
const settle = statement(
  'email_delivery.settle',
  `UPDATE email_delivery SET state = $2, words = $3, settled_at = $4, sealed = CASE WHEN $5 THEN sealed END WHERE id = $1`,
);
const revoke = statement(
  'email_delivery.revoke',
  `UPDATE email_delivery SET state = 'revoked', settled_at = $2, sealed = NULL
    WHERE id = $1 AND state IN ('queued', 'kept', 'failed')`,
);
const kept = statement(
  'email_delivery.kept',
  `SELECT ${columns} FROM email_delivery WHERE state IN ('queued', 'kept') AND sealed IS NOT NULL
    ORDER BY created_at DESC, id DESC LIMIT $1`,
);
const eraseExpired = statement(
  'email_delivery.eraseExpired',
  `UPDATE email_delivery SET sealed = NULL, settled_at = $1,
          state = CASE WHEN state IN ('queued', 'kept') THEN 'expired' ELSE state END
    WHERE id IN (SELECT id FROM email_delivery WHERE sealed IS NOT NULL AND expires_at <= $1
                  LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1`,
);
const purge = statement(
  'email_delivery.purge',
  `DELETE FROM email_delivery WHERE id IN (
     SELECT id FROM email_delivery WHERE created_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
   RETURNING 1`,
);

const recordColumns = {
  id: true,
  projectId: true,
  userId: true,
  userScope: true,
  kind: true,
  recipient: true,
  state: true,
  words: true,
  createdAt: true,
  settledAt: true,
  expiresAt: true,
} as const;

/** Table `email_delivery`. */
@Injectable()
export class EmailDeliveriesStore {
  append(tx: Pick<Sink, 'batch'>, row: EmailDelivery): void {
    tx.batch(insert, row);
  }

  async find(tx: Tx, id: DeliveryId): Promise<EmailDelivery | undefined> {
    return (await tx.sql<EmailDelivery>(byId, [id]))[0];
  }

  findMany(tx: Tx, ids: readonly DeliveryId[]): Promise<EmailDelivery[]> {
    return ids.length === 0 ? Promise.resolve([]) : tx.manager.findBy(EmailDelivery, { id: In([...ids]) });
  }

  /** Says what became of it; the mail itself is erased unless it is to be kept. */
  async settle(
    tx: Tx,
    id: DeliveryId,
    to: { readonly state: DeliveryState; readonly words: string | null; readonly keep: boolean },
    now: Date,
  ): Promise<void> {
    await tx.sql(settle, [id, to.state, to.words, now, to.keep]);
  }

  async revoke(tx: Tx, id: DeliveryId, now: Date): Promise<void> {
    await tx.sql(revoke, [id, now]);
  }

  /** Newest first; one row more than asked for when more follow. */
  list(tx: Tx, projectId: ProjectId | null, page: PageQuery<DeliveryId>): Promise<EmailDelivery[]> {
    return tx.manager.find(EmailDelivery, {
      select: recordColumns,
      where: { projectId: projectId ?? IsNull(), ...(page.after && { id: LessThan(page.after) }) },
      order: { id: 'DESC' },
      take: rowsToRead(page),
    });
  }

  /** The newest mails that stay here for want of a mail server. */
  kept(tx: Tx, limit: number): Promise<EmailDelivery[]> {
    return tx.sql<EmailDelivery>(kept, [limit]);
  }

  /** Erases up to `limit` mails whose link or code ended by `now`. */
  async eraseExpired(tx: Tx, now: Date, limit: number): Promise<number> {
    return (await tx.sql(eraseExpired, [now, limit])).length;
  }

  /** Deletes up to `limit` rows made by `madeBy`. */
  async purge(tx: Tx, madeBy: Date, limit: number): Promise<number> {
    return (await tx.sql(purge, [madeBy, limit])).length;
  }
}
