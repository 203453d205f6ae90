import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { PasswordsService } from '../identities/passwords.service.js';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import type { Actor } from '../kernel/actor.js';
import { Budgets } from '../kernel/budgets.js';
import { Db } from '../kernel/db.js';
import { AppError } from '../kernel/errors.js';
import type { ClientId, ProjectId, UserId } from '../kernel/ids.js';
import { addressKey } from '../kernel/rate-limit.js';
import { Sealer } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';

/** Why a password was not taken. `wrong` says no more than that: not whether the account exists, is active or has one. */
export type SignInFailure =
  | { readonly ok: false; readonly reason: 'wrong' }
  | { readonly ok: false; readonly reason: 'too-many'; readonly retryAfterSeconds: number };

/** What somebody typed who wants to sign in. */
export interface PasswordAttempt {
  readonly email: string;
  readonly password: string;
  /** Whose own users are meant first; `null` means server-scoped users only (wire-spec section 1.1). */
  readonly projectId: ProjectId | null;
  /** The app into whose own form it was typed. */
  readonly clientId?: ClientId;
}

/** A person who proved with a password who they are. */
export interface ProvenPerson {
  readonly user: User;
  readonly vouchedBy: 'person';
  readonly amr: readonly string[];
}

/** What a proof leads to: a session or a login, named in the record. */
interface Opened {
  readonly target: { readonly type: string; readonly id: string };
}

/** Tries of one account from one address: then it has to wait. Others can still sign in to the account elsewhere. */
const tries = { limit: 10, windowMs: 15 * 60_000 };
/** Consecutive failures of one account from anywhere (NIST SP 800-63B-4 section 3.2.2: at most 100). */
const consecutive = { limit: 100 };

/** Sign-in with a password. Budgets are taken before the check; known and unknown names cost the same work. */
@Injectable()
export class SignInService {
  constructor(
    private readonly db: Db,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly budgets: Budgets,
    private readonly audit: AuditService,
    private readonly sealer: Sealer,
  ) {}

  /**
   * Checks a password and, when it is right, opens what the caller wants opened, in the transaction that records it.
   * @param open may refuse by throwing an AppError: the person is told, and the refusal is recorded.
   * @throws AppError `passwords-busy`, and whatever `open` throws.
   */
  async prove<Result extends Opened>(
    actor: Actor,
    input: PasswordAttempt,
    open: (tx: Tx, person: ProvenPerson) => Promise<Result>,
  ): Promise<{ readonly ok: true; readonly opened: Result } | SignInFailure> {
    this.passwords.checkRoom();
    const user = await this.db.read((tx) => this.users.findForSignIn(tx, input.email, input.projectId));
    const account = user ? `user ${user.id}` : `name ${this.nameHash(input)}`;
    const waits = await this.takeBudgets(account, actor.request.ip);
    if (waits !== undefined) {
      await this.refused(actor, user, input, 'too-many');
      return { ok: false, reason: 'too-many', retryAfterSeconds: waits };
    }
    const setAt = await this.verify(account, actor.request.ip, user, input.password);
    if (!setAt || !user || !maySignIn(user)) {
      await this.refused(actor, user, input, 'wrong');
      return { ok: false, reason: 'wrong' };
    }
    const person = { user, vouchedBy: 'person' as const, amr: ['pwd'] };
    try {
      const proof = await this.db.tx(async (tx) => {
        if (!(await this.passwords.hold(tx, user.id, setAt))) return undefined;
        await this.giveTriesBack(tx, account, actor.request.ip);
        const opened = await open(tx, person);
        this.audit.record(tx, {
          type: 'sign-in.password',
          actor: { ...actor, kind: 'user', userId: user.id },
          projectId: user.projectId,
          clientId: input.clientId,
          target: opened.target,
        });
        return { ok: true, opened } as const;
      });
      if (proof) return proof;
      // It was changed while this was being judged: what was typed is no password any more.
      await this.refused(actor, user, input, 'wrong');
      return { ok: false, reason: 'wrong' };
    } catch (error) {
      // The password was right all the same: its owner must not run out of tries.
      if (error instanceof AppError && error.kind !== 'unavailable') {
        await this.db.tx((tx) => this.giveTriesBack(tx, account, actor.request.ip));
        await this.refused(actor, user, input, error.code);
      }
      throw error;
    }
  }

  private async giveTriesBack(tx: Tx, account: string, ip: string): Promise<void> {
    await this.budgets.reset(tx, accountTries(account, ip));
    await this.budgets.reset(tx, accountFailures(account));
  }

  /**
   * Whether a signed-in person knows the password of the account, before something about it is changed. It is counted with
   * sign-ins, so that a stolen session is no way around their limits.
   * @throws AppError `passwords-busy`
   */
  async confirm(
    actor: Actor,
    user: Pick<User, 'id' | 'projectId'>,
    password: string,
  ): Promise<{ readonly ok: true } | SignInFailure> {
    this.passwords.checkRoom();
    const account = `user ${user.id}`;
    const { ip } = actor.request;
    const refused = (reason: string) =>
      this.audit.refuse({ type: 'password.set', actor, projectId: user.projectId, detail: { reason } });
    const waits = await this.takeBudgets(account, ip);
    if (waits !== undefined) {
      await refused('too-many');
      return { ok: false, reason: 'too-many', retryAfterSeconds: waits };
    }
    if (!(await this.verify(account, ip, user, password))) {
      await refused('wrong');
      return { ok: false, reason: 'wrong' };
    }
    await this.db.tx((tx) => this.giveTriesBack(tx, account, ip));
    return { ok: true };
  }

  /** Which of these people cannot sign in because of too many failures in a row, until `unlock`. */
  async lockedOut(tx: Tx, ids: readonly UserId[]): Promise<{ id: UserId }[]> {
    const keys = new Map(ids.map((id) => [accountFailures(`user ${id}`), id]));
    const used = await this.budgets.usedUp(tx, [...keys.keys()], consecutive.limit);
    return [...used].map((key) => ({ id: keys.get(key)! }));
  }

  /** Lets an account be tried again whose budget of consecutive failures is used up; for admins. */
  async unlock(tx: Tx, actor: Actor, { id, projectId }: Pick<User, 'id' | 'projectId'>): Promise<void> {
    await this.budgets.reset(tx, accountFailures(`user ${id}`));
    this.audit.record(tx, { type: 'user.unlocked', actor, projectId, target: { type: 'User', id } });
  }

  /** A name that nobody has is recorded as a keyed hash: people type passwords into the wrong field (rulings 25). */
  private nameHash(input: { readonly email: string; readonly projectId: ProjectId | null }): string {
    const name = `${input.projectId ?? ''} ${input.email.normalize('NFC').trim().toLowerCase()}`;
    return this.sealer.keyedHash('name-hash', name).toString('base64url');
  }

  /** @returns seconds to wait when a budget is used up. */
  private takeBudgets(account: string, ip: string): Promise<number | undefined> {
    // One commit for both, of its own: a try counts whatever becomes of it.
    return this.db.tx(async (tx) => {
      const here = await this.budgets.take(accountTries(account, ip), tries, tx);
      if (!here.allowed) return here.retryAfterSeconds;
      // Counted only where the address still had a try: else one address alone could close the account for everybody.
      const anywhere = await this.budgets.takeConsecutive(accountFailures(account), consecutive.limit, tx);
      return anywhere.allowed ? undefined : tries.windowMs / 1000;
    });
  }

  /** When the password was set, if it is right; its try was counted. A crowd may have come meanwhile: no check, so the try is given back. */
  private async verify(
    account: string,
    ip: string,
    user: Pick<User, 'id'> | undefined,
    password: string,
  ): Promise<Date | undefined> {
    try {
      return await this.passwords.match(user, password);
    } catch (error) {
      await this.db.tx(async (tx) => {
        await this.budgets.giveBack(tx, accountTries(account, ip));
        await this.budgets.giveBack(tx, accountFailures(account));
      });
      throw error;
    }
  }

  private refused(
    actor: Actor,
    user: User | undefined,
    input: Omit<PasswordAttempt, 'password'>,
    reason: string,
  ): Promise<void> {
    return this.audit.refuse({
      type: 'sign-in.password',
      actor,
      projectId: user?.projectId ?? null,
      clientId: input.clientId,
      ...(user && { userId: user.id }),
      detail: { reason, ...(!user && { name: this.nameHash(input) }) },
    });
  }
}

const accountTries = (account: string, ip: string) => `sign-in ${account} ${addressKey(ip)}`;
const accountFailures = (account: string) => `sign-in-failures ${account}`;

/** A server-scoped user whose address nobody has proved yet has no lasting credential (rulings 23). */
function maySignIn(user: User): boolean {
  return user.active && (user.projectId !== null || user.claimedAt !== null);
}
