import { Injectable } from '@nestjs/common';
import { batchInsert, statement } from '../kernel/statement.js';
import type { Sink, Tx } from '../kernel/tx.js';
import type { AuthorizationCode } from './authorization-code.entity.js';
import type { LoginHandle } from './login-handle.entity.js';

const codes = batchInsert<AuthorizationCode>(
  'authorization_code',
  ['hash', 'login_id', 'client_id', 'redirect_uri', 'code_challenge', 'nonce', 'created_at', 'expires_at'],
  (row) => [
    row.hash,
    row.loginId,
    row.clientId,
    row.redirectUri,
    row.codeChallenge,
    row.nonce,
    row.createdAt,
    row.expiresAt,
  ],
);
const columns = `hash, login_id AS "loginId", client_id AS "clientId", redirect_uri AS "redirectUri", code_challenge AS "codeChallenge",
  nonce, created_at AS "createdAt", expires_at AS "expiresAt", redeemed_at AS "redeemedAt"`;
const find = statement(
  'authorization_code.find',
  `SELECT ${columns} FROM authorization_code WHERE hash = $1`,
);
const lock = statement(
  'authorization_code.lock',
  `SELECT ${columns} FROM authorization_code WHERE hash = $1 FOR UPDATE`,
);
const redeem = statement(
  'authorization_code.redeem',
  'UPDATE authorization_code SET redeemed_at = $2 WHERE hash = $1 AND redeemed_at IS NULL',
);
const voidOthers = statement(
  'authorization_code.void',
  'DELETE FROM authorization_code WHERE login_id = $1 AND redeemed_at IS NULL',
);
const isRedeemed = statement(
  'authorization_code.isRedeemed',
  'SELECT 1 FROM authorization_code WHERE login_id = $1 AND redeemed_at IS NOT NULL LIMIT 1',
);
const handles = batchInsert<LoginHandle>(
  'login_handle',
  ['hash', 'login_id', 'parameters', 'expires_at'],
  (row) => [row.hash, row.loginId, row.parameters, row.expiresAt],
);
const lockHandle = statement(
  'login_handle.lock',
  `SELECT hash, login_id AS "loginId", parameters, expires_at AS "expiresAt" FROM login_handle
    WHERE hash = $1 AND expires_at > $2 FOR UPDATE`,
);
const remember = statement(
  'login_handle.remember',
  'UPDATE login_handle SET parameters = $2 WHERE hash = $1',
);
const purgeHandles = statement(
  'login_handle.purge',
  'DELETE FROM login_handle WHERE hash IN (SELECT hash FROM login_handle WHERE expires_at < $1 LIMIT $2) RETURNING 1',
);

/** The rows of `authorization_code` and `login_handle`. */
@Injectable()
export class CodesStore {
  insert(sink: Pick<Sink, 'batch'>, row: AuthorizationCode): void {
    sink.batch(codes, row);
  }

  /** Deletes codes of a login that nobody redeemed. */
  async voidUnredeemed(tx: Tx, loginId: string): Promise<void> {
    await tx.sql(voidOthers, [loginId]);
  }

  async find(tx: Tx, hash: Buffer): Promise<AuthorizationCode | undefined> {
    return (await tx.sql<AuthorizationCode>(find, [hash]))[0];
  }

  /** The code, held against every other redemption of it until the transaction ends. */
  async lock(tx: Tx, hash: Buffer): Promise<AuthorizationCode | undefined> {
    return (await tx.sql<AuthorizationCode>(lock, [hash]))[0];
  }

  redeem(tx: Tx, hash: Buffer, at: Date): void {
    tx.last(redeem, [hash, at]);
  }

  insertHandle(sink: Pick<Sink, 'batch'>, row: LoginHandle): void {
    sink.batch(handles, row);
  }

  /** The unexpired handle, held against every other step of its login until the transaction ends. */
  async lockHandle(tx: Tx, hash: Buffer, now: Date): Promise<LoginHandle | undefined> {
    return (await tx.sql<LoginHandle>(lockHandle, [hash, now]))[0];
  }

  /** Whether any code of the login was redeemed. */
  async isRedeemed(tx: Tx, loginId: string): Promise<boolean> {
    return (await tx.sql(isRedeemed, [loginId])).length > 0;
  }

  async remember(tx: Tx, hash: Buffer, parameters: LoginHandle['parameters']): Promise<void> {
    await tx.sql(remember, [hash, parameters]);
  }

  async purgeHandles(tx: Tx, now: Date, limit: number): Promise<number> {
    return (await tx.sql(purgeHandles, [now, limit])).length;
  }
}
