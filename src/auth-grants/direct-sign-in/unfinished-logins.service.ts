import { Injectable } from '@nestjs/common';
import { parseId } from '../../kernel/ids.js';
import { OpenLoginsService } from '../../logins/open-logins.service.js';
import { sessionLifeMs } from '../../logins/sessions.service.js';
import { narrowedScopes } from '../../smart/client-scopes.js';
import { CodeIssuer } from '../authorize/code-issuer.js';
import {
  invalidScope,
  loginRevoked,
  profileAlreadySet,
  profileNotFound,
  profileNotSet,
} from './direct-sign-in.errors.js';
import { type LoginResult, LoginResults } from './login-results.js';
import { type LoginStep, LoginWalk, wordsOf } from './login-walk.js';

/** The steps between the password and the token, each with the handle as its credential (wire-spec section 4). */
@Injectable()
export class UnfinishedLoginsService {
  constructor(
    private readonly walk: LoginWalk,
    private readonly open: OpenLoginsService,
    private readonly issuer: CodeIssuer,
    private readonly results: LoginResults,
  ) {}

  /** Where the login stands. @throws AppError `not-found`, `login-revoked`, `login-granted` */
  status(step: LoginStep): Promise<LoginResult> {
    return this.walk.step(step, (tx, open) => this.walk.stand(tx, open, false));
  }

  /**
   * Settles a login on one membership of its person, or answers the question for a second factor that comes first.
   * @param membership the id that was sent.
   * @param mayOpenSession whether the answer may carry a session cookie.
   * @throws AppError as `status`, and `login-profile-set`, `profile-not-found`
   */
  chooseProfile(step: LoginStep, membership: string, mayOpenSession: boolean): Promise<LoginResult> {
    return this.walk.recorded('login.profile-chosen', step, async (tx, open) => {
      const { login, user, client, parameters } = open;
      if (login.membershipId) throw profileAlreadySet();
      // Whoever owes a factor everywhere learns nothing about memberships before.
      const owed = await this.walk.missing(tx, open, undefined);
      if (owed) return owed;
      const id = parseId<'ProjectMembership'>(membership);
      const choices = id ? await this.results.choices(tx, user.id, client, parameters) : [];
      const choice = choices.find(({ membershipId }) => membershipId === id);
      if (!choice) throw profileNotFound({ field: 'profile' });
      const missing = await this.walk.missing(tx, open, choice);
      if (!missing) return this.walk.settle(tx, open, choice, mayOpenSession);
      await this.open.remember(tx, step.handle, { ...parameters, chosenMembershipId: choice.membershipId });
      return missing;
    });
  }

  /**
   * Leaves the login with the scopes that the person ticked, of those that were asked for or less than they; never with more
   * than before. A login that owes a second factor answers the question for it.
   * @throws AppError as `status`, and `login-profile-not-set`, `invalid-scope`
   */
  chooseScope(step: LoginStep, text: string): Promise<LoginResult> {
    return this.walk.recorded('login.scope-chosen', step, async (tx, open) => {
      const { actor, login, client, parameters } = open;
      if (!login.membershipId || !login.projectId) {
        const stand = await this.walk.stand(tx, open, false);
        if (stand.factors || stand.enrolment) return stand;
        throw profileNotSet();
      }
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
}
