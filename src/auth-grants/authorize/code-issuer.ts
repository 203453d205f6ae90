import { Injectable } from '@nestjs/common';
import type { Client } from '../../clients/clients.service.js';
import type { Actor } from '../../kernel/actor.js';
import { Clock } from '../../kernel/clock.js';
import type { Secret } from '../../kernel/secrets.js';
import type { Tx } from '../../kernel/tx.js';
import type { KeptRequest } from '../../logins/authorization-requests.service.js';
import { CodesService } from '../../logins/codes.service.js';
import { LoginsService } from '../../logins/logins.service.js';
import type { Session } from '../../logins/sessions.service.js';
import { MembershipsService } from '../../memberships/memberships.service.js';
import { ProjectsService } from '../../projects/projects.service.js';
import { isOffline, withoutOffline } from '../scopes.js';
import { allowedClaims } from '../user-claims.js';
import type { SceneChoice } from './interaction-scenes.js';

/** A login with a refresh token may last this long: a year, as its family. In milliseconds. */
const refreshableLifeMs = 366 * 86_400_000;
/** A code may be redeemed for a minute, and the access token then lives its own life. */
const codeMarginMs = 120_000;

/** What a person's yes leads to: a login and the code for it. */
@Injectable()
export class CodeIssuer {
  constructor(
    private readonly logins: LoginsService,
    private readonly codes: CodesService,
    private readonly memberships: MembershipsService,
    private readonly projects: ProjectsService,
    private readonly clock: Clock,
  ) {}

  /** Accepts a pending membership, begins the login and mints its code, in one transaction. */
  async issue(
    tx: Tx,
    actor: Actor,
    yes: {
      request: KeptRequest;
      client: Client;
      session: Session;
      choice: SceneChoice;
      /** What the person allowed: scopes that were asked for, and scopes whose claims were. */
      allowed: readonly string[];
    },
  ): Promise<Secret> {
    const { request, client, session, choice } = yes;
    if (choice.pending) await this.memberships.accept(tx, actor, choice.membershipId);
    const { claims, scope: asked } = request.parameters;
    const granted = asked.filter((one) => yes.allowed.includes(one));
    const scope = await this.effectiveScope(client, choice, granted);
    const login = this.logins.start(tx, actor, {
      projectId: choice.projectId,
      userId: session.userId,
      clientId: client.id,
      membershipId: choice.membershipId,
      sessionId: session.id,
      method: 'password',
      vouchedBy: session.vouchedBy,
      reach: 'full',
      scope: scope.join(' '),
      requestedScope: asked.join(' '),
      claims: claims && {
        userinfo: allowedClaims(claims.userinfo, yes.allowed),
        idToken: allowedClaims(claims.idToken, yes.allowed),
      },
      authTime: session.authTime,
      amr: session.amr,
      life: isOffline(scope) ? refreshableLifeMs : this.shortLifeMs(client, session),
    });
    const { redirectUri, codeChallenge, nonce } = request.parameters;
    return this.codes.mint(tx, {
      loginId: login.id,
      clientId: client.id,
      redirectUri,
      codeChallenge: codeChallenge ?? null,
      nonce: nonce ?? null,
    });
  }

  /**
   * Until no token can be alive; for an app that takes part in signing out, until the session can be signed out no
   * more: its own session may outlive our tokens.
   */
  private shortLifeMs(client: Client, { expiresAt }: Session): number {
    const ofTokens = codeMarginMs + client.accessTokenLifetime * 1000;
    const takesPart = client.backchannelLogoutUri !== null || client.postLogoutRedirectUris.length > 0;
    return takesPart ? Math.max(ofTokens, expiresAt.getTime() - this.clock.now()) : ofTokens;
  }

  /** Without a refresh token there is no offline access: super admins get none (wire-spec section 3.10). */
  private async effectiveScope(
    client: Client,
    choice: SceneChoice,
    scope: readonly string[],
  ): Promise<readonly string[]> {
    const project = await this.projects.find(choice.projectId);
    const mayRefresh = client.grantTypes.includes('refresh_token') && !project?.superAdmin;
    return mayRefresh ? scope : withoutOffline(scope);
  }
}
