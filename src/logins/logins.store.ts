import { Injectable } from '@nestjs/common';
import { batchInsert, statement } from '../kernel/statement.js';
import type { Sink, Tx } from '../kernel/tx.js';
import { Login } from './login.entity.js';

const logins = batchInsert<Login>(
  'login',
  [
    'id',
    'project_id',
    'user_id',
    'client_id',
    'membership_id',
    'session_id',
    'method',
    'vouched_by',
    'reach',
    'scope',
    'requested_scope',
    'claims',
    'auth_time',
    'amr',
    'remote_address',
    'user_agent',
    'created_at',
    'expires_at',
  ],
  (row) => [
    row.id,
    row.projectId,
    row.userId,
    row.clientId,
    row.membershipId,
    row.sessionId,
    row.method,
    row.vouchedBy,
    row.reach,
    row.scope,
    row.requestedScope,
    row.claims,
    row.authTime,
    row.amr,
    row.remoteAddress,
    row.userAgent,
    row.createdAt,
    row.expiresAt,
  ],
);

const columns = `id, project_id AS "projectId", user_id AS "userId", client_id AS "clientId", membership_id AS "membershipId",
  session_id AS "sessionId", method, vouched_by AS "vouchedBy", reach, scope, requested_scope AS "requestedScope",
  claims, auth_time AS "authTime", amr,
  remote_address AS "remoteAddress", user_agent AS "userAgent", created_at AS "createdAt", expires_at AS "expiresAt",
  revoked_at AS "revokedAt", revoked_reason AS "revokedReason"`;

const find = statement('login.find', `SELECT ${columns} FROM login WHERE id = $1`);
const revoke = statement(
  'login.revoke',
  `UPDATE login SET revoked_at = $2, revoked_reason = $3 WHERE id = $1 AND revoked_at IS NULL RETURNING ${columns}`,
);
const revokeOfSession = statement(
  'login.revokeOfSession',
  `UPDATE login SET revoked_at = $2, revoked_reason = $3 WHERE session_id = $1 AND revoked_at IS NULL RETURNING ${columns}`,
);
const moveToSession = statement(
  'login.moveToSession',
  'UPDATE login SET session_id = $2 WHERE session_id = $1 AND revoked_at IS NULL',
);
const revokeOfUser = statement(
  'login.revokeOfUser',
  `UPDATE login SET revoked_at = $2, revoked_reason = $3
    WHERE user_id = $1 AND revoked_at IS NULL AND ($4::timestamptz IS NULL OR created_at <= $4)
      AND id IS DISTINCT FROM $5 AND ($6::uuid IS NULL OR session_id IS DISTINCT FROM $6) RETURNING ${columns}`,
);
const revokeOfMembership = statement(
  'login.revokeOfMembership',
  `UPDATE login SET revoked_at = $3, revoked_reason = $4
    WHERE user_id = $1 AND membership_id = $2 AND revoked_at IS NULL
      AND ($5::timestamptz IS NULL OR created_at <= $5) RETURNING ${columns}`,
);
const revokeOfClient = statement(
  'login.revokeOfClient',
  `UPDATE login SET revoked_at = $2, revoked_reason = $3 WHERE id IN (
     SELECT id FROM login WHERE client_id = $1 AND user_id IS NOT NULL AND revoked_at IS NULL AND created_at <= $4
     ORDER BY id LIMIT $5 FOR UPDATE) RETURNING ${columns}`,
);
const revokeOfProject = statement(
  'login.revokeOfProject',
  `UPDATE login SET revoked_at = $2, revoked_reason = $3 WHERE id IN (
     SELECT id FROM login WHERE project_id = $1 AND user_id IS NOT NULL AND revoked_at IS NULL AND created_at <= $4
     ORDER BY id LIMIT $5 FOR UPDATE) RETURNING ${columns}`,
);
const liveOfUser = statement(
  'login.liveOfUser',
  `SELECT ${columns} FROM login WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
    AND membership_id IS NOT NULL AND method <> 'client' ORDER BY id DESC LIMIT 200`,
);
const liveOfProject = statement(
  'login.liveOfProject',
  `SELECT ${columns} FROM login WHERE project_id = $1 AND user_id IS NOT NULL AND revoked_at IS NULL AND expires_at > $2
     AND ($3::uuid IS NULL OR id < $3) AND ($5::uuid IS NULL OR user_id = $5) ORDER BY id DESC LIMIT $4`,
);
const purge = statement(
  'login.purge',
  'DELETE FROM login WHERE id IN (SELECT id FROM login WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) RETURNING 1',
);

/** The rows of `login`. */
@Injectable()
export class LoginsStore {
  insert(sink: Pick<Sink, 'batch'>, row: Login): void {
    sink.batch(logins, row);
  }

  async find(tx: Tx, id: string): Promise<Login | undefined> {
    return (await tx.sql<Login>(find, [id]))[0];
  }

  /** The login if this call revoked it, `undefined` if it was revoked before or is unknown. */
  async revoke(tx: Tx, id: string, at: Date, reason: string): Promise<Login | undefined> {
    return (await tx.sql<Login>(revoke, [id, at, reason]))[0];
  }

  revokeOfSession(tx: Tx, sessionId: string, at: Date, reason: string): Promise<Login[]> {
    return tx.sql<Login>(revokeOfSession, [sessionId, at, reason]);
  }

  async moveToSession(tx: Tx, from: string, to: string): Promise<void> {
    await tx.sql(moveToSession, [from, to]);
  }

  /** @param before only those that began by then. @param kept one that goes on, and the session whose logins do. */
  revokeOfUser(
    tx: Tx,
    userId: string,
    at: Date,
    reason: string,
    before: Date | null,
    kept: { readonly login: string | null; readonly session: string | null },
  ): Promise<Login[]> {
    return tx.sql<Login>(revokeOfUser, [userId, at, reason, before, kept.login, kept.session]);
  }

  /** @param before only those that began by then. */
  revokeOfMembership(
    tx: Tx,
    member: { readonly userId: string; readonly membershipId: string },
    at: Date,
    reason: string,
    before: Date | null,
  ): Promise<Login[]> {
    return tx.sql<Login>(revokeOfMembership, [member.userId, member.membershipId, at, reason, before]);
  }

  /** At most `limit` logins of people to a client that began by `before`. */
  revokeOfClient(
    tx: Tx,
    clientId: string,
    at: Date,
    reason: string,
    before: Date,
    limit: number,
  ): Promise<Login[]> {
    return tx.sql<Login>(revokeOfClient, [clientId, at, reason, before, limit]);
  }

  /** At most `limit` logins of people in a project that began by `before`. */
  revokeOfProject(
    tx: Tx,
    projectId: string,
    at: Date,
    reason: string,
    before: Date,
    limit: number,
  ): Promise<Login[]> {
    return tx.sql<Login>(revokeOfProject, [projectId, at, reason, before, limit]);
  }

  /** Live logins of a person, newest first, at most 200. */
  liveOfUser(tx: Tx, userId: string, now: Date): Promise<Login[]> {
    return tx.sql<Login>(liveOfUser, [userId, now]);
  }

  /** Live logins of people (or of one person) in one project, newest first, before `before`. */
  liveOfProject(
    tx: Tx,
    projectId: string,
    now: Date,
    before: string | null,
    limit: number,
    userId: string | null,
  ): Promise<Login[]> {
    return tx.sql<Login>(liveOfProject, [projectId, now, before, limit, userId]);
  }

  async purge(tx: Tx, now: Date, limit: number): Promise<number> {
    return (await tx.sql(purge, [now, limit])).length;
  }
}
