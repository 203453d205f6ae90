import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { tooMany } from '../../kernel/errors.js';
import type { Tx } from '../../kernel/tx.js';
import { hasSecondFactor } from '../../logins/acr.js';
import { OpenLoginsService } from '../../logins/open-logins.service.js';
import type { FactorKind } from '../../mfa/factor.types.js';
import { FactorsService } from '../../mfa/factors.service.js';
import { enrolmentMissing } from '../../mfa/mfa.errors.js';
import { TotpEnrolmentsService } from '../../mfa/totp-enrolments.service.js';
import {
  factorMethodWrong,
  factorTokenWrong,
  loginExpired,
  loginRevoked,
  loginVerified,
  notEnrolled,
} from './direct-sign-in.errors.js';
import { stepOf } from './factor-questions.js';
import type { LoginResult } from './login-results.js';
import { type LoginStep, LoginWalk, type OpenLogin } from './login-walk.js';

/** A second factor belongs to the password before it: so many milliseconds from there. */
const windowMs = 600_000;

/** The second step of a login on a form of the app itself (wire-spec section 2.6). */
@Injectable()
export class LoginFactorsService {
  constructor(
    private readonly walk: LoginWalk,
    private readonly factors: FactorsService,
    private readonly enrolments: TotpEnrolmentsService,
    private readonly open: OpenLoginsService,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes a code: of the app, or a recovery code, told apart by how they look.
   * @throws AppError as `UnfinishedLoginsService.status`, and `login-already-verified`, `login-expired`,
   * `login-method-without-factor`, `not-enrolled`, `factor-token-wrong`, `too-many-requests`
   */
  async verify(step: LoginStep, token: string, mayOpenSession: boolean): Promise<LoginResult> {
    const kind: FactorKind = /^[\d\s]{6,8}$/.test(token.trim()) ? 'totp' : 'recovery-code';
    await this.take(step, kind, (kinds) => kinds.length > 0);
    return this.walk.recorded('factor.used', step, async (tx, open) => {
      await this.judge(tx, open, (kinds) => kinds.length > 0);
      const answer = { kind, response: token, step: stepOf(step.handle) };
      const check = await this.factors.verify(tx, open.actor, open.user, answer);
      if (!check.ok) throw factorTokenWrong({ field: 'token' });
      return this.goOn(tx, open, check.amr, mayOpenSession);
    });
  }

  /**
   * Sets an authenticator app up by a code of it, where one is demanded: it is the second factor of this login, too.
   * @throws AppError as `verify`, and `factor-already-enrolled`, `factor-enrolment-missing`
   */
  async enrol(step: LoginStep, token: string, mayOpenSession: boolean): Promise<LoginResult> {
    await this.take(step, 'totp', () => true);
    return this.walk.recorded('factor.added', step, async (tx, open) => {
      await this.judge(tx, open, () => true);
      const result = await this.enrolments.confirm(tx, open.actor, open.user, stepOf(step.handle), token);
      if (result === 'missing') throw enrolmentMissing();
      if (result === 'wrong') throw factorTokenWrong({ field: 'token' });
      const recoveryCodes = await this.factors.renewCodes(tx, open.actor, open.user);
      return { ...(await this.goOn(tx, open, ['otp', 'mfa'], mayOpenSession)), recoveryCodes };
    });
  }

  /** Uses up a try, in a commit of its own, of a login that is at its second step at all. */
  private async take(
    step: LoginStep,
    kind: FactorKind,
    fits: (kinds: readonly FactorKind[]) => boolean,
  ): Promise<void> {
    await this.walk.recorded('factor.used', step, async (tx, open) => {
      await this.judge(tx, open, fits);
      const wait = await this.factors.takeTry(open.user.id, { kind, step: stepOf(step.handle) });
      if (wait !== undefined) throw tooMany({ retryAfter: wait });
    });
  }

  private async judge(
    tx: Tx,
    { login, user }: OpenLogin,
    fits: (kinds: readonly FactorKind[]) => boolean,
  ): Promise<void> {
    if (login.method !== 'password' || login.vouchedBy !== 'person') throw factorMethodWrong();
    if (hasSecondFactor(login.amr) || login.membershipId) throw loginVerified();
    if (this.clock.now() - login.createdAt.getTime() > windowMs) throw loginExpired();
    if (!fits(await this.factors.kindsOf(tx, user.id))) throw notEnrolled();
  }

  private async goOn(
    tx: Tx,
    open: OpenLogin,
    given: readonly string[],
    mayOpenSession: boolean,
  ): Promise<LoginResult> {
    const amr = [...new Set([...open.login.amr, ...given])];
    if (!(await this.open.prove(tx, open.login, amr))) throw loginRevoked();
    return this.walk.stand(tx, { ...open, login: { ...open.login, amr } }, mayOpenSession);
  }
}
