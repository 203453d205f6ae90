import { Injectable } from '@nestjs/common';
import type { User } from '../../identities/user.entity.js';
import { digest, type Secret } from '../../kernel/secrets.js';
import type { Tx } from '../../kernel/tx.js';
import { type FactorNeed, FactorRulesService, type Proof } from '../../logins/factor-rules.service.js';
import type { MembershipCandidate } from '../../memberships/candidates.service.js';
import { FactorsService } from '../../mfa/factors.service.js';
import { TotpEnrolmentsService } from '../../mfa/totp-enrolments.service.js';
import type { LoginResult } from './login-results.js';

/** The question for a second factor on a form of the app itself (wire-spec section 4.2). */
@Injectable()
export class FactorQuestions {
  constructor(
    private readonly rules: FactorRulesService,
    private readonly factors: FactorsService,
    private readonly enrolments: TotpEnrolmentsService,
  ) {}

  /** What the login lacks. @param choice the membership, once it is known. */
  need(
    tx: Tx,
    user: User,
    proof: Proof,
    choice: Pick<MembershipCandidate, 'projectId'> | undefined,
  ): Promise<FactorNeed> {
    return this.rules.need(tx, user, proof, choice && { projectId: choice.projectId });
  }

  /** The login result that asks: which factors there are, or what to set up. */
  async ask(
    tx: Tx,
    handle: Secret,
    user: User,
    need: Exclude<FactorNeed, 'done'>,
    choice: Pick<MembershipCandidate, 'projectName'> | undefined,
  ): Promise<LoginResult> {
    if (need === 'prove') return { handle, factors: await this.factors.kindsOf(tx, user.id) };
    const issuer = choice?.projectName ?? 'Carekey';
    return { handle, enrolment: await this.enrolments.begin(tx, user, stepOf(handle), issuer) };
  }
}

/** Names the sign-in of a handle for budgets and enrolments. */
export function stepOf(handle: Secret): Buffer {
  return digest(`login ${handle}`);
}
