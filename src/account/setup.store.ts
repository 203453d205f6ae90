import { Injectable } from '@nestjs/common';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import { SetupLink } from './setup-link.entity.js';

const find = statement(
  'setup_link.find',
  'SELECT project_ids AS "projectIds" FROM setup_link WHERE hash = $1 AND used_at IS NULL AND expires_at > $2',
);
const use = statement(
  'setup_link.use',
  'UPDATE setup_link SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING project_ids AS "projectIds"',
);
const lock = statement('setup_link.lock', `SELECT pg_advisory_xact_lock(hashtext('setup_link'))`);
const drop = statement('setup_link.dropUnused', 'DELETE FROM setup_link WHERE used_at IS NULL');

/** The rows of `setup_link`. */
@Injectable()
export class SetupStore {
  /** Lets one making of an admin at a time through; held until the transaction ends. */
  async lock(tx: Tx): Promise<void> {
    await tx.sql(lock, []);
  }

  async insert(tx: Tx, link: SetupLink): Promise<void> {
    await tx.manager.insert(SetupLink, link);
  }

  async find(tx: Tx, hash: Buffer, now: Date): Promise<Pick<SetupLink, 'projectIds'> | undefined> {
    return (await tx.sql<Pick<SetupLink, 'projectIds'>>(find, [hash, now]))[0];
  }

  /** Uses the link up; the row if this call did it. */
  async use(tx: Tx, hash: Buffer, now: Date): Promise<Pick<SetupLink, 'projectIds'> | undefined> {
    return (await tx.sql<Pick<SetupLink, 'projectIds'>>(use, [hash, now]))[0];
  }

  /** Forgets links that nobody used: a newer one replaces them. */
  async dropUnused(tx: Tx): Promise<void> {
    await tx.sql(drop, []);
  }
}
