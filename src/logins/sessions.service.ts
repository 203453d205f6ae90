import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import { type LoginId, newId, type ProjectId, type SessionId, type UserId } from '../kernel/ids.js';
import { hashSecret, newSecret, type Secret } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import type { BrowserSession } from './browser-session.entity.js';
import { HalfSignInsStore } from './half-sign-ins.store.js';
import type { VouchedBy } from './login.entity.js';
import { LoginEndingsService } from './login-endings.service.js';
import { LoginsService } from './logins.service.js';
import { SessionsStore } from './sessions.store.js';

/** A session ends after 12 hours however it is used (NIST SP 800-63B AAL2 asks for 24 at most) ... */
export const sessionLifeMs = 12 * 3_600_000;
/** ... and after one hour without use. */
export const sessionIdleMs = 3_600_000;
/** Use is noted no more often than this, so that a page view is not always a write. */
const touchEveryMs = 60_000;

/** A live browser session. */
export interface Session {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly vouchedBy: VouchedBy;
  readonly authTime: Date;
  readonly amr: readonly string[];
  readonly remoteAddress: string;
  readonly userAgent: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
}

/** Where a person is, and stays while everything else of them ends. */
export interface Kept {
  readonly session?: SessionId | null;
  readonly login?: LoginId | null;
}

interface EndAllOptions {
  readonly projectId?: ProjectId | null;
  readonly before?: Date | null;
  readonly kept?: Kept;
  /** The logins that came from the kept session go on too. */
  readonly keepsLogins?: boolean;
}

/** Browser sessions of people: opened by a sign-in, found by the cookie's secret, ended by the person or an admin. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly db: Db,
    private readonly store: SessionsStore,
    private readonly logins: LoginsService,
    private readonly endings: LoginEndingsService,
    private readonly clock: Clock,
    private readonly audit: AuditService,
    private readonly halves: HalfSignInsStore,
  ) {}

  /**
   * Opens a session with a new secret; never continues an old one (ASVS 7.2.4).
   * @param proof what the person did, and when: now unless it says so.
   * @returns the secret for the cookie, and when the session ends at the latest.
   */
  async open(
    tx: Tx,
    actor: Actor,
    proof: { userId: UserId; vouchedBy: VouchedBy; amr: readonly string[]; authTime?: Date },
  ): Promise<{ secret: Secret; session: Session }> {
    const now = this.clock.date();
    const secret = newSecret();
    const row: BrowserSession = {
      id: newId<'Session'>(now.getTime()),
      secretHash: hashSecret(secret),
      userId: proof.userId,
      vouchedBy: proof.vouchedBy,
      authTime: proof.authTime ?? now,
      amr: [...proof.amr],
      remoteAddress: actor.request.ip,
      userAgent: (actor.request.userAgent ?? '').slice(0, 400),
      createdAt: now,
      lastUsedAt: now,
      expiresAt: new Date(now.getTime() + sessionLifeMs),
      endedAt: null,
    };
    this.store.insert(tx, row);
    return { secret, session: view(row) };
  }

  /** The live session behind a cookie's secret. */
  async find(secret: Secret): Promise<Session | undefined> {
    const now = this.clock.date();
    const row = await this.db.read((tx) =>
      this.store.findBySecret(tx, hashSecret(secret), now, this.idleSince()),
    );
    if (row && now.getTime() - row.lastUsedAt.getTime() > touchEveryMs) {
      await this.db.tx((tx) => this.store.touch(tx, row.id, now));
    }
    return row && view(row);
  }

  /**
   * Holds a live session until the transaction ends, so that nobody ends it in between and misses what comes of it.
   * @returns whether nobody has ended it.
   */
  hold(tx: Tx, { id }: Session): Promise<boolean> {
    return this.store.hold(tx, id);
  }

  /**
   * Notes what the person has proved since, and gives the session a new secret: the old one opens nothing any more (ASVS 7.2.4).
   * @returns the secret for the cookie; `undefined` when the session has ended.
   */
  async raise(tx: Tx, id: SessionId, amr: readonly string[]): Promise<Secret | undefined> {
    const secret = newSecret();
    return (await this.store.raise(tx, id, hashSecret(secret), amr)) ? secret : undefined;
  }

  /** The session behind a cookie's secret that nobody has ended, even if it has been idle too long: to sign it out. */
  async findToEnd(secret: Secret): Promise<Session | undefined> {
    const row = await this.db.read((tx) => this.store.findUnended(tx, hashSecret(secret)));
    return row && view(row);
  }

  /** Live sessions of a person, newest first, at most 200. */
  async list(userId: UserId): Promise<Session[]> {
    const rows = await this.db.read((tx) =>
      this.store.liveOfUser(tx, userId, this.clock.date(), this.idleSince()),
    );
    return rows.map(view);
  }

  /**
   * Ends the session that a browser had before a new sign-in. The apps of the same person go on, under the new one;
   * those of another person end with their session.
   */
  async replace(tx: Tx, actor: Actor, previous: Session, next: Session): Promise<void> {
    if (previous.userId !== next.userId) await this.end(tx, actor, previous.id, 'session-replaced');
    else if (await this.store.end(tx, previous.id, this.clock.date()))
      await this.logins.moveToSession(tx, previous.id, next.id);
  }

  /**
   * Ends a session and every login that came from it.
   * @param projectId the project that the person is scoped to, if any: the act goes into its chain.
   * @returns whether this call ended it.
   */
  async end(
    tx: Tx,
    actor: Actor,
    id: SessionId,
    reason: string,
    projectId: ProjectId | null = null,
  ): Promise<boolean> {
    const userId = await this.store.end(tx, id, this.clock.date());
    if (!userId) return false;
    const logins = await this.endings.revokeOfSession(tx, id, reason);
    this.audit.record(tx, {
      type: 'session.ended',
      actor,
      projectId,
      target: { type: 'Session', id },
      userId: actor.userId ?? userId,
      detail: { reason, logins, user: userId },
    });
    return true;
  }

  /**
   * Ends every session and login of a person.
   * @param projectId as for `end`. @param before only those that began by then. @param kept what goes on: where the person
   * is who asked for it.
   */
  async endAll(
    tx: Tx,
    actor: Actor,
    userId: UserId,
    reason: string,
    { projectId = null, before = null, kept = {}, keepsLogins = false }: EndAllOptions = {},
  ): Promise<void> {
    const { session = null, login = null } = kept;
    const endSessions = () => this.store.endOfUser(tx, userId, this.clock.date(), before, session);
    const sessions = await endSessions();
    await this.halves.endOfUser(tx, userId);
    const keptLogins = { login, session: keepsLogins ? session : null };
    const logins = await this.endings.revokeOfUser(tx, userId, reason, before, keptLogins);
    // A login that was left open may have opened one until the revocation held it.
    sessions.push(...(await endSessions()));
    this.audit.record(tx, {
      type: 'session.ended',
      actor,
      projectId,
      target: { type: 'User', id: userId },
      userId: actor.userId ?? userId,
      detail: { reason, sessions: sessions.length, logins },
    });
  }

  private idleSince(): Date {
    return this.clock.date(-sessionIdleMs);
  }
}

function view(row: BrowserSession): Session {
  const { secretHash: _secretHash, endedAt: _endedAt, ...rest } = row;
  return { ...rest, id: row.id, userId: row.userId };
}
