import { Injectable } from '@nestjs/common';
import { batchInsert, statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import type { AuthorizationRequest } from './authorization-request.entity.js';

const requests = batchInsert<AuthorizationRequest>(
  'authorization_request',
  [
    'handle_hash',
    'client_id',
    'project_id',
    'parameters',
    'browser_hash',
    'session_id',
    'left_session_id',
    'membership_id',
    'created_at',
    'expires_at',
  ],
  (row) => [
    row.handleHash,
    row.clientId,
    row.projectId,
    row.parameters,
    row.browserHash,
    row.sessionId,
    row.leftSessionId,
    row.membershipId,
    row.createdAt,
    row.expiresAt,
  ],
);
const columns = `handle_hash AS "handleHash", client_id AS "clientId", project_id AS "projectId", parameters, browser_hash AS "browserHash",
  session_id AS "sessionId", left_session_id AS "leftSessionId", membership_id AS "membershipId", created_at AS "createdAt", expires_at AS "expiresAt"`;
const lock = statement(
  'authorization_request.lock',
  `SELECT ${columns} FROM authorization_request WHERE handle_hash = $1 AND expires_at > $2 FOR UPDATE`,
);
const choose = statement(
  'authorization_request.choose',
  'UPDATE authorization_request SET session_id = $2, membership_id = $3 WHERE handle_hash = $1',
);
const leave = statement(
  'authorization_request.leave',
  'UPDATE authorization_request SET session_id = NULL, membership_id = NULL, left_session_id = $2 WHERE handle_hash = $1',
);
const remove = statement(
  'authorization_request.remove',
  'DELETE FROM authorization_request WHERE handle_hash = $1',
);
const purge = statement(
  'authorization_request.purge',
  'DELETE FROM authorization_request WHERE handle_hash IN (SELECT handle_hash FROM authorization_request WHERE expires_at < $1 LIMIT $2) RETURNING 1',
);

/** The rows of `authorization_request`. */
@Injectable()
export class AuthorizationRequestsStore {
  insert(tx: Tx, row: AuthorizationRequest): void {
    tx.batch(requests, row);
  }

  /** A live request, held against every other step of it until the transaction ends. */
  async lock(tx: Tx, handleHash: Buffer, now: Date): Promise<AuthorizationRequest | undefined> {
    return (await tx.sql<AuthorizationRequest>(lock, [handleHash, now]))[0];
  }

  async choose(tx: Tx, handleHash: Buffer, sessionId: string, membershipId: string | null): Promise<void> {
    await tx.sql(choose, [handleHash, sessionId, membershipId]);
  }

  async leave(tx: Tx, handleHash: Buffer, sessionId: string): Promise<void> {
    await tx.sql(leave, [handleHash, sessionId]);
  }

  remove(tx: Tx, handleHash: Buffer): void {
    tx.last(remove, [handleHash]);
  }

  async purge(tx: Tx, now: Date, limit: number): Promise<number> {
    return (await tx.sql(purge, [now, limit])).length;
  }
}
