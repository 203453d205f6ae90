import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { LivenessService } from '../../authentication/liveness.service.js';
import { type Client, ClientsService } from '../../clients/clients.service.js';
import type { Actor } from '../../kernel/actor.js';
import { AppError, notFound, tooMany } from '../../kernel/errors.js';
import type { ProjectId } from '../../kernel/ids.js';
import type { Tx } from '../../kernel/tx.js';
import type { UnfinishedParameters } from '../../logins/login-handle.entity.js';
import { type ProvenPerson, SignInService } from '../../logins/sign-in.service.js';
import { CodeIssuer } from '../authorize/code-issuer.js';
import { settledChoice } from '../authorize/interaction-decision.js';
import { clientIdOf, type DirectSignInInput, parametersOf, projectIdOf, scopeOf } from './direct-request.js';
import {
  invalidOrigin,
  noDirectSignIn,
  serverAccountElsewhere,
  userNotFound,
  wrongPassword,
} from './direct-sign-in.errors.js';
import { FactorQuestions } from './factor-questions.js';
import { type LoginResult, LoginResults } from './login-results.js';
import { OriginRules } from './origin-rules.js';

/** A request that was found sound before anybody's password is looked at. */
interface Checked {
  readonly client: Client;
  readonly projectId: ProjectId | null;
  readonly scope: readonly string[];
  readonly parameters: UnfinishedParameters;
  readonly mayOpenSession: boolean;
}

/** Sign-in with a password on a form of the app itself (wire-spec sections 2.4 and 4, F89). */
@Injectable()
export class DirectSignInService {
  constructor(
    private readonly clients: ClientsService,
    private readonly liveness: LivenessService,
    private readonly origins: OriginRules,
    private readonly signIn: SignInService,
    private readonly issuer: CodeIssuer,
    private readonly results: LoginResults,
    private readonly audit: AuditService,
    private readonly questions: FactorQuestions,
  ) {}

  /**
   * Checks what was asked, then the password, and begins the login.
   * @param origin the request's `Origin` header.
   * @throws AppError in the words of the wire; `too-many-requests` when a budget is used up, `passwords-busy`
   */
  async start(actor: Actor, input: DirectSignInInput, origin: string | undefined): Promise<LoginResult> {
    const checked = await this.checkRecorded(actor, input, origin);
    const { email, password } = input;
    const attempt = { email, password, projectId: checked.projectId, clientId: checked.client.id };
    const result = await this.signIn.prove(actor, attempt, async (tx, person) => {
      const { loginId, ...opened } = await this.open(tx, actor, checked, person);
      return { ...opened, target: { type: 'Login', id: loginId } };
    });
    if (result.ok) return result.opened;
    if (result.reason === 'wrong') throw wrongPassword();
    throw tooMany({ retryAfter: result.retryAfterSeconds });
  }

  /** Nobody's password was looked at yet, so the refusal is recorded here. */
  private async checkRecorded(
    actor: Actor,
    input: DirectSignInInput,
    origin: string | undefined,
  ): Promise<Checked> {
    let client: Client | undefined;
    try {
      client = await this.clients.find(clientIdOf(input));
      return await this.check(client, input, origin);
    } catch (error) {
      if (error instanceof AppError) {
        await this.audit.refuse({
          type: 'sign-in.password',
          actor,
          projectId: client?.projectId ?? null,
          clientId: client?.id,
          detail: { reason: error.code },
        });
      }
      throw error;
    }
  }

  private async check(
    found: Client | undefined,
    input: DirectSignInInput,
    origin: string | undefined,
  ): Promise<Checked> {
    const parts = { projectId: found?.projectId ?? null, membershipId: null, userId: null };
    const client = found && (await this.liveness.ofParts({ ...parts, clientId: found.id }))?.client;
    if (!client) throw notFound();
    if (!this.origins.maySignIn(client, origin)) throw invalidOrigin();
    if (client.directSignIn === 'none') throw noDirectSignIn();
    const projectId = projectIdOf(input, client);
    return {
      client,
      projectId,
      scope: scopeOf(input, client),
      parameters: parametersOf(input, client, projectId),
      mayOpenSession: this.origins.mayOpenSession(origin),
    };
  }

  private async open(tx: Tx, anonymous: Actor, checked: Checked, { user, ...proof }: ProvenPerson) {
    const { client, scope, parameters } = checked;
    if (user.projectId === null && client.directSignIn !== 'everyone') throw serverAccountElsewhere();
    const actor = { ...anonymous, kind: 'user' as const, userId: user.id };
    const choices = await this.results.choices(tx, user.id, client, parameters);
    if (choices.length === 0) throw userNotFound();
    const only = settledChoice(choices, client);
    const need = await this.questions.need(tx, user, proof, only);
    // Before the second factor the login has no membership: it opens nothing.
    const choice = need === 'done' ? only : undefined;
    if (choice) await this.results.admit(choice, scope, actor);
    const opened =
      choice && checked.mayOpenSession
        ? await this.results.openSession(tx, actor, { ...proof, userId: user.id })
        : undefined;
    const login = await this.issuer.begin(tx, actor, {
      client,
      person: {
        ...proof,
        userId: user.id,
        sessionId: opened?.session.id ?? null,
        sessionEnds: opened?.session.expiresAt,
        authTime: opened?.session.authTime,
      },
      choice,
      requestedScope: scope,
      scope,
    });
    const handle = this.results.handle(tx, login, parameters);
    if (need !== 'done') {
      return { ...(await this.questions.ask(tx, handle, user, need, only)), loginId: login.id };
    }
    const result: LoginResult = choice
      ? await this.results.withCode(tx, handle, login, parameters, opened)
      : { handle, choices };
    return { ...result, loginId: login.id };
  }
}
