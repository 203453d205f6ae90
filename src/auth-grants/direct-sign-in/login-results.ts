import { Injectable } from '@nestjs/common';
import { AddressRulesService } from '../../authentication/address-rules.service.js';
import { addressNotAllowed } from '../../authentication/authentication.errors.js';
import type { Client } from '../../clients/clients.service.js';
import type { Actor } from '../../kernel/actor.js';
import type { UserId } from '../../kernel/ids.js';
import type { Secret } from '../../kernel/secrets.js';
import type { Tx } from '../../kernel/tx.js';
import { CodesService } from '../../logins/codes.service.js';
import type { Login } from '../../logins/login.entity.js';
import type { UnfinishedParameters } from '../../logins/login-handle.entity.js';
import { type Session, SessionsService } from '../../logins/sessions.service.js';
import { CandidatesService, type MembershipCandidate } from '../../memberships/candidates.service.js';
import type { FactorKind } from '../../mfa/factor.types.js';
import type { TotpSetup } from '../../mfa/totp-enrolments.service.js';
import { needsPatient } from '../../smart/launch-context.js';
import { invalidScope } from './direct-sign-in.errors.js';

/** Where a login stands after a step (wire-spec section 4.2): at a second factor, at the choice of a membership, or at its code. */
export interface LoginResult {
  /** The credential of the next step. */
  readonly handle: Secret;
  readonly code?: Secret;
  readonly choices?: readonly MembershipCandidate[];
  /** A second factor is asked for: the kinds that the person has. */
  readonly factors?: readonly FactorKind[];
  /** A second factor has to be set up first: with this. */
  readonly enrolment?: TotpSetup;
  /** Shown this once: a first factor was just set up. */
  readonly recoveryCodes?: readonly string[];
  /** The secret of a browser session that was opened with it. */
  readonly session?: Secret | undefined;
}

/** A session that was opened on the way, and its secret. */
export interface OpenedSession {
  readonly secret: Secret;
  readonly session: Session;
}

/** Makes login results: each with a code mints a new one and voids the one before (rulings 5). */
@Injectable()
export class LoginResults {
  constructor(
    private readonly codes: CodesService,
    private readonly sessions: SessionsService,
    private readonly candidates: CandidatesService,
    private readonly addresses: AddressRulesService,
  ) {}

  /**
   * The memberships that the person may choose: a client of a project yields those of its project only (F117), and where
   * the app named a type of profile, those of that type.
   */
  async choices(
    tx: Tx,
    userId: UserId,
    client: Client,
    { projectId, resourceType }: UnfinishedParameters,
  ): Promise<MembershipCandidate[]> {
    const all = await this.candidates.of(tx, userId, client.projectId ?? projectId ?? null);
    return resourceType === undefined ? all : all.filter(({ profileType }) => profileType === resourceType);
  }

  /**
   * Whether the member may come from here, and with these scopes.
   * @throws AppError `address-not-allowed`, `invalid-scope` when a patient is needed and the member is none
   */
  async admit(
    choice: Pick<MembershipCandidate, 'membershipId' | 'projectId' | 'profileType'>,
    scope: readonly string[],
    actor: Actor,
  ): Promise<void> {
    if (needsPatient(scope) && choice.profileType !== 'Patient') throw invalidScope({ field: 'scope' });
    if (!(await this.addresses.allow(choice, actor.request.ip))) throw addressNotAllowed();
  }

  /** A browser session for the person of a login that is no longer open. */
  openSession(tx: Tx, actor: Actor, proof: Parameters<SessionsService['open']>[2]): Promise<OpenedSession> {
    return this.sessions.open(tx, actor, proof);
  }

  /** The credential for the steps of a new login. */
  handle(tx: Tx, login: Login, parameters: UnfinishedParameters): Secret {
    return this.codes.openHandle(tx, login.id, parameters);
  }

  /** The result of a login that has its membership. Codes of JSON bodies have no redirect address. */
  async withCode(
    tx: Tx,
    handle: Secret,
    { id, clientId }: Pick<Login, 'id' | 'clientId'>,
    { codeChallenge, nonce }: UnfinishedParameters,
    opened?: OpenedSession,
  ): Promise<LoginResult> {
    const code = this.codes.mint(tx, {
      loginId: id,
      clientId,
      redirectUri: null,
      codeChallenge: codeChallenge ?? null,
      nonce: nonce ?? null,
    });
    return { handle, code, session: opened?.secret };
  }
}
