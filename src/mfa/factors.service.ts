import { Inject, Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import type { UserId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import type { Factor, FactorAmr, FactorKind, FactorOwner, FactorView } from './factor.types.js';
import { FactorNoticesService } from './factor-notices.service.js';
import { FactorTriesService } from './factor-tries.service.js';
import { FACTORS } from './factors/index.js';
import { RecoveryCodeFactor } from './factors/recovery-code.factor.js';

/** A response of a person to the question for a second factor. */
export interface FactorAnswer {
  readonly kind: FactorKind;
  readonly response: string;
  /** Names the sign-in that asks. */
  readonly step: Buffer;
}

/** What became of a response. `wrong` says no more than that. */
export type FactorCheck =
  | { readonly ok: true; readonly amr: FactorAmr }
  | { readonly ok: false; readonly reason: 'wrong' };

/** The second factors of people: what there is, whether a response is right, and their end. Never whether one is needed. */
@Injectable()
export class FactorsService {
  constructor(
    @Inject(FACTORS) private readonly all: readonly Factor[],
    private readonly codes: RecoveryCodeFactor,
    private readonly tries: FactorTriesService,
    private readonly audit: AuditService,
    private readonly notices: FactorNoticesService,
  ) {}

  /** Those kinds that a person can be asked for, in the order in which they are offered; empty without a second factor. */
  async kindsOf(tx: Tx, userId: UserId): Promise<FactorKind[]> {
    const found: FactorKind[] = [];
    for (const factor of this.all) {
      // Kinds that stand alone come first: whoever has none of them is asked for nothing.
      if (!factor.standsAlone && found.length === 0) break;
      if ((await factor.list(tx, [userId])).length > 0) found.push(factor.kind);
    }
    return found;
  }

  /** The factors of people; recovery codes once for all of a person's. */
  async list(tx: Tx, userIds: readonly UserId[]): Promise<FactorView[]> {
    const lists: FactorView[] = [];
    for (const factor of this.all) lists.push(...(await factor.list(tx, userIds)));
    return lists;
  }

  /**
   * Uses up a try before a response is judged, in a commit of its own.
   * @returns seconds to wait when none is left.
   */
  async takeTry(
    userId: UserId,
    { kind, step }: Pick<FactorAnswer, 'kind' | 'step'>,
  ): Promise<number | undefined> {
    return this.factor(kind).guessable ? this.tries.take(userId, step) : undefined;
  }

  /** Judges a response whose try was taken, uses it up and records that. A refusal is for the caller to record. */
  async verify(tx: Tx, actor: Actor, owner: FactorOwner, answer: FactorAnswer): Promise<FactorCheck> {
    const amr = await this.factor(answer.kind).verify(tx, owner, answer.response);
    if (!amr) return { ok: false, reason: 'wrong' };
    await this.tries.succeeded(tx, owner.id, answer.step);
    this.record(tx, actor, 'factor.used', owner, answer.kind);
    return { ok: true, amr };
  }

  /** New recovery codes in place of all from before; shown once. */
  async renewCodes(tx: Tx, actor: Actor, owner: FactorOwner): Promise<string[]> {
    // The first ones come with a factor, whose notice is enough.
    const isFirst = (await this.codesLeft(tx, owner.id)) === 0;
    if (!isFirst) await this.notices.added(tx, owner, 'recovery-codes');
    const codes = await this.codes.renew(tx, owner);
    this.record(tx, actor, 'factor.added', owner, 'recovery-code');
    return codes;
  }

  /** How many recovery codes a person has left. */
  async codesLeft(tx: Tx, userId: UserId): Promise<number> {
    return (await this.codes.left(tx, [userId]))[0]?.left ?? 0;
  }

  /** Takes the factors of one kind; recovery codes go with the last one. @returns whether there were any. */
  async remove(tx: Tx, actor: Actor, owner: FactorOwner, kind: FactorKind): Promise<boolean> {
    if ((await this.factor(kind).removeAll(tx, owner)) === 0) return false;
    this.record(tx, actor, 'factor.removed', owner, kind);
    await this.notices.removed(tx, owner, kind === 'recovery-code' ? 'recovery-codes' : kind, false);
    if ((await this.kindsOf(tx, owner.id)).length === 0) await this.codes.removeAll(tx, owner);
    return true;
  }

  /** Takes every factor from a person: an admin's reset, or a first proof of the address (rulings 23). The person is told. */
  async removeAll(tx: Tx, actor: Actor, owner: FactorOwner): Promise<boolean> {
    let removed = 0;
    for (const factor of this.all) removed += await factor.removeAll(tx, owner);
    await this.tries.reset(tx, owner.id);
    if (removed > 0) {
      this.record(tx, actor, 'factor.removed', owner, 'all');
      await this.notices.removed(tx, owner, 'all', actor.userId !== owner.id);
    }
    return removed > 0;
  }

  private factor(kind: FactorKind): Factor {
    return this.all.find((one) => one.kind === kind)!;
  }

  private record(
    tx: Tx,
    actor: Actor,
    type: 'factor.used' | 'factor.added' | 'factor.removed',
    { id, projectId }: FactorOwner,
    kind: FactorKind | 'all',
  ): void {
    this.audit.record(tx, { type, actor, projectId, target: { type: 'User', id }, detail: { kind } });
  }
}
