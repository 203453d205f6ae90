import { Injectable } from '@nestjs/common';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import { Clock } from '../kernel/clock.js';
import { digest, hashSecret, type Secret } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import type { FactorKind } from '../mfa/factor.types.js';
import { FactorsService } from '../mfa/factors.service.js';
import { FactorRulesService, type Proof } from './factor-rules.service.js';
import { HalfSignInsStore } from './half-sign-ins.store.js';
import type { Session } from './sessions.service.js';

/** Where a person stands who is to give a factor: halfway in, or signed in with less than is needed. */
export interface StepPlace {
  /** The secret of a half sign-in, and the browser in which it began. */
  readonly half?: Secret | undefined;
  readonly browser: Secret | undefined;
  /** The session of this browser. With a half sign-in it is the one that gets replaced. */
  readonly session: Session | undefined;
}

/** Somebody at the second step. */
export interface SecondStep {
  readonly user: User;
  readonly proof: Proof & { readonly authTime: Date };
  /** Names this step: tries are counted by it, and an enrolment is bound to it. */
  readonly step: Buffer;
  /** What the person can be asked for; empty without a factor. */
  readonly kinds: readonly FactorKind[];
}

/** Finds who stands at a second step. */
@Injectable()
export class SecondStepPeople {
  constructor(
    private readonly halves: HalfSignInsStore,
    private readonly users: UsersService,
    private readonly factors: FactorsService,
    private readonly rules: FactorRulesService,
    private readonly clock: Clock,
  ) {}

  /** As `SecondStepService.find`. */
  async at(tx: Tx, { half, browser, session }: StepPlace): Promise<SecondStep | undefined> {
    const begun = half
      ? browser && (await this.halves.find(tx, hashSecret(half), hashSecret(browser), this.clock.date()))
      : session;
    const user = begun && (await this.users.find(begun.userId));
    if (!begun || !user?.active) return undefined;
    const vouchedBy = 'vouchedBy' in begun ? begun.vouchedBy : 'person';
    // Whoever else vouched must not even use up the person's tries (rulings 18).
    if (vouchedBy !== 'person') return undefined;
    return {
      user,
      proof: { vouchedBy, amr: begun.amr, authTime: begun.authTime },
      step: digest(half ? `half ${half}` : `session ${session!.id}`),
      kinds: await this.factors.kindsOf(tx, user.id),
    };
  }

  /** Whether an app may be set up here. */
  mayEnrol(tx: Tx, { user, proof }: SecondStep): Promise<boolean> {
    return this.rules.mayChange(tx, user, proof);
  }
}
