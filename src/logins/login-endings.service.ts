import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import type { ClientId, LoginId, MembershipId, ProjectId, SessionId, UserId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import type { Login } from './login.entity.js';
import { LoginsStore } from './logins.store.js';
import { LogoutNotificationsService } from './logout-notifications.service.js';

/** The cache of logins. */
export const loginCache = 'login';

/** Ends logins in numbers: of a session, a person, a membership, a client, a project. Their clients are told. */
@Injectable()
export class LoginEndingsService {
  constructor(
    private readonly store: LoginsStore,
    private readonly clock: Clock,
    private readonly audit: AuditService,
    private readonly notifications: LogoutNotificationsService,
  ) {}

  /** Ends every login that a browser session led to. */
  async revokeOfSession(tx: Tx, sessionId: SessionId, reason: string): Promise<number> {
    return this.follow(tx, await this.store.revokeOfSession(tx, sessionId, this.clock.date(), reason));
  }

  /**
   * Ends every login of a person.
   * @param before only those that began by then. @param kept one that goes on, and the session whose logins do.
   */
  async revokeOfUser(
    tx: Tx,
    userId: UserId,
    reason: string,
    before: Date | null,
    kept: { readonly login: LoginId | null; readonly session: SessionId | null },
  ): Promise<number> {
    const ended = await this.store.revokeOfUser(tx, userId, this.clock.date(), reason, before, kept);
    return this.follow(tx, ended);
  }

  /**
   * Ends every login of a person that chose one membership: what a project may end of a server-scoped person.
   * @param before only those that began by then.
   */
  async revokeOfMembership(
    tx: Tx,
    actor: Actor,
    member: { readonly projectId: ProjectId; readonly userId: UserId; readonly membershipId: MembershipId },
    reason: string,
    before: Date | null = null,
  ): Promise<number> {
    const { projectId, membershipId: id } = member;
    const ended = await this.store.revokeOfMembership(tx, member, this.clock.date(), reason, before);
    this.recordMany(tx, actor, projectId, { type: 'ProjectMembership', id }, reason, ended);
    return this.follow(tx, ended);
  }

  /** Ends logins of people to a client that began by `before`, at most `limit`. @returns how many. */
  async revokeOfClient(
    tx: Tx,
    actor: Actor,
    { id, projectId }: { readonly id: ClientId; readonly projectId: ProjectId | null },
    reason: string,
    before: Date,
    limit: number,
  ): Promise<number> {
    const ended = await this.store.revokeOfClient(tx, id, this.clock.date(), reason, before, limit);
    this.recordMany(tx, actor, projectId, { type: 'ClientApplication', id }, reason, ended);
    return this.follow(tx, ended);
  }

  /** The same for the logins of people in a project. */
  async revokeOfProject(
    tx: Tx,
    actor: Actor,
    id: ProjectId,
    reason: string,
    before: Date,
    limit: number,
  ): Promise<number> {
    const ended = await this.store.revokeOfProject(tx, id, this.clock.date(), reason, before, limit);
    this.recordMany(tx, actor, id, { type: 'Project', id }, reason, ended);
    return this.follow(tx, ended);
  }

  /** What follows from the end of logins, whatever ended them. @returns how many there were. */
  async follow(tx: Tx, logins: readonly Login[]): Promise<number> {
    for (const { id } of logins) tx.invalidate(loginCache, id);
    await this.notifications.add(tx, logins);
    return logins.length;
  }

  private recordMany(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId | null,
    target: { readonly type: string; readonly id: string },
    reason: string,
    { length: logins }: readonly Login[],
  ): void {
    this.audit.record(tx, { type: 'login.revoked', actor, projectId, target, detail: { reason, logins } });
  }
}
