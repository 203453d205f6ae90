import { Injectable } from '@nestjs/common';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';

// Handles and codes go with their login.
const logins = statement('login.forgetAll', 'DELETE FROM login RETURNING 1');
const sessions = statement('browser_session.forgetAll', 'DELETE FROM browser_session RETURNING 1');
const halves = statement('half_sign_in.forgetAll', 'DELETE FROM half_sign_in');
const requests = statement('authorization_request.forgetAll', 'DELETE FROM authorization_request');

/** Every row of `login`, `login_handle`, `authorization_code`, `browser_session`, `half_sign_in` and `authorization_request` at once. */
@Injectable()
export class RestoredStore {
  async forgetAll(tx: Tx): Promise<{ logins: number; sessions: number }> {
    await tx.sql(requests, []);
    await tx.sql(halves, []);
    const ended = await tx.sql(sessions, []);
    return { sessions: ended.length, logins: (await tx.sql(logins, [])).length };
  }
}
