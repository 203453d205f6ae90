import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import type { ClientId, MembershipId, ProjectId, SessionId } from '../kernel/ids.js';
import { hashSecret, newSecret, type Secret, sameBytes } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import type { AuthorizationRequest, KeptParameters } from './authorization-request.entity.js';
import { AuthorizationRequestsStore } from './authorization-requests.store.js';

const lifeMs = 900_000;

/** A kept authorization request. */
export interface KeptRequest {
  readonly clientId: ClientId;
  readonly projectId: ProjectId | null;
  readonly parameters: KeptParameters;
  readonly createdAt: Date;
  /** What the person chose to go on with: the session, and in it the membership, once chosen. */
  readonly chosen:
    | { readonly sessionId: SessionId; readonly membershipId: MembershipId | undefined }
    | undefined;
  /** The session that the person chose not to go on with. */
  readonly leftSessionId: SessionId | undefined;
}

/** A request that was made but not kept: one that ends at once need not be. */
export interface NewRequest {
  readonly handle: Secret;
  readonly request: KeptRequest;
  keep(tx: Tx): void;
}

/** Keeps authorization requests while their person signs in, chooses a profile and consents. */
@Injectable()
export class AuthorizationRequestsService {
  constructor(
    private readonly store: AuthorizationRequestsStore,
    private readonly clock: Clock,
  ) {}

  /**
   * A checked request with a handle for the pages' addresses; it lives 15 minutes once it is kept.
   * @param browser the value of the browser-binding cookie: only that browser can go on with it.
   */
  make(request: {
    clientId: ClientId;
    projectId: ProjectId | null;
    parameters: KeptParameters;
    browser: Secret;
  }): NewRequest {
    const handle = newSecret();
    const row = {
      handleHash: hashSecret(handle),
      clientId: request.clientId,
      projectId: request.projectId,
      parameters: request.parameters,
      browserHash: hashSecret(request.browser),
      sessionId: null,
      leftSessionId: null,
      membershipId: null,
      createdAt: this.clock.date(),
      expiresAt: this.clock.date(lifeMs),
    };
    return { handle, request: kept(row), keep: (tx) => this.store.insert(tx, row) };
  }

  /** The live request behind a handle, if it was begun in this browser; locked until the transaction ends. */
  async open(tx: Tx, handle: Secret, browser: Secret): Promise<KeptRequest | undefined> {
    const row = await this.store.lock(tx, hashSecret(handle), this.clock.date());
    return row && sameBytes(row.browserHash, hashSecret(browser)) ? kept(row) : undefined;
  }

  /** Notes the account (by its session) that the person goes on with, and the membership, once that is chosen too. */
  choose(tx: Tx, handle: Secret, sessionId: SessionId, membershipId: MembershipId | null): Promise<void> {
    return this.store.choose(tx, hashSecret(handle), sessionId, membershipId);
  }

  /** Notes that the person wants another account than the one of this session. */
  leave(tx: Tx, handle: Secret, sessionId: SessionId): Promise<void> {
    return this.store.leave(tx, hashSecret(handle), sessionId);
  }

  /** Ends a request: it was answered or given up. */
  close(tx: Tx, handle: Secret): void {
    this.store.remove(tx, hashSecret(handle));
  }
}

function kept(row: AuthorizationRequest): KeptRequest {
  const { sessionId, membershipId } = row;
  return {
    clientId: row.clientId,
    projectId: row.projectId,
    parameters: row.parameters,
    createdAt: row.createdAt,
    chosen: sessionId ? { sessionId, membershipId: membershipId ?? undefined } : undefined,
    leftSessionId: row.leftSessionId ?? undefined,
  };
}
