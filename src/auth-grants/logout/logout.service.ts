import { Injectable } from '@nestjs/common';
import type { LiveLogin } from '../../authentication/liveness.service.js';
import type { Client } from '../../clients/clients.service.js';
import type { User } from '../../identities/user.entity.js';
import { UsersService } from '../../identities/users.service.js';
import type { RequestContext } from '../../kernel/actor.js';
import { Db } from '../../kernel/db.js';
import { Sealer, type Secret } from '../../kernel/secrets.js';
import { LoginsService } from '../../logins/logins.service.js';
import { type Session, SessionsService } from '../../logins/sessions.service.js';
import { formActionOf } from '../authorize/authorization-response.js';
import { type LogoutRequest, openLogoutRequest } from './logout-request.js';
import { LogoutRequestsService } from './logout-requests.service.js';

/** What a step of a sign-out is given: the sealed request, and who knocks. */
export interface LogoutStep {
  readonly request: string;
  /** The value of the session cookie. */
  readonly session: Secret | undefined;
  readonly context: RequestContext;
}

/** How a sign-out ended. After `redirect` and `signed-out` this browser has no session any more. */
export type LogoutOutcome =
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'gone' };

/** Where a sign-out goes on: it ends, or the person is asked. */
export type NextLogout =
  | LogoutOutcome
  | {
      readonly kind: 'confirm';
      readonly person: string;
      readonly appName: string | undefined;
      /** Where the form may end, besides here. */
      readonly formAction: string | undefined;
      readonly uiLocales: string | undefined;
    };

interface Scene {
  readonly request: LogoutRequest;
  readonly client: Client | undefined;
  /** The session of this browser that nobody has ended yet, with its person. */
  readonly signedIn: { readonly session: Session; readonly user: User } | undefined;
}

/** Signs a browser out for an app (OIDC RP-Initiated Logout): at once for who has the right hint, else after asking. */
@Injectable()
export class LogoutService {
  constructor(
    private readonly requests: LogoutRequestsService,
    private readonly sessions: SessionsService,
    private readonly logins: LoginsService,
    private readonly users: UsersService,
    private readonly db: Db,
    private readonly sealer: Sealer,
  ) {}

  /** The first step. The person is asked unless the hint names a login of this very session, its person and this app. */
  async next(step: LogoutStep): Promise<NextLogout> {
    const scene = await this.scene(step);
    if (!scene) return { kind: 'gone' };
    const { request, client, signedIn } = scene;
    if (!signedIn) return request.hint ? this.leave(scene) : { kind: 'signed-out' };
    if (await this.isOwn(scene, signedIn.session)) return this.end(step, scene);
    return {
      kind: 'confirm',
      person: signedIn.user.email ?? `${signedIn.user.givenName} ${signedIn.user.familyName}`,
      appName: client?.name,
      formAction: this.returnsTo(scene) && formActionOf(request.redirectUri!),
      uiLocales: request.uiLocales,
    };
  }

  /** The person said yes. */
  async confirm(step: LogoutStep): Promise<LogoutOutcome> {
    const scene = await this.scene(step);
    return scene ? this.end(step, scene) : { kind: 'gone' };
  }

  /** Ends the login of a token, and the browser session that it came from with all that came of it (F52). */
  async endOfToken({ login, user }: LiveLogin, context: RequestContext): Promise<void> {
    const { id, sessionId, clientId, membershipId } = login;
    const kind = user ? 'user' : 'client';
    const actor = {
      kind,
      clientId,
      loginId: id,
      ...(user && { userId: user.id }),
      ...(membershipId && { membershipId }),
      request: context,
    } as const;
    await this.db.tx(async (tx) => {
      const projectId = user?.projectId ?? null;
      if (sessionId && (await this.sessions.end(tx, actor, sessionId, 'signed-out-by-app', projectId)))
        return;
      await this.logins.revoke(tx, actor, id, 'signed-out');
    });
  }

  private async scene({ request: sealed, session: secret }: LogoutStep): Promise<Scene | undefined> {
    const request = openLogoutRequest(this.sealer, sealed);
    if (!request) return undefined;
    const client = await this.requests.active(request.clientId);
    const session = secret && (await this.sessions.findToEnd(secret));
    const user = session && (await this.users.find(session.userId));
    return { request, client, signedIn: session && user ? { session, user } : undefined };
  }

  private async isOwn({ request, client }: Scene, session: Session): Promise<boolean> {
    const login = request.hint && (await this.logins.find(request.hint.loginId));
    return (
      login !== undefined &&
      login.userId === session.userId &&
      login.userId === request.hint?.userId &&
      login.clientId === client?.id &&
      login.sessionId === session.id
    );
  }

  private async end(step: LogoutStep, scene: Scene): Promise<LogoutOutcome> {
    const { signedIn, client } = scene;
    if (signedIn) {
      const { session, user } = signedIn;
      const by = { kind: 'user' as const, userId: user.id, ...(client && { clientId: client.id }) };
      const actor = { ...by, request: step.context };
      await this.db.tx((tx) => this.sessions.end(tx, actor, session.id, 'signed-out-by-app', user.projectId));
    }
    return this.leave(scene);
  }

  private leave(scene: Scene): LogoutOutcome {
    const location = this.returnsTo(scene);
    return location === undefined ? { kind: 'signed-out' } : { kind: 'redirect', location };
  }

  /** The address of the app with the untouched `state`; only while it is registered. */
  private returnsTo({ request: { redirectUri, state }, client }: Scene): string | undefined {
    if (redirectUri === undefined || !this.requests.mayReturn(client, redirectUri)) return undefined;
    if (state === undefined) return redirectUri;
    return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${new URLSearchParams({ state })}`;
  }
}
