import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import type { AuditEventType } from '../../audit/event-types.js';
import { type LiveLogin, LivenessService } from '../../authentication/liveness.service.js';
import type { User } from '../../identities/user.entity.js';
import type { Actor } from '../../kernel/actor.js';
import { Db } from '../../kernel/db.js';
import { AppError, notFound } from '../../kernel/errors.js';
import type { Secret } from '../../kernel/secrets.js';
import type { Tx } from '../../kernel/tx.js';
import type { UnfinishedParameters } from '../../logins/login-handle.entity.js';
import { idsOf } from '../../logins/logins.service.js';
import { OpenLoginsService } from '../../logins/open-logins.service.js';
import type { MembershipCandidate } from '../../memberships/candidates.service.js';
import { CodeIssuer } from '../authorize/code-issuer.js';
import { settledChoice } from '../authorize/interaction-decision.js';
import { loginGranted, loginRevoked } from './direct-sign-in.errors.js';
import { FactorQuestions } from './factor-questions.js';
import { type LoginResult, LoginResults } from './login-results.js';

/** Who goes on with a login that is not finished. */
export interface LoginStep {
  readonly actor: Actor;
  readonly handle: Secret;
}

/** A login that is not finished, held by its step. */
export type OpenLogin = LiveLogin & {
  readonly handle: Secret;
  readonly parameters: UnfinishedParameters;
  readonly user: User;
  readonly actor: Actor;
};

/** How a login that is not finished is walked on: held, judged anew at each step, settled when nothing is missing. */
@Injectable()
export class LoginWalk {
  constructor(
    private readonly db: Db,
    private readonly open: OpenLoginsService,
    private readonly liveness: LivenessService,
    private readonly issuer: CodeIssuer,
    private readonly results: LoginResults,
    private readonly questions: FactorQuestions,
    private readonly audit: AuditService,
  ) {}

  /** One step in one transaction. @throws AppError `not-found`, `login-revoked`, `login-granted` */
  step<Result>(
    { handle, actor }: LoginStep,
    body: (tx: Tx, open: OpenLogin) => Promise<Result>,
  ): Promise<Result> {
    return this.db.tx(async (tx) => body(tx, await this.lock(tx, handle, actor)));
  }

  /** The same; a refusal, which rolls it back, is recorded by itself. */
  async recorded<Result>(
    type: AuditEventType,
    step: LoginStep,
    body: (tx: Tx, open: OpenLogin) => Promise<Result>,
  ): Promise<Result> {
    let open: OpenLogin | undefined;
    try {
      return await this.step(step, async (tx, found) => {
        open = found;
        return body(tx, found);
      });
    } catch (error) {
      if (error instanceof AppError && error.kind !== 'unavailable') {
        await this.audit.refuse({
          type,
          actor: open?.actor ?? step.actor,
          detail: { reason: error.code },
          projectId: open?.login.projectId ?? open?.client.projectId ?? null,
          ...(open && idsOf(open.login)),
        });
      }
      throw error;
    }
  }

  /**
   * Where the login stands: at a second factor, at the choice of a membership, or at its code, in this order (wire-spec
   * section 4.2). What needs no asking is settled.
   */
  async stand(tx: Tx, open: OpenLogin, mayOpenSession: boolean): Promise<LoginResult> {
    const { login, handle, client, parameters, user } = open;
    if (login.membershipId) return this.results.withCode(tx, handle, login, parameters);
    const choices = await this.results.choices(tx, user.id, client, parameters);
    const chosen = choices.find(({ membershipId }) => membershipId === parameters.chosenMembershipId);
    const choice = chosen ?? settledChoice(choices, client);
    const missing = await this.missing(tx, open, choice);
    if (missing) return missing;
    return choice ? this.settle(tx, open, choice, mayOpenSession) : { handle, choices };
  }

  /** The question for a second factor, if one is missing. @param choice the membership, once it is known. */
  async missing(
    tx: Tx,
    { login, handle, user }: OpenLogin,
    choice: MembershipCandidate | undefined,
  ): Promise<LoginResult | undefined> {
    const need = await this.questions.need(tx, user, login, choice);
    return need === 'done' ? undefined : this.questions.ask(tx, handle, user, need, choice);
  }

  /** Gives the login its membership, and answers a code. @throws AppError as `LoginResults.admit` */
  async settle(
    tx: Tx,
    { login, handle, client, parameters, user, actor }: OpenLogin,
    choice: MembershipCandidate,
    mayOpenSession: boolean,
  ): Promise<LoginResult> {
    const { projectId, membershipId } = choice;
    const scope = wordsOf(login.requestedScope);
    await this.results.admit(choice, scope, actor);
    // A login that only a project vouched for opens no session of the server (rulings 18).
    const opened =
      mayOpenSession && login.reach === 'full'
        ? await this.results.openSession(tx, actor, { ...login, userId: user.id })
        : undefined;
    const sessionId = opened?.session.id ?? null;
    const sessionEnds = opened?.session.expiresAt;
    const terms = await this.issuer.agree(tx, actor, { client, choice, scope, sessionEnds });
    const settled = { projectId, membershipId, sessionId, ...terms };
    if (!(await this.open.settle(tx, actor, login, settled))) throw loginRevoked();
    return this.results.withCode(tx, handle, login, parameters, opened);
  }

  private async lock(tx: Tx, handle: Secret, anonymous: Actor): Promise<OpenLogin> {
    const found = await this.open.lock(tx, handle);
    if (!found?.login.userId) throw notFound();
    const { login, parameters, redeemed } = found;
    if (redeemed) throw loginGranted();
    const parts = login.revokedAt ? undefined : await this.liveness.ofParts(login);
    if (!parts?.user) throw loginRevoked();
    const actor = { ...anonymous, kind: 'user' as const, userId: parts.user.id };
    return { ...parts, user: parts.user, login, handle, parameters, actor };
  }
}

/** The words of a scope. */
export function wordsOf(scope: string): string[] {
  return scope.split(' ').filter(Boolean);
}
