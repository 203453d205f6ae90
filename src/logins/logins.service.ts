import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { RightsCache } from '../kernel/cache.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import {
  type ClientId,
  type LoginId,
  type MembershipId,
  newId,
  type ProjectId,
  type SessionId,
  type UserId,
} from '../kernel/ids.js';
import { Notices } from '../kernel/notices.js';
import type { Sink, Tx } from '../kernel/tx.js';
import type { ClaimNames, Login, LoginMethod, LoginReach, VouchedBy } from './login.entity.js';
import { LoginEndingsService, loginCache } from './login-endings.service.js';
import { LoginsStore } from './logins.store.js';

/** A login to begin. */
export interface NewLogin {
  readonly projectId: ProjectId | null;
  readonly userId: UserId | null;
  readonly clientId: ClientId;
  readonly membershipId: MembershipId | null;
  readonly sessionId: SessionId | null;
  readonly method: LoginMethod;
  readonly vouchedBy: VouchedBy;
  readonly reach: LoginReach;
  /** What was granted, space-separated. */
  readonly scope: string;
  /** What was asked for, space-separated. */
  readonly requestedScope: string;
  /** Claims that were asked for one by one and allowed, if any. */
  readonly claims?: ClaimNames | undefined;
  /** Now, unless the proof is older. */
  readonly authTime?: Date | undefined;
  readonly amr: readonly string[];
  /** Milliseconds until no token of it can be alive. */
  readonly life: number;
}

/** Logins: one sign-in to one app each. Revoking one ends every code, refresh family and token that came from it. */
@Injectable()
export class LoginsService {
  private readonly cache: RightsCache<Login>;

  constructor(
    private readonly db: Db,
    private readonly store: LoginsStore,
    private readonly clock: Clock,
    private readonly audit: AuditService,
    private readonly endings: LoginEndingsService,
    notices: Notices,
  ) {
    this.cache = new RightsCache(notices, loginCache, { max: 50_000 });
  }

  /** Begins a client's own login; recorded with the token that it is for. */
  startOfClient(sink: Pick<Sink, 'batch'>, actor: Actor, input: NewLogin): Login {
    const login = this.build(actor, input);
    this.store.insert(sink, login);
    return login;
  }

  /** Begins a person's login and records it. */
  start(sink: Pick<Sink, 'batch'>, actor: Actor, input: NewLogin): Login {
    const login = this.build(actor, input);
    this.store.insert(sink, login);
    this.audit.record(sink, {
      type: 'login.created',
      actor,
      projectId: input.projectId,
      ...idsOf(login),
      detail: { method: input.method, vouchedBy: input.vouchedBy, reach: input.reach, scope: input.scope },
    });
    return login;
  }

  /** A login by its id, cached; revoked ones too: look at `revokedAt`. */
  find(id: LoginId): Promise<Login | undefined> {
    return this.cache.get(id, () => this.db.read((tx) => this.store.find(tx, id)));
  }

  /** The same inside a transaction, past the cache. */
  read(tx: Tx, id: LoginId): Promise<Login | undefined> {
    return this.store.find(tx, id);
  }

  /**
   * Ends a login: its refresh family and access tokens stop working with the commit.
   * @returns whether this call ended it.
   */
  async revoke(tx: Tx, actor: Actor, id: LoginId, reason: string): Promise<boolean> {
    const login = await this.store.revoke(tx, id, this.clock.date(), reason);
    if (!login) return false;
    await this.endings.follow(tx, [login]);
    const isOther = actor.loginId !== undefined && actor.loginId !== id;
    this.audit.record(tx, {
      type: 'login.revoked',
      actor,
      projectId: login.projectId,
      target: { type: 'Login', id },
      // Whoever ends somebody else's login is the one to be named.
      ...(isOther ? {} : idsOf(login)),
      detail: { reason, ...(isOther && { user: login.userId, client: login.clientId }) },
    });
    return true;
  }

  /** Lets the logins of one browser session belong to the one that replaced it. */
  async moveToSession(tx: Tx, from: SessionId, to: SessionId): Promise<void> {
    await this.store.moveToSession(tx, from, to);
  }

  /** Live logins of a person, newest first, at most 200. */
  liveOfUser(tx: Tx, userId: UserId): Promise<Login[]> {
    return this.store.liveOfUser(tx, userId, this.clock.date());
  }

  /** Live logins of people (or of one person) in one project, newest first. */
  liveOfProject(
    tx: Tx,
    projectId: ProjectId,
    before: string | undefined,
    limit: number,
    userId?: UserId,
  ): Promise<Login[]> {
    return this.store.liveOfProject(tx, projectId, this.clock.date(), before ?? null, limit, userId ?? null);
  }

  private build(actor: Actor, input: NewLogin): Login {
    const { life, amr, claims = null, ...rest } = input;
    const now = this.clock.now();
    return {
      id: newId<'Login'>(now),
      ...rest,
      claims,
      authTime: input.authTime ?? new Date(now),
      amr: [...amr],
      remoteAddress: actor.request.ip,
      userAgent: (actor.request.userAgent ?? '').slice(0, 400),
      createdAt: new Date(now),
      expiresAt: new Date(now + life),
      revokedAt: null,
      revokedReason: null,
    };
  }
}

/** The ids of a login as audit records name them. */
export function idsOf(login: Login) {
  return {
    userId: (login.userId ?? undefined) as UserId | undefined,
    clientId: login.clientId,
    membershipId: (login.membershipId ?? undefined) as MembershipId | undefined,
    loginId: login.id,
  };
}
