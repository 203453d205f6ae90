import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import type { AuditEventType } from '../../audit/event-types.js';
import { type LiveLogin, LivenessService } from '../../authentication/liveness.service.js';
import type { Actor } from '../../kernel/actor.js';
import { Db } from '../../kernel/db.js';
import { AppError, notFound } from '../../kernel/errors.js';
import { parseId, type UserId } from '../../kernel/ids.js';
import type { Secret } from '../../kernel/secrets.js';
import type { Tx } from '../../kernel/tx.js';
import type { UnfinishedParameters } from '../../logins/login-handle.entity.js';
import { idsOf } from '../../logins/logins.service.js';
import { OpenLoginsService } from '../../logins/open-logins.service.js';
import { sessionLifeMs } from '../../logins/sessions.service.js';
import { narrowedScopes } from '../../smart/client-scopes.js';
import { CodeIssuer } from '../authorize/code-issuer.js';
import {
  invalidScope,
  loginGranted,
  loginRevoked,
  profileAlreadySet,
  profileNotFound,
  profileNotSet,
} from './direct-sign-in.errors.js';
import { type LoginResult, LoginResults } from './login-results.js';

/** Who goes on with a login that is not finished. */
export interface LoginStep {
  readonly actor: Actor;
  readonly handle: Secret;
}

type OpenLogin = Omit<LiveLogin, 'user'> & {
  readonly parameters: UnfinishedParameters;
  readonly userId: UserId;
  readonly actor: Actor;
};

/** The steps between the password and the token, each with the handle as its credential (wire-spec section 4). */
@Injectable()
export class UnfinishedLoginsService {
  constructor(
    private readonly db: Db,
    private readonly open: OpenLoginsService,
    private readonly liveness: LivenessService,
    private readonly issuer: CodeIssuer,
    private readonly results: LoginResults,
    private readonly audit: AuditService,
  ) {}

  /** Where the login stands. @throws AppError `not-found`, `login-revoked`, `login-granted` */
  status({ handle, actor }: LoginStep): Promise<LoginResult> {
    return this.db.tx(async (tx) => {
      const { login, userId, client, parameters } = await this.lock(tx, handle, actor);
      if (login.membershipId) return this.results.withCode(tx, handle, login, parameters);
      return { handle, choices: await this.results.choices(tx, userId, client, parameters) };
    });
  }

  /**
   * Settles a login on one membership of its person.
   * @param membership the id that was sent.
   * @param mayOpenSession whether the answer may carry a session cookie.
   * @throws AppError as `status`, and `login-profile-set`, `profile-not-found`
   */
  chooseProfile(step: LoginStep, membership: string, mayOpenSession: boolean): Promise<LoginResult> {
    return this.recorded('login.profile-chosen', step, async (tx, open) => {
      const { actor, login, userId, client, parameters } = open;
      if (login.membershipId) throw profileAlreadySet();
      const id = parseId<'ProjectMembership'>(membership);
      const choices = id ? await this.results.choices(tx, userId, client, parameters) : [];
      const choice = choices.find(({ membershipId }) => membershipId === id);
      if (!choice) throw profileNotFound({ field: 'profile' });
      const { projectId, membershipId } = choice;
      await this.results.admit(choice, wordsOf(login.requestedScope), actor);
      // A login that only a project vouched for opens no session of the server (rulings 18).
      const opened =
        mayOpenSession && login.reach === 'full'
          ? await this.results.openSession(tx, actor, { ...login, userId })
          : undefined;
      const sessionId = opened?.session.id ?? null;
      const scope = wordsOf(login.requestedScope);
      const sessionEnds = opened?.session.expiresAt;
      const terms = await this.issuer.agree(tx, actor, { client, choice, scope, sessionEnds });
      const settled = { projectId, membershipId, sessionId, ...terms };
      if (!(await this.open.settle(tx, actor, login, settled))) throw loginRevoked();
      return this.results.withCode(tx, step.handle, login, parameters, opened);
    });
  }

  /**
   * Leaves the login with the scopes that the person ticked, of those that were asked for or less than they; never with more
   * than before.
   * @throws AppError as `status`, and `login-profile-not-set`, `invalid-scope`
   */
  chooseScope(step: LoginStep, text: string): Promise<LoginResult> {
    return this.recorded('login.scope-chosen', step, async (tx, { actor, login, client, parameters }) => {
      if (!login.membershipId || !login.projectId) throw profileNotSet();
      const ticked = wordsOf(text);
      const left = narrowedScopes(ticked, wordsOf(login.requestedScope), wordsOf(login.scope));
      if (!left) throw invalidScope({ field: 'scope' });
      const { scope, life } = await this.issuer.terms({
        client,
        projectId: login.projectId,
        scope: left,
        sessionEnds: login.sessionId ? new Date(login.authTime.getTime() + sessionLifeMs) : undefined,
      });
      if (!(await this.open.narrow(tx, actor, login, scope, life))) throw loginRevoked();
      return this.results.withCode(tx, step.handle, login, parameters);
    });
  }

  /** One step in one transaction; a refusal, which rolls it back, is recorded by itself. */
  private async recorded(
    type: AuditEventType,
    { handle, actor }: LoginStep,
    body: (tx: Tx, open: OpenLogin) => Promise<LoginResult>,
  ): Promise<LoginResult> {
    let open: OpenLogin | undefined;
    try {
      return await this.db.tx(async (tx) => {
        open = await this.lock(tx, handle, actor);
        return body(tx, open);
      });
    } catch (error) {
      if (error instanceof AppError && error.kind !== 'unavailable') {
        const event = { type, actor: open?.actor ?? actor, detail: { reason: error.code } };
        await this.audit.refuse({
          ...event,
          projectId: open?.login.projectId ?? open?.client.projectId ?? null,
          ...(open && idsOf(open.login)),
        });
      }
      throw error;
    }
  }

  private async lock(tx: Tx, handle: Secret, anonymous: Actor): Promise<OpenLogin> {
    const found = await this.open.lock(tx, handle);
    if (!found?.login.userId) throw notFound();
    const { login, parameters, redeemed } = found;
    if (redeemed) throw loginGranted();
    const parts = login.revokedAt ? undefined : await this.liveness.ofParts(login);
    if (!parts) throw loginRevoked();
    const { userId } = found.login;
    return { ...parts, login, userId, parameters, actor: { ...anonymous, kind: 'user', userId } };
  }
}

function wordsOf(scope: string): string[] {
  return scope.split(' ').filter(Boolean);
}
