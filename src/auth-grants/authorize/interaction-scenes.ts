import { Injectable } from '@nestjs/common';
import { type Client, ClientsService } from '../../clients/clients.service.js';
import { isRegisteredRedirectUri } from '../../clients/redirect-uri.js';
import { UsersService } from '../../identities/users.service.js';
import { Config } from '../../kernel/config.js';
import type { ProjectId } from '../../kernel/ids.js';
import type { Secret } from '../../kernel/secrets.js';
import type { Tx } from '../../kernel/tx.js';
import type { KeptRequest } from '../../logins/authorization-requests.service.js';
import { type FactorNeed, FactorRulesService } from '../../logins/factor-rules.service.js';
import { type Session, SessionsService } from '../../logins/sessions.service.js';
import { CandidatesService } from '../../memberships/candidates.service.js';
import { ProjectsService } from '../../projects/projects.service.js';
import { formActionOf } from './authorization-response.js';
import type { AskingClient, MembershipChoice, SignedInPerson, SignInNotice } from './interaction.types.js';
import { fitsLoginHint, isHinted, sessionIsFresh, settledChoice } from './interaction-decision.js';

/** A choice with the project that it belongs to. */
export type SceneChoice = MembershipChoice & { readonly projectId: ProjectId };

/** Everything that a step of an authorization request looks at, read anew each time. */
export interface InteractionScene {
  readonly request: KeptRequest;
  readonly client: Client;
  readonly asking: AskingClient;
  /** The live session of this browser, of an active person. */
  readonly session: Session | undefined;
  readonly person: SignedInPerson | undefined;
  /** The person's memberships that this client may yield: a client of a project, only those of its project (F117). */
  readonly choices: readonly SceneChoice[];
}

/** A person who is signed in recently enough and has settled on a membership. */
export interface ReadyScene {
  readonly session: Session;
  readonly choice: SceneChoice;
}

/** The same, of whom nothing more is to be proved: only this leads to a code (V21). */
export interface ProvenScene extends ReadyScene {
  readonly need: 'done';
}

/** Reads scenes. */
@Injectable()
export class InteractionScenes {
  constructor(
    private readonly clients: ClientsService,
    private readonly projects: ProjectsService,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
    private readonly candidates: CandidatesService,
    private readonly config: Config,
    private readonly rules: FactorRulesService,
  ) {}

  get issuer(): string {
    return this.config.baseUrl;
  }

  /** The live session behind a cookie. */
  async session(secret: Secret | undefined): Promise<Session | undefined> {
    const session = secret && (await this.sessions.find(secret));
    return session || undefined;
  }

  /** Whether the session is still alive, and stays so until the transaction ends. */
  hold(tx: Tx, session: Session): Promise<boolean> {
    return this.sessions.hold(tx, session);
  }

  /**
   * The scene of a request; `undefined` when its client or project has been switched off, or the address that it would be
   * answered at was taken from the client.
   */
  async of(
    tx: Tx,
    request: KeptRequest,
    session: Session | undefined,
  ): Promise<InteractionScene | undefined> {
    const client = await this.clients.find(request.clientId);
    const project = client?.projectId ? await this.projects.find(client.projectId) : undefined;
    if (!client?.active || (client.projectId && !project?.active)) return undefined;
    if (!isRegisteredRedirectUri(client.redirectUris, request.parameters.redirectUri)) return undefined;
    const asking = {
      clientName: client.name,
      projectName: project?.name ?? 'Carekey',
      formAction: formActionOf(request.parameters.redirectUri),
      uiLocales: request.parameters.uiLocales,
    };
    const user = session && (await this.users.find(session.userId));
    if (!session || !user?.active) {
      return { request, client, asking, session: undefined, person: undefined, choices: [] };
    }
    const name = `${user.givenName} ${user.familyName}`;
    return {
      request,
      client,
      asking,
      session,
      person: { sessionId: session.id, userId: user.id, email: user.email ?? name, name },
      choices: await this.candidates.of(tx, user.id, client.projectId),
    };
  }

  /** The membership that is settled: the one chosen in this session, or the only one there is. */
  chosen({ request, session, choices, client }: InteractionScene): SceneChoice | undefined {
    const { chosen } = request;
    if (chosen?.membershipId && chosen.sessionId === session?.id) {
      return choices.find((choice) => choice.membershipId === chosen.membershipId);
    }
    return settledChoice(choices, client);
  }

  /** The session, if the request can go on with it: recent enough, of the person that the request names, not left. */
  freshSession({ session, request }: InteractionScene): Session | undefined {
    if (!session || session.id === request.leftSessionId) return undefined;
    return sessionIsFresh(session, request) && isHinted(session, request) ? session : undefined;
  }

  /** What to tell a person who is signed in and has to sign in all the same. */
  whyNotFresh({ session, request }: InteractionScene): SignInNotice | undefined {
    if (!session || session.id === request.leftSessionId) return undefined;
    return isHinted(session, request) ? 'sign-in-again' : 'other-person';
  }

  /**
   * Whether the person must say which account is meant: the app asks for that, or names another one. Whoever just
   * signed in for this request has said so.
   */
  accountIsOpen({ session, person, request }: InteractionScene): boolean {
    if (!session || !person || request.chosen?.sessionId === session.id) return false;
    if (session.authTime >= request.createdAt) return false;
    return request.parameters.selectAccount === true || !fitsLoginHint(person, request);
  }

  /** What the sign-in lacks for the membership and the app. */
  async need(tx: Tx, { request }: InteractionScene, { session, choice }: ReadyScene): Promise<FactorNeed> {
    const user = await this.users.find(session.userId);
    const { projectId } = choice;
    const { twoFactors } = request.parameters;
    return this.rules.need(tx, user!, session, { projectId, twoFactors });
  }

  /** Whether the person signed in so short a while ago that factors may be changed. */
  isRecent(session: Session): boolean {
    return this.rules.isRecent(session);
  }

  /** What consent and code need: a recent session and a settled membership. */
  ready(scene: InteractionScene): ReadyScene | undefined {
    const session = this.freshSession(scene);
    const choice = session && !this.accountIsOpen(scene) && this.chosen(scene);
    return session && choice ? { session, choice } : undefined;
  }
}
