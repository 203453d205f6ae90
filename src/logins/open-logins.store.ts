import { Injectable } from '@nestjs/common';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import type { Login } from './login.entity.js';

const settle = statement(
  'login.settle',
  `UPDATE login SET project_id = $2, membership_id = $3, session_id = $4, scope = $5, expires_at = $6
    WHERE id = $1 AND membership_id IS NULL AND revoked_at IS NULL RETURNING 1`,
);
const prove = statement(
  'login.prove',
  'UPDATE login SET amr = $2 WHERE id = $1 AND membership_id IS NULL AND revoked_at IS NULL RETURNING 1',
);
const narrow = statement(
  'login.narrow',
  'UPDATE login SET scope = $2, expires_at = $3 WHERE id = $1 AND revoked_at IS NULL RETURNING 1',
);

type SettledColumns = Pick<Login, 'projectId' | 'membershipId' | 'sessionId' | 'scope' | 'expiresAt'>;

/** What still changes in the rows of `login` that have no token. */
@Injectable()
export class OpenLoginsStore {
  /** Answers whether it did: a login that has ended, or has its membership, stays as it is. */
  async settle(tx: Tx, id: string, to: SettledColumns): Promise<boolean> {
    const { projectId, membershipId, sessionId, scope, expiresAt } = to;
    return (await tx.sql(settle, [id, projectId, membershipId, sessionId, scope, expiresAt])).length === 1;
  }

  async prove(tx: Tx, id: string, amr: readonly string[]): Promise<boolean> {
    return (await tx.sql(prove, [id, amr])).length === 1;
  }

  async narrow(tx: Tx, id: string, scope: string, expiresAt: Date): Promise<boolean> {
    return (await tx.sql(narrow, [id, scope, expiresAt])).length === 1;
  }
}
