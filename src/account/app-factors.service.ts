import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Client } from '../clients/clients.service.js';
import type { User } from '../identities/user.entity.js';
import type { Actor } from '../kernel/actor.js';
import { Db } from '../kernel/db.js';
import { AppError, tooMany } from '../kernel/errors.js';
import { digest } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import { FactorRulesService } from '../logins/factor-rules.service.js';
import type { Login } from '../logins/login.entity.js';
import { FactorsService } from '../mfa/factors.service.js';
import { alreadyEnrolled, enrolmentCodeWrong, enrolmentMissing, factorRequired } from '../mfa/mfa.errors.js';
import { TotpEnrolmentsService, type TotpSetup } from '../mfa/totp-enrolments.service.js';
import { appMayNot, confinedLogin, personOnly, signInAgain, userNotEnrolled } from './account.errors.js';

/** Behind whom an access token stands. */
interface Standing {
  readonly user: User | undefined;
  readonly client: Client;
}

/**
 * A person's authenticator app, looked after in an app by its access token (wire-spec section 2.6). An app may do so if it may
 * take the person's password: any other could plant a factor of its own on everybody who signs in to it (F57).
 */
@Injectable()
export class AppFactorsService {
  constructor(
    private readonly db: Db,
    private readonly factors: FactorsService,
    private readonly enrolments: TotpEnrolmentsService,
    private readonly rules: FactorRulesService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Whether the person has an app, and what to set one up with if that may be done here now.
   * @throws AppError `person-only`
   */
  async status(
    login: Login | undefined,
    { user, client }: Standing,
  ): Promise<{ enrolled: boolean; setup?: TotpSetup }> {
    if (!login || !user) throw personOnly();
    return this.db.tx(async (tx) => {
      if (await this.has(tx, user)) return { enrolled: true };
      const may = (await this.refusal(tx, login, user, client)) === undefined;
      if (!may) return { enrolled: false };
      return { enrolled: false, setup: await this.enrolments.begin(tx, user, stepOf(login), 'Carekey') };
    });
  }

  /**
   * Sets the app up by a code of it.
   * @throws AppError `person-only`, `confined-login` (rulings 18), `app-may-not-change-factors`, `sign-in-again`,
   * `factor-already-enrolled`, `factor-enrolment-missing`, `factor-enrolment-code`, `too-many-requests`
   */
  enrol(actor: Actor, login: Login | undefined, standing: Standing, token: string): Promise<void> {
    return this.changing(actor, login, standing, 'factor.added', async (tx, user, step) => {
      const result = await this.enrolments.confirm(tx, actor, user, step, token);
      if (result === 'missing') throw enrolmentMissing();
      if (result === 'wrong') throw enrolmentCodeWrong({ field: 'token' });
    });
  }

  /**
   * Takes the app away by a code of it.
   * @throws AppError as `enrol`, and `user-not-enrolled`, `factor-required`
   */
  disable(actor: Actor, login: Login | undefined, standing: Standing, token: string): Promise<void> {
    return this.changing(actor, login, standing, 'factor.removed', async (tx, user, step) => {
      const check = await this.factors.verify(tx, actor, user, { kind: 'totp', response: token, step });
      if (!check.ok) throw enrolmentCodeWrong({ field: 'token' });
      await this.factors.remove(tx, actor, user, 'totp');
      const isLast = (await this.factors.kindsOf(tx, user.id)).length === 0;
      if (isLast && (await this.rules.isDemandedAnywhere(tx, user))) throw factorRequired();
    });
  }

  /** Takes the try in a commit of its own, then changes; a refusal is recorded by itself. */
  private async changing(
    actor: Actor,
    login: Login | undefined,
    { user, client }: Standing,
    type: 'factor.added' | 'factor.removed',
    change: (tx: Tx, user: User, step: Buffer) => Promise<void>,
  ): Promise<void> {
    try {
      if (!login || !user) throw personOnly();
      const step = stepOf(login);
      await this.db.read(async (tx) => {
        const refusal = await this.refusal(tx, login, user, client, type === 'factor.removed');
        const enrolled = await this.has(tx, user);
        if (type === 'factor.added' && enrolled && refusal?.code === signInAgain().code)
          throw alreadyEnrolled();
        if (refusal) throw refusal;
        if (type === 'factor.removed' && !enrolled) throw userNotEnrolled();
      });
      const wait = await this.factors.takeTry(user.id, { kind: 'totp', step });
      if (wait !== undefined) throw tooMany({ retryAfter: wait });
      await this.db.tx((tx) => change(tx, user, step));
    } catch (error) {
      if (error instanceof AppError && error.kind !== 'unavailable') {
        const detail = { reason: error.code };
        await this.audit.refuse({ type, actor, projectId: user?.projectId ?? null, detail });
      }
      throw error;
    }
  }

  private async refusal(
    tx: Tx,
    login: Login,
    user: User,
    { directSignIn }: Client,
    byCode = false,
  ): Promise<AppError | undefined> {
    if (login.reach !== 'full' || login.vouchedBy !== 'person') return confinedLogin();
    const mayTakePassword = user.projectId === null ? directSignIn === 'everyone' : directSignIn !== 'none';
    if (!mayTakePassword) return appMayNot();
    // A code of the app in use says more than a sign-in of a while ago.
    if (byCode || (await this.rules.mayChange(tx, user, login))) return undefined;
    return signInAgain();
  }

  private async has(tx: Tx, user: User): Promise<boolean> {
    return (await this.factors.kindsOf(tx, user.id)).includes('totp');
  }
}

const stepOf = ({ id }: Login) => digest(`access ${id}`);
