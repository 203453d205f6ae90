import { Injectable } from '@nestjs/common';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import type { ClientAssertion } from './client-assertion.entity.js';

const burn = statement(
  'client_assertion.burn',
  `INSERT INTO client_assertion (client_id, jti_hash, expires_at) VALUES ($1, $2, $3)
   ON CONFLICT DO NOTHING RETURNING 1`,
);
const purge = statement(
  'client_assertion.purge',
  `DELETE FROM client_assertion WHERE (client_id, jti_hash) IN
     (SELECT client_id, jti_hash FROM client_assertion WHERE expires_at < $1 LIMIT $2) RETURNING 1`,
);

/** The rows of `client_assertion`. */
@Injectable()
export class ClientAssertionsStore {
  /** Waits for a transaction that is burning the same one; answers whether this one did it. */
  async burn(tx: Tx, { clientId, jtiHash, expiresAt }: ClientAssertion): Promise<boolean> {
    return (await tx.sql(burn, [clientId, jtiHash, expiresAt])).length === 1;
  }

  async purge(tx: Tx, now: Date, limit: number): Promise<number> {
    return (await tx.sql(purge, [now, limit])).length;
  }
}
