import { Injectable } from '@nestjs/common';
import type { Client } from '../../clients/clients.service.js';
import type { Actor } from '../../kernel/actor.js';
import { Clock } from '../../kernel/clock.js';
import type { ProjectId, SessionId, UserId } from '../../kernel/ids.js';
import type { Secret } from '../../kernel/secrets.js';
import type { Tx } from '../../kernel/tx.js';
import type { KeptRequest } from '../../logins/authorization-requests.service.js';
import { CodesService, handleLifeMs } from '../../logins/codes.service.js';
import type { Login, VouchedBy } from '../../logins/login.entity.js';
import { LoginsService, type NewLogin } from '../../logins/logins.service.js';
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

type MemberChoice = Pick<SceneChoice, 'membershipId' | 'projectId' | 'pending'>;

/** A person's yes to one app: who, as which member, and to what. */
export interface Approval {
  readonly client: Client;
  readonly person: {
    readonly userId: UserId;
    readonly sessionId: SessionId | null;
    /** When the session ends, if there is one. */
    readonly sessionEnds: Date | undefined;
    readonly vouchedBy: VouchedBy;
    /** Now, unless the proof is older. */
    readonly authTime?: Date | undefined;
    readonly amr: readonly string[];
  };
  /** Left open where the person has to choose first. */
  readonly choice: MemberChoice | undefined;
  readonly requestedScope: readonly string[];
  /** What the person left of it. */
  readonly scope: readonly string[];
  /** Claims that were asked for one by one and allowed, if any. */
  readonly claims?: NewLogin['claims'];
}

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
    const { request, client, session, choice, allowed } = yes;
    const { redirectUri, codeChallenge, nonce, claims, scope: requestedScope } = request.parameters;
    const login = await this.begin(tx, actor, {
      client,
      person: { ...session, sessionId: session.id, sessionEnds: session.expiresAt },
      choice,
      requestedScope,
      scope: requestedScope.filter((one) => allowed.includes(one)),
      claims: claims && {
        userinfo: allowedClaims(claims.userinfo, allowed),
        idToken: allowedClaims(claims.idToken, allowed),
      },
    });
    return this.codes.mint(tx, {
      loginId: login.id,
      clientId: client.id,
      redirectUri,
      codeChallenge: codeChallenge ?? null,
      nonce: nonce ?? null,
    });
  }

  /** The login alone: accepts a pending membership and begins it; one that is left open lives as long as its handle. */
  async begin(tx: Tx, actor: Actor, { client, person, choice, ...asked }: Approval): Promise<Login> {
    const { userId, sessionId, sessionEnds, vouchedBy, authTime, amr } = person;
    const terms = choice
      ? await this.agree(tx, actor, { client, choice, scope: asked.scope, sessionEnds })
      : { scope: '', life: handleLifeMs };
    return this.logins.start(tx, actor, {
      projectId: choice?.projectId ?? null,
      userId,
      clientId: client.id,
      membershipId: choice?.membershipId ?? null,
      sessionId,
      method: 'password',
      vouchedBy,
      reach: 'full',
      requestedScope: asked.requestedScope.join(' '),
      claims: asked.claims,
      authTime,
      amr,
      ...terms,
    });
  }

  /** Accepts a pending membership, and says what a login of it gets. */
  async agree(
    tx: Tx,
    actor: Actor,
    { choice, ...asked }: Omit<TermsAsked, 'projectId'> & { readonly choice: MemberChoice },
  ): Promise<LoginTerms> {
    if (choice.pending) await this.memberships.accept(tx, actor, choice.membershipId);
    return this.terms({ ...asked, projectId: choice.projectId });
  }

  /** Without a refresh token there is no offline access: super admins get none (wire-spec section 3.10). */
  async terms({ client, projectId, scope, sessionEnds }: TermsAsked): Promise<LoginTerms> {
    const project = await this.projects.find(projectId);
    const mayRefresh = client.grantTypes.includes('refresh_token') && !project?.superAdmin;
    const granted = mayRefresh ? scope : withoutOffline(scope);
    return {
      scope: granted.join(' '),
      life: isOffline(granted) ? refreshableLifeMs : this.shortLifeMs(client, sessionEnds),
    };
  }

  /**
   * Until no token can be alive; for an app that takes part in signing out, until the session can be signed out no
   * more: its own session may outlive our tokens.
   */
  private shortLifeMs(client: Client, sessionEnds: Date | undefined): number {
    const ofTokens = codeMarginMs + client.accessTokenLifetime * 1000;
    const takesPart = client.backchannelLogoutUri !== null || client.postLogoutRedirectUris.length > 0;
    return takesPart && sessionEnds ? Math.max(ofTokens, sessionEnds.getTime() - this.clock.now()) : ofTokens;
  }
}

/** What decides about the terms of a login. */
export interface TermsAsked {
  readonly client: Client;
  readonly projectId: ProjectId;
  readonly scope: readonly string[];
  /** When the browser session of the login ends, if it has one. */
  readonly sessionEnds: Date | undefined;
}

/** What a login gets: its scopes, space-separated, and for how many milliseconds at most. */
export interface LoginTerms {
  readonly scope: string;
  readonly life: number;
}
