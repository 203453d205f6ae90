import { Injectable } from '@nestjs/common';
import type { User } from '../identities/user.entity.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import type { Tx } from '../kernel/tx.js';
import { FactorRulesService, type Proof } from '../logins/factor-rules.service.js';
import { FactorsService } from '../mfa/factors.service.js';

/** What a person proved, and when. */
type RecentProof = Proof & { readonly authTime: Date };

/** A person looks after the own second factors. */
@Injectable()
export class OwnFactorsService {
  constructor(
    private readonly db: Db,
    private readonly factors: FactorsService,
    private readonly rules: FactorRulesService,
    private readonly clock: Clock,
  ) {}

  /** The factors of a person, how many recovery codes are left, and the time that it is. */
  of(user: Pick<User, 'id'>) {
    return this.db.read(async (tx) => {
      const all = await this.factors.list(tx, [user.id]);
      return {
        list: all.flatMap(({ kind, ...factor }) => (kind === 'recovery-code' ? [] : [{ ...factor, kind }])),
        codesLeft: await this.factors.codesLeft(tx, user.id),
        now: this.clock.now(),
      };
    });
  }

  /** New recovery codes, shown this once; none for whoever has no factor that they could stand in for. */
  renewCodes(actor: Actor, user: User, proof: RecentProof): Promise<string[] | 'sign-in-again'> {
    return this.changing(user, proof, async (tx) => {
      if ((await this.factors.kindsOf(tx, user.id)).length === 0) return [];
      return this.factors.renewCodes(tx, actor, user);
    });
  }

  /** Takes a factor away, unless it is the last one and one is demanded. @param kind as it was sent. */
  remove(
    actor: Actor,
    user: User,
    proof: RecentProof,
    kind: string | undefined,
  ): Promise<'removed' | 'none' | 'required' | 'sign-in-again'> {
    return this.changing(user, proof, async (tx) => {
      const all = await this.factors.list(tx, [user.id]);
      const lasting = all.filter((one) => one.kind !== 'recovery-code');
      const found = lasting.find((one) => one.kind === kind);
      if (!found) return 'none';
      const isLast = lasting.every((one) => one.kind === found.kind);
      if (isLast && (await this.rules.isDemandedAnywhere(tx, user))) return 'required';
      return (await this.factors.remove(tx, actor, user, found.kind)) ? 'removed' : 'none';
    });
  }

  private changing<Result>(
    user: User,
    proof: RecentProof,
    change: (tx: Tx) => Promise<Result>,
  ): Promise<Result | 'sign-in-again'> {
    return this.db.tx(async (tx) => {
      if (!(await this.rules.mayChange(tx, user, proof))) return 'sign-in-again';
      return change(tx);
    });
  }
}
