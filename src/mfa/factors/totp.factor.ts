import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import type { UserId } from '../../kernel/ids.js';
import { Sealer } from '../../kernel/secrets.js';
import type { Tx } from '../../kernel/tx.js';
import type { Factor, FactorAmr, FactorOwner, FactorView } from '../factor.types.js';
import { stepOfCode } from '../totp.js';
import { TotpFactorsStore } from '../totp-factors.store.js';

/** Where the secret of an authenticator app is sealed. */
export const totpPlace = (row: string, project: string | null) => ({
  table: 'totp_factor',
  column: 'sealed_secret',
  row,
  project,
});

/** Codes of an authenticator app (RFC 6238). */
@Injectable()
export class TotpFactor implements Factor {
  readonly kind = 'totp';
  readonly standsAlone = true;
  readonly guessable = true;

  constructor(
    private readonly store: TotpFactorsStore,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
  ) {}

  async list(tx: Tx, userIds: readonly UserId[]): Promise<FactorView[]> {
    const rows = await this.store.ofUsers(tx, userIds);
    return rows.map(({ id, userId, createdAt, lastUsedAt }) => ({
      id,
      userId,
      kind: this.kind,
      createdAt,
      lastUsedAt,
    }));
  }

  async verify(tx: Tx, { id, projectId }: FactorOwner, response: string): Promise<FactorAmr | undefined> {
    const [row] = await this.store.ofUsers(tx, [id]);
    if (!row) return undefined;
    const now = this.clock.now();
    const secret = this.sealer.open(totpPlace(row.id, projectId), row.sealedSecret);
    const step = stepOfCode(secret, response, now);
    if (step === undefined || !(await this.store.advance(tx, row.id, step, new Date(now)))) return undefined;
    return ['otp', 'mfa'];
  }

  async removeAll(tx: Tx, { id }: FactorOwner): Promise<number> {
    await this.store.endEnrolments(tx, id);
    return (await this.store.remove(tx, id)) ? 1 : 0;
  }
}
