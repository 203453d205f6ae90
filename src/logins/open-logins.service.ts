import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import type { MembershipId, ProjectId, SessionId } from '../kernel/ids.js';
import type { Secret } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import { CodesService } from './codes.service.js';
import type { Login } from './login.entity.js';
import { loginCache } from './login-endings.service.js';
import type { UnfinishedParameters } from './login-handle.entity.js';
import { idsOf, LoginsService } from './logins.service.js';
import { OpenLoginsStore } from './open-logins.store.js';

/** What a login becomes when its membership is chosen. */
export interface SettledLogin {
  readonly projectId: ProjectId;
  readonly membershipId: MembershipId;
  readonly sessionId: SessionId | null;
  /** What is granted, space-separated. */
  readonly scope: string;
  /** Milliseconds from now until no token of it can be alive. */
  readonly life: number;
}

/** What may still change about a login that has no token yet. Whoever calls holds its handle. */
@Injectable()
export class OpenLoginsService {
  constructor(
    private readonly store: OpenLoginsStore,
    private readonly logins: LoginsService,
    private readonly codes: CodesService,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /**
   * The login behind a live handle, held against every other step of it. Its codes that were not redeemed are void from
   * here on; `redeemed` says that one was, and that the login is finished.
   */
  async lock(
    tx: Tx,
    handle: Secret,
  ): Promise<
    | { readonly login: Login; readonly parameters: UnfinishedParameters; readonly redeemed: boolean }
    | undefined
  > {
    const found = await this.codes.lockHandle(tx, handle);
    const login = found && (await this.logins.read(tx, found.loginId));
    if (!login) return undefined;
    return { login, parameters: found.parameters, ...(await this.codes.closeUnredeemed(tx, login.id)) };
  }

  /** Gives a login that was left open the membership that the person chose. @returns whether it was still alive. */
  async settle(tx: Tx, actor: Actor, login: Login, to: SettledLogin): Promise<boolean> {
    const { life, ...columns } = to;
    if (!(await this.store.settle(tx, login.id, { ...columns, expiresAt: this.clock.date(life) })))
      return false;
    this.chosen(tx, actor, 'login.profile-chosen', { ...login, ...columns });
    return true;
  }

  /** Notes what the person proved since (RFC 8176). @returns whether the login was still alive and open. */
  prove(tx: Tx, login: Login, amr: readonly string[]): Promise<boolean> {
    tx.invalidate(loginCache, login.id);
    return this.store.prove(tx, login.id, amr);
  }

  /** Keeps what was chosen until a second factor is given. */
  remember(tx: Tx, handle: Secret, parameters: UnfinishedParameters): Promise<void> {
    return this.codes.remember(tx, handle, parameters);
  }

  /** Takes scopes away. @param life as in `SettledLogin`. @returns whether the login was still alive. */
  async narrow(tx: Tx, actor: Actor, login: Login, scope: string, life: number): Promise<boolean> {
    if (!(await this.store.narrow(tx, login.id, scope, this.clock.date(life)))) return false;
    this.chosen(tx, actor, 'login.scope-chosen', { ...login, scope });
    return true;
  }

  private chosen(
    tx: Tx,
    actor: Actor,
    type: 'login.profile-chosen' | 'login.scope-chosen',
    login: Login,
  ): void {
    tx.invalidate(loginCache, login.id);
    const { projectId, scope } = login;
    this.audit.record(tx, { type, actor, projectId, ...idsOf(login), detail: { scope } });
  }
}
