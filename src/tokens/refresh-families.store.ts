import { Injectable } from '@nestjs/common';
import { batchInsert, statement } from '../kernel/statement.js';
import type { Sink, Tx } from '../kernel/tx.js';
import { RefreshFamily } from './refresh-family.entity.js';

const families = batchInsert<RefreshFamily>(
  'refresh_family',
  [
    'id',
    'login_id',
    'client_id',
    'project_id',
    'authenticated',
    'generation',
    'current_hash',
    'previous_hash',
    'rotated_at',
    'created_at',
    'idle_expires_at',
    'expires_at',
  ],
  (row) => [
    row.id,
    row.loginId,
    row.clientId,
    row.projectId,
    row.authenticated,
    row.generation,
    row.currentHash,
    row.previousHash,
    row.rotatedAt,
    row.createdAt,
    row.idleExpiresAt,
    row.expiresAt,
  ],
);

const columns = `id, login_id AS "loginId", client_id AS "clientId", project_id AS "projectId", authenticated, generation,
  current_hash AS "currentHash", previous_hash AS "previousHash", rotated_at AS "rotatedAt", created_at AS "createdAt",
  idle_expires_at AS "idleExpiresAt", expires_at AS "expiresAt"`;

const find = statement('refresh_family.find', `SELECT ${columns} FROM refresh_family WHERE id = $1`);
const lastUses = statement(
  'refresh_family.lastUses',
  'SELECT login_id AS "loginId", rotated_at AS "rotatedAt" FROM refresh_family WHERE login_id = ANY($1)',
);
const lock = statement(
  'refresh_family.lock',
  `SELECT ${columns} FROM refresh_family WHERE id = $1 FOR UPDATE`,
);
const rotate = statement(
  'refresh_family.rotate',
  `UPDATE refresh_family SET generation = generation + 1, previous_hash = current_hash, current_hash = $3, rotated_at = $4,
     idle_expires_at = LEAST($5, expires_at)
   WHERE id = $1 AND current_hash = $2`,
);
const purge = statement(
  'refresh_family.purge',
  `DELETE FROM refresh_family WHERE id IN (SELECT id FROM refresh_family WHERE expires_at < $1 OR idle_expires_at < $1 LIMIT $2) RETURNING 1`,
);

/** The rows of `refresh_family`. */
@Injectable()
export class RefreshFamiliesStore {
  insert(sink: Pick<Sink, 'batch'>, row: RefreshFamily): void {
    sink.batch(families, row);
  }

  async find(tx: Tx, id: string): Promise<RefreshFamily | undefined> {
    return (await tx.sql<RefreshFamily>(find, [id]))[0];
  }

  lastUses(tx: Tx, loginIds: readonly string[]): Promise<Pick<RefreshFamily, 'loginId' | 'rotatedAt'>[]> {
    return tx.sql(lastUses, [loginIds]);
  }

  /** The family, held against every other refresh of it until the transaction ends. */
  async lock(tx: Tx, id: string): Promise<RefreshFamily | undefined> {
    return (await tx.sql<RefreshFamily>(lock, [id]))[0];
  }

  /** With the commit; the family must be locked, so that nobody rotates it in between. */
  rotate(tx: Tx, id: string, from: Buffer, to: Buffer, at: Date, idleExpiresAt: Date): void {
    tx.last(rotate, [id, from, to, at, idleExpiresAt]);
  }

  async purge(tx: Tx, now: Date, limit: number): Promise<number> {
    return (await tx.sql(purge, [now, limit])).length;
  }
}
