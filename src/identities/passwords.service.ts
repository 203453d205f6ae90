import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import type { UserId } from '../kernel/ids.js';
import { Log } from '../kernel/log.js';
import { Sealer } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import type { Project } from '../projects/project.entity.js';
import { commonPasswords } from './common-passwords.js';
import { passwordRefused } from './identities.errors.js';
import { type ImportedHash, readImportedHash } from './imported-hash.js';
import { PasswordHasher } from './password-hasher.js';
import { normalizePassword, passwordProblem, passwordSentence } from './password-rules.js';
import { PasswordsStore } from './passwords.store.js';
import type { User } from './user.entity.js';
import type { UserPassword } from './user-password.entity.js';

/** For whom a password is chosen: decides its length and which words it must not lean on. */
export interface PasswordOwner {
  readonly email: string | null;
  readonly givenName: string;
  readonly familyName: string;
  /** The project that the user is scoped to; `null` for a server-scoped user, where no project has a say. */
  readonly project: Pick<Project, 'name' | 'settings'> | null;
}

/** A password that passed the rules, hashed: ready to be stored inside a transaction. Only `prepare` makes one. */
export class PreparedPassword {
  constructor(
    /** PHC string. */
    readonly hash: string,
    readonly pepperKey: string,
  ) {}
}

const product = 'Carekey';
const serverMinimum = 15;
const importedMark = 'sealed:';
// No row can have it, so looking it up costs what a real look-up costs and finds nothing.
const nobody = '00000000-0000-0000-0000-000000000000';

/**
 * The passwords of people: NFC, HMAC under the pepper, argon2id. Hashing happens outside of transactions, because it
 * may wait its turn.
 */
@Injectable()
export class PasswordsService {
  constructor(
    private readonly db: Db,
    private readonly store: PasswordsStore,
    private readonly hasher: PasswordHasher,
    private readonly sealer: Sealer,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Least characters of a password of a user of this project, or of a server-scoped user (rulings 36). */
  minimumFor(project: PasswordOwner['project']): number {
    return project?.settings.passwordMinimum ?? serverMinimum;
  }

  /**
   * Judges and hashes a new password, before any transaction.
   * @throws AppError `password-refused` with the reason, `passwords-busy`
   */
  async prepare(password: string, owner: PasswordOwner): Promise<PreparedPassword> {
    const minimum = this.minimumFor(owner.project);
    const problem = passwordProblem(password, {
      minimum,
      common: await commonPasswords(),
      context: [product, owner.project?.name ?? '', owner.email ?? '', owner.givenName, owner.familyName],
    });
    if (problem) {
      throw passwordRefused({
        sentence: passwordSentence(problem, minimum),
        field: 'password',
        detail: problem,
      });
    }
    const pepperKey = this.sealer.currentKeyId;
    return new PreparedPassword(await this.hasher.hash(this.pepper(password, pepperKey)), pepperKey);
  }

  /** Stores a prepared password in place of the one before. Ending sessions is the caller's part. */
  async set(
    tx: Tx,
    actor: Actor,
    user: Pick<User, 'id' | 'projectId'>,
    prepared: PreparedPassword,
  ): Promise<void> {
    const { hash, pepperKey } = prepared;
    await this.store.put(tx, { userId: user.id, hash, pepperKey, changedAt: this.clock.date() });
    this.recordSet(tx, actor, user);
  }

  /** Whether a password can be checked soon: asked before its budget is taken. @throws AppError `passwords-busy` */
  checkRoom(): void {
    this.hasher.checkRoom();
  }

  /**
   * Whether this is the person's password. An unknown person, one without a password and a wrong password cost the
   * same statement and the same hash computation (F127, rulings 35). The guessing budget is the caller's part.
   * @returns when it was set, for `hold`; `undefined` when it is not right. @throws AppError `passwords-busy`
   */
  async match(user: Pick<User, 'id'> | undefined, password: string): Promise<Date | undefined> {
    const stored = await this.db.read((tx) => this.store.find(tx, user?.id ?? nobody));
    const usable = stored && this.hasPepper(stored) ? stored : undefined;
    const matches = await this.verify(usable, password);
    if (!usable || !matches) return undefined;
    if (!this.hasher.isCurrent(usable.hash) || usable.pepperKey !== this.sealer.currentKeyId) {
      await this.renew(usable, password);
    }
    return usable.changedAt;
  }

  /**
   * Stores the hash that another system made of the password of a person who has none here, sealed. It becomes one of ours
   * at the next sign-in.
   */
  async import(tx: Tx, actor: Actor, user: Pick<User, 'id' | 'projectId'>, hash: string): Promise<void> {
    await this.store.put(tx, {
      userId: user.id,
      hash: importedMark + this.sealer.seal(placeOf(user.id), hash),
      pepperKey: this.sealer.currentKeyId,
      changedAt: this.clock.date(),
    });
    this.recordSet(tx, actor, user, { imported: true });
  }

  /** Whether the password of `setAt` is still set; held until the transaction ends, so that a change finds what it opened. */
  hold(tx: Tx, userId: UserId, setAt: Date): Promise<boolean> {
    return this.store.hold(tx, userId, setAt);
  }

  /**
   * Stores a prepared password in place of the one that was set at `before`, unless another one was set meanwhile.
   * @returns whether it did. Ending sessions is the caller's part.
   */
  async replace(
    tx: Tx,
    actor: Actor,
    user: Pick<User, 'id' | 'projectId'>,
    before: Date,
    { hash, pepperKey }: PreparedPassword,
  ): Promise<boolean> {
    const row = { userId: user.id, hash, pepperKey, changedAt: this.clock.date() };
    if (!(await this.store.replace(tx, before, row))) return false;
    this.recordSet(tx, actor, user);
    return true;
  }

  /** When the person's password was set; `undefined` without one. */
  async changedAt(tx: Tx, userId: UserId): Promise<Date | undefined> {
    return (await this.store.find(tx, userId))?.changedAt;
  }

  /** Whether the person has a password. */
  async has(tx: Tx, userId: UserId): Promise<boolean> {
    return (await this.store.find(tx, userId)) !== undefined;
  }

  /** Forgets the person's password; nothing happens when there is none. */
  async erase(tx: Tx, actor: Actor, user: Pick<User, 'id' | 'projectId'>): Promise<void> {
    if (!(await this.store.erase(tx, user.id))) return;
    this.audit.record(tx, {
      type: 'password.erased',
      actor,
      projectId: user.projectId,
      target: { type: 'User', id: user.id },
    });
  }

  /** How many passwords hang on which pepper key: a key may go when none does. */
  countByPepper(tx: Tx): Promise<{ pepperKey: string; count: number }[]> {
    return this.store.countByPepper(tx);
  }

  private recordSet(
    tx: Tx,
    actor: Actor,
    { id, projectId }: Pick<User, 'id' | 'projectId'>,
    detail?: { readonly imported: true },
  ): void {
    const target = { type: 'User', id };
    this.audit.record(tx, { type: 'password.set', actor, projectId, target, ...(detail && { detail }) });
  }

  /** One computation, whatever there is to compare with. */
  private verify(stored: UserPassword | undefined, password: string): Promise<boolean> {
    const imported = stored && this.imported(stored);
    if (imported) return this.hasher.verifyImported(imported, password);
    const input = this.pepper(password, stored?.pepperKey ?? this.sealer.currentKeyId);
    return this.hasher.verify(stored?.hash ?? this.hasher.dummy, input);
  }

  private imported({ userId, hash }: UserPassword): ImportedHash | undefined {
    if (!hash.startsWith(importedMark)) return undefined;
    const read = readImportedHash(this.sealer.open(placeOf(userId), hash.slice(importedMark.length)));
    if (typeof read === 'string') throw new Error(`The imported password hash of user ${userId} ${read}`);
    return read;
  }

  private async renew(stored: UserPassword, password: string): Promise<void> {
    try {
      const pepperKey = this.sealer.currentKeyId;
      const hash = await this.hasher.hash(this.pepper(password, pepperKey));
      await this.db.tx((tx) => this.store.rehash(tx, stored, hash, pepperKey));
    } catch (error) {
      // The password was right: that it keeps its old hash until next time is no reason to turn the person away.
      this.log.warn('A password hash could not be renewed', { error });
    }
  }

  private hasPepper(stored: UserPassword): boolean {
    if (this.sealer.keyIds.includes(stored.pepperKey)) return true;
    this.log.error(
      'A password needs a sealing key that is not configured: put it back into CAREKEY_SEALING_KEYS',
      {
        code: 'pepper-key-missing',
        detail: stored.pepperKey,
      },
    );
    return false;
  }

  private pepper(password: string, keyId: string): string {
    // As text, because argon2's `verify` takes no other bytes.
    return this.sealer.keyedHash('password-pepper', normalizePassword(password), keyId).toString('base64');
  }
}

const placeOf = (userId: UserId) => ({ table: 'user_password', column: 'hash', row: userId, project: null });
