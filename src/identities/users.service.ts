import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { RightsCache } from '../kernel/cache.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import { defineEnding, endingAt } from '../kernel/endings.js';
import { conflict, notFound } from '../kernel/errors.js';
import { newId, type ProjectId, type UserId } from '../kernel/ids.js';
import { defined, lineOfText, parseInput } from '../kernel/input.js';
import { Notices } from '../kernel/notices.js';
import { Outbox } from '../kernel/outbox.js';
import { type Page, type PageQuery, pageOf } from '../kernel/page.js';
import type { Tx } from '../kernel/tx.js';
import { emailInput, normalizeEmail } from './email-address.js';
import { User } from './user.entity.js';
import { UsersStore } from './users.store.js';

const names = { givenName: lineOfText(1, 128), familyName: lineOfText(1, 128) };
const creation = z.strictObject({
  ...names,
  email: emailInput.nullable().default(null),
  /** Whoever runs the server vouches for the address: no proof by mail is asked for. */
  claimed: z.boolean().default(false),
});
const edition = z.strictObject(names).partial();

/** A person was deactivated. */
export const userEnded = defineEnding('user.ended');

export type UserInput = z.input<typeof creation> & { readonly projectId: ProjectId | null };
export type UserChanges = z.input<typeof edition>;

/**
 * People who sign in. `scope` is the project whose own users are meant, or `null` for the server-scoped ones: a user
 * of another scope is not found. Judges no rights.
 */
@Injectable()
export class UsersService {
  private readonly cache: RightsCache<User>;

  constructor(
    private readonly db: Db,
    private readonly store: UsersStore,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    notices: Notices,
  ) {
    this.cache = new RightsCache(notices, 'user');
  }

  /** Makes a user without credentials. @throws AppError `invalid-input`, `email-taken` */
  async create(tx: Tx, actor: Actor, { projectId, ...input }: UserInput): Promise<User> {
    const { claimed, ...fields } = parseInput(creation, input);
    const now = this.clock.date();
    const user: User = {
      ...fields,
      id: newId(now.getTime()),
      projectId,
      emailVerified: false,
      claimedAt: claimed ? now : null,
      active: true,
      createdAt: now,
      updatedAt: now,
      version: 1,
      author: actor.profile ?? null,
    };
    await this.store.insert(tx, user);
    this.record(tx, actor, 'user.created', user, { claimed });
    return user;
  }

  /** Changes names. @throws AppError `not-found`, `conflict` when `version` is no longer current */
  async edit(
    tx: Tx,
    actor: Actor,
    scope: ProjectId | null,
    id: UserId,
    version: number,
    changes: UserChanges,
  ): Promise<User> {
    const fields = defined(parseInput(edition, changes));
    const user = await this.get(tx, scope, id);
    await this.write(tx, actor, user, fields, version);
    this.record(tx, actor, 'user.changed', user, { changed: Object.keys(fields).sort().join(' ') });
    return this.get(tx, scope, id);
  }

  /** Ends every access of the person at once, until `activate`. */
  deactivate(tx: Tx, actor: Actor, scope: ProjectId | null, id: UserId): Promise<User> {
    return this.setActive(tx, actor, scope, id, false);
  }

  /** Lets a deactivated person in again. */
  activate(tx: Tx, actor: Actor, scope: ProjectId | null, id: UserId): Promise<User> {
    return this.setActive(tx, actor, scope, id, true);
  }

  /**
   * Records that the person proved the address by a link in the server's own mail.
   * @returns whether this was the first proof: then every credential from before must go (rulings 23).
   */
  async claim(tx: Tx, actor: Actor, id: UserId): Promise<{ user: User; first: boolean }> {
    const user = await this.store.find(tx, id);
    if (!user) throw notFound();
    const first = user.claimedAt === null;
    if (!first && user.emailVerified) return { user, first };
    await this.write(tx, actor, user, {
      claimedAt: user.claimedAt ?? this.clock.date(),
      emailVerified: true,
    });
    this.record(tx, actor, 'user.changed', user, { claimed: true });
    return { user: await this.get(tx, user.projectId, id), first };
  }

  /** The user, from the cache when it may answer. For judging access; not inside a transaction. */
  find(id: UserId): Promise<User | undefined> {
    return this.cache.get(id, () => this.db.read((tx) => this.store.find(tx, id)));
  }

  /** The user of a scope as this transaction sees it. @throws AppError `not-found` */
  async get(tx: Tx, scope: ProjectId | null, id: UserId): Promise<User> {
    const user = await this.store.findInScope(tx, id, scope);
    if (!user) throw notFound();
    return user;
  }

  /** Those of the named users that exist, of any scope, in no order. For views of memberships. */
  findMany(tx: Tx, ids: readonly UserId[]): Promise<User[]> {
    return this.store.findMany(tx, ids);
  }

  /**
   * Who is meant by an address typed at sign-in: the project's own user first, else the server-scoped one; without
   * a project the server-scoped one only (wire-spec section 1.1). Active or not.
   */
  async findForSignIn(tx: Tx, email: string, projectId: ProjectId | null): Promise<User | undefined> {
    // Text that is no address runs the same statement: the work done must not depend on it.
    return this.store.findForSignIn(tx, normalizeEmail(email) ?? '', projectId);
  }

  /** The user of exactly one scope with this address. */
  async findByEmail(tx: Tx, scope: ProjectId | null, email: string): Promise<User | undefined> {
    const address = normalizeEmail(email);
    return address === undefined ? undefined : this.store.findByEmail(tx, address, scope);
  }

  /** The users of a scope, oldest first. */
  async list(tx: Tx, query: PageQuery<UserId> & { projectId: ProjectId | null }): Promise<Page<User>> {
    return pageOf(await this.store.list(tx, query.projectId, query), query);
  }

  private async setActive(
    tx: Tx,
    actor: Actor,
    scope: ProjectId | null,
    id: UserId,
    active: boolean,
  ): Promise<User> {
    const user = await this.get(tx, scope, id);
    if (user.active === active) return user;
    await this.write(tx, actor, user, { active });
    this.record(tx, actor, 'user.changed', user, { active });
    if (!active) {
      const payload = endingAt(this.clock.date(), id);
      this.outbox.add(tx, { topic: userEnded, payload, projectId: user.projectId });
    }
    return this.get(tx, scope, id);
  }

  private async write(
    tx: Tx,
    actor: Actor,
    user: User,
    changes: Partial<User>,
    version = user.version,
  ): Promise<void> {
    const updatedAt = this.clock.date();
    if (!(await this.store.update(tx, actor, user, version, { ...changes, updatedAt }))) throw conflict();
    tx.invalidate(this.cache.name, user.id);
  }

  private record(
    tx: Tx,
    actor: Actor,
    type: 'user.created' | 'user.changed',
    user: User,
    detail: Record<string, string | boolean>,
  ): void {
    const target = { type: 'User', id: user.id };
    this.audit.record(tx, { type, actor, projectId: user.projectId, target, detail });
  }
}
