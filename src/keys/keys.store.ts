import { Injectable } from '@nestjs/common';
import { IsNull, LessThanOrEqual, Not } from 'typeorm';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import { SigningKey } from './signing-key.entity.js';

const lock = statement('signing_key.lock', `SELECT pg_advisory_xact_lock(hashtext('signing_key'))`);

/** The rows of `signing_key`. */
@Injectable()
export class KeysStore {
  /** Lets one rotation at a time through; held until the transaction ends. */
  async lock(tx: Tx): Promise<void> {
    await tx.sql(lock, []);
  }

  /** Every key that still exists, oldest first. */
  all(tx: Tx): Promise<SigningKey[]> {
    return tx.manager.find(SigningKey, { order: { createdAt: 'ASC', kid: 'ASC' } });
  }

  async insert(tx: Tx, key: SigningKey): Promise<void> {
    await tx.manager.insert(SigningKey, key);
  }

  /** Says when a key stops signing, and when it stops verifying. */
  async setEnd(tx: Tx, kid: string, retiresAt: Date | null, erasesAt: Date | null): Promise<void> {
    await tx.manager.update(SigningKey, { kid }, { retiresAt, erasesAt });
  }

  async revoke(tx: Tx, kid: string, at: Date): Promise<boolean> {
    const { affected } = await tx.manager.update(
      SigningKey,
      { kid, revokedAt: IsNull() },
      { revokedAt: at, sealedPrivateJwk: null },
    );
    return affected === 1;
  }

  /** Forgets the private part of keys that stopped signing by `before`; answers of how many. */
  async forgetPrivate(tx: Tx, before: Date): Promise<number> {
    const { affected } = await tx.manager.update(
      SigningKey,
      { retiresAt: LessThanOrEqual(before), sealedPrivateJwk: Not(IsNull()) },
      { sealedPrivateJwk: null },
    );
    return affected ?? 0;
  }
}
