import type { User } from '../identities/user.entity.js';
import type { UserId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';

/** Whose factors are meant; the project belongs to what is sealed and recorded. */
export type FactorOwner = Pick<User, 'id' | 'projectId' | 'email'>;

/** The kinds of factors that there are. */
export type FactorKind = 'totp' | 'recovery-code';

/** A factor of a person, as lists show it. */
export interface FactorView {
  readonly id: string;
  readonly userId: UserId;
  readonly kind: FactorKind;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** What a factor proves about a sign-in, as RFC 8176 names it. */
export type FactorAmr = readonly string[];

/**
 * One kind of second factor: its file and its line in `factors/index.ts`. It knows whether a response is right; when one is
 * asked for, and what a person may do about it, is decided elsewhere.
 */
export interface Factor {
  readonly kind: FactorKind;
  /** Whether whoever has it has a second factor; recovery codes only stand in for one. */
  readonly standsAlone: boolean;
  /** Whether a response can be guessed, and tries are counted. */
  readonly guessable: boolean;
  /** Those of these people. */
  list(tx: Tx, userIds: readonly UserId[]): Promise<FactorView[]>;
  /**
   * Judges a response and uses it up, in one statement, so that it works once.
   * @returns what it proves; `undefined` when it is not right or was used before.
   */
  verify(tx: Tx, owner: FactorOwner, response: string): Promise<FactorAmr | undefined>;
  /** Takes every factor of this kind from a person; how many there were. */
  removeAll(tx: Tx, owner: FactorOwner): Promise<number>;
}
