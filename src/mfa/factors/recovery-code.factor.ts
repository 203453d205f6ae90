import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { newId, type UserId } from '../../kernel/ids.js';
import { randomBytesOf, Sealer } from '../../kernel/secrets.js';
import type { Tx } from '../../kernel/tx.js';
import type { Factor, FactorAmr, FactorOwner, FactorView } from '../factor.types.js';
import { type CodesLeft, RecoveryCodesStore } from '../recovery-codes.store.js';

/** Letters and digits that are not mistaken for each other (Crockford's base 32). */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const groups = 4;
const groupLength = 4;
const howMany = 10;

/** Codes on paper, for the day on which the other factors are gone: 80 bits each (NIST-21), each works once (NIST-14). */
@Injectable()
export class RecoveryCodeFactor implements Factor {
  readonly kind = 'recovery-code';
  readonly standsAlone = false;
  readonly guessable = true;

  constructor(
    private readonly store: RecoveryCodesStore,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
  ) {}

  /** New codes in place of all from before. @returns them in the clear: they are shown once. */
  async renew(tx: Tx, { id }: Pick<FactorOwner, 'id'>): Promise<string[]> {
    await this.store.removeAll(tx, id);
    const now = this.clock.date();
    const codes = Array.from({ length: howMany }, newCode);
    for (const code of codes) {
      const hash = this.hash(id, plain(code), this.sealer.currentKeyId);
      this.store.insert(tx, { id: newId(now.getTime()), userId: id, hash, createdAt: now, usedAt: null });
    }
    return codes;
  }

  /** How many codes these people have left; who has none is not in the answer. */
  left(tx: Tx, userIds: readonly UserId[]): Promise<CodesLeft[]> {
    return this.store.left(tx, userIds);
  }

  async list(tx: Tx, userIds: readonly UserId[]): Promise<FactorView[]> {
    const rows = await this.store.left(tx, userIds);
    return rows.map(({ id, createdAt }) => ({
      id,
      userId: id,
      kind: this.kind,
      createdAt,
      lastUsedAt: null,
    }));
  }

  async verify(tx: Tx, { id }: FactorOwner, response: string): Promise<FactorAmr | undefined> {
    const code = plain(response);
    if (code.length !== groups * groupLength) return undefined;
    const hashes = this.sealer.keyIds.map((keyId) => this.hash(id, code, keyId));
    return (await this.store.use(tx, id, hashes, this.clock.date())) ? ['otp', 'mfa'] : undefined;
  }

  removeAll(tx: Tx, { id }: FactorOwner): Promise<number> {
    return this.store.removeAll(tx, id);
  }

  private hash(userId: UserId, code: string, keyId: string): Buffer {
    return this.sealer.keyedHash('recovery-code', `${userId} ${code}`, keyId);
  }
}

function newCode(): string {
  const letters = [...randomBytesOf(groups * groupLength)].map((byte) => alphabet[byte & 31]).join('');
  return letters.match(/.{4}/g)!.join('-');
}

/** As typed by people: case, blanks and look-alikes do not matter. */
function plain(code: string): string {
  return code.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
}
