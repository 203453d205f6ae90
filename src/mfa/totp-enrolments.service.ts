import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { Purges } from '../kernel/purges.js';
import { Sealer } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import type { FactorOwner } from './factor.types.js';
import { FactorNoticesService } from './factor-notices.service.js';
import { FactorTriesService } from './factor-tries.service.js';
import { totpPlace } from './factors/totp.factor.js';
import { alreadyEnrolled } from './mfa.errors.js';
import { newTotpSecret, stepOfCode, totpSetup } from './totp.js';
import { TotpFactorsStore } from './totp-factors.store.js';

const lifeMs = 600_000;

/** What an authenticator app is set up with. */
export interface TotpSetup {
  /** `otpauth:` address. */
  readonly uri: string;
  /** The same as a picture, a `data:` address. */
  readonly qrCode: string;
}

/** Adds an authenticator app: a secret is shown, and counts once a code of it was typed (F126). */
@Injectable()
export class TotpEnrolmentsService implements OnModuleInit {
  constructor(
    private readonly store: TotpFactorsStore,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
    private readonly audit: AuditService,
    private readonly tries: FactorTriesService,
    private readonly purges: Purges,
    private readonly notices: FactorNoticesService,
  ) {}

  onModuleInit(): void {
    this.purges.register({
      table: 'totp_enrolment',
      life: '10 minutes',
      purge: (tx, now, limit) => this.store.purge(tx, now, limit),
    });
  }

  /**
   * What is to be scanned. Within ten minutes and one sign-in it is the same.
   * @param boundTo names the sign-in. @param issuer whose account it is, for the app. @throws AppError `factor-already-enrolled`
   */
  async begin(tx: Tx, owner: FactorOwner, boundTo: Buffer, issuer: string): Promise<TotpSetup> {
    if ((await this.store.ofUsers(tx, [owner.id])).length > 0) throw alreadyEnrolled();
    const now = this.clock.date();
    const sealedSecret = this.sealer.seal(enrolmentPlace(owner), newTotpSecret());
    const expiresAt = new Date(now.getTime() + lifeMs);
    await this.store.begin(tx, { userId: owner.id, boundTo, sealedSecret, expiresAt }, now);
    const kept = await this.store.liveEnrolment(tx, owner.id, boundTo, now);
    return totpSetup(this.sealer.open(enrolmentPlace(owner), kept!), issuer, owner.email ?? owner.id);
  }

  /**
   * Adds the app if the code is one of what was shown. The try was taken.
   * @returns `missing`: nothing was shown, or too long ago; `wrong`: the code is not right.
   * @throws AppError `factor-already-enrolled`
   */
  async confirm(
    tx: Tx,
    actor: Actor,
    owner: FactorOwner,
    boundTo: Buffer,
    code: string,
  ): Promise<'added' | 'missing' | 'wrong'> {
    if ((await this.store.ofUsers(tx, [owner.id])).length > 0) throw alreadyEnrolled();
    const now = this.clock.date();
    const kept = await this.store.liveEnrolment(tx, owner.id, boundTo, now);
    if (kept === undefined) return 'missing';
    const secret = this.sealer.open(enrolmentPlace(owner), kept);
    const step = stepOfCode(secret, code, now.getTime());
    if (step === undefined) return 'wrong';
    const id = newId<'Factor'>(now.getTime());
    const row = {
      id,
      userId: owner.id,
      sealedSecret: this.sealer.seal(totpPlace(id, owner.projectId), secret),
      // The code that confirmed it is spent.
      lastStep: String(step),
      createdAt: now,
      lastUsedAt: now,
    };
    if (!(await this.store.insert(tx, row))) throw alreadyEnrolled();
    await this.store.endEnrolments(tx, owner.id);
    await this.tries.succeeded(tx, owner.id, boundTo);
    const target = { type: 'User', id: owner.id };
    const { projectId } = owner;
    this.audit.record(tx, { type: 'factor.added', actor, projectId, target, detail: { kind: 'totp' } });
    await this.notices.added(tx, owner, 'totp');
    return 'added';
  }
}

const enrolmentPlace = ({ id, projectId }: FactorOwner) => ({
  table: 'totp_enrolment',
  column: 'sealed_secret',
  row: id,
  project: projectId,
});
