import { Injectable } from '@nestjs/common';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import type { Consent } from './consent.entity.js';

const find = statement(
  'consent.find',
  'SELECT id, user_id AS "userId", client_id AS "clientId", scope, granted_at AS "grantedAt" FROM consent WHERE user_id = $1 AND client_id = $2',
);
const ofUser = statement(
  'consent.ofUser',
  'SELECT id, user_id AS "userId", client_id AS "clientId", scope, granted_at AS "grantedAt" FROM consent WHERE user_id = $1 ORDER BY id LIMIT 200',
);
const merge = statement(
  'consent.merge',
  `INSERT INTO consent (id, user_id, client_id, scope, granted_at) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (user_id, client_id) DO UPDATE SET granted_at = EXCLUDED.granted_at,
     scope = ARRAY(SELECT DISTINCT unnest(consent.scope || EXCLUDED.scope))`,
);
const remove = statement(
  'consent.remove',
  'DELETE FROM consent WHERE user_id = $1 AND client_id = $2 RETURNING id',
);

/** The rows of `consent`. */
@Injectable()
export class ConsentsStore {
  async find(tx: Tx, userId: string, clientId: string): Promise<Consent | undefined> {
    return (await tx.sql<Consent>(find, [userId, clientId]))[0];
  }

  ofUser(tx: Tx, userId: string): Promise<Consent[]> {
    return tx.sql<Consent>(ofUser, [userId]);
  }

  async merge(
    tx: Tx,
    id: string,
    userId: string,
    clientId: string,
    scope: readonly string[],
    at: Date,
  ): Promise<void> {
    await tx.sql(merge, [id, userId, clientId, scope, at]);
  }

  /** @returns whether there was one. */
  async remove(tx: Tx, userId: string, clientId: string): Promise<boolean> {
    return (await tx.sql(remove, [userId, clientId])).length > 0;
  }
}
