import { Injectable } from '@nestjs/common';
import { Budgets } from '../kernel/budgets.js';
import { Db } from '../kernel/db.js';
import type { UserId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';

/** Tries within one sign-in: afterwards it has to begin anew, with the password. */
const ofStep = { limit: 5, windowMs: 15 * 60_000 };
/**
 * Tries of one person, over all sign-ins and addresses: only whoever knows the password gets here, so nobody else can use
 * them up. At ten an hour, three of a million codes being right, a guess comes true once in four years.
 */
const ofPerson = { limit: 10, windowMs: 3_600_000 };
/** Consecutive failures of one person (NIST SP 800-63B-4 section 3.2.2: at most 100). */
const consecutive = { limit: 100 };

/** The budgets of guessing a code (rulings 34): rows, taken before the check, in a commit of their own. */
@Injectable()
export class FactorTriesService {
  constructor(
    private readonly db: Db,
    private readonly budgets: Budgets,
  ) {}

  /** Uses up a try. @param step names the sign-in. @returns seconds to wait when there is none left. */
  take(userId: UserId, step: Buffer): Promise<number | undefined> {
    return this.db.tx(async (tx) => {
      const here = await this.budgets.take(stepKey(step), ofStep, tx);
      if (!here.allowed) return here.retryAfterSeconds;
      const hour = await this.budgets.take(personKey(userId), ofPerson, tx);
      if (!hour.allowed) return hour.retryAfterSeconds;
      const row = await this.budgets.takeConsecutive(failuresKey(userId), consecutive.limit, tx);
      return row.allowed ? undefined : ofPerson.windowMs / 1000;
    });
  }

  /** The response was right. Of the hour it gives back its own try only: whoever guesses meanwhile goes on being counted. */
  async succeeded(tx: Tx, userId: UserId, step: Buffer): Promise<void> {
    await this.budgets.reset(tx, stepKey(step));
    await this.budgets.giveBack(tx, personKey(userId));
    await this.budgets.reset(tx, failuresKey(userId));
  }

  /** Lets a person try again at once; for admins. */
  async reset(tx: Tx, userId: UserId): Promise<void> {
    await this.budgets.reset(tx, personKey(userId));
    await this.budgets.reset(tx, failuresKey(userId));
  }
}

const stepKey = (step: Buffer) => `factor-step ${step.toString('base64url')}`;
const personKey = (userId: UserId) => `factor-person ${userId}`;
const failuresKey = (userId: UserId) => `factor-failures ${userId}`;
