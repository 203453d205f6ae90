import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import type { ClientId, LoginId } from '../kernel/ids.js';
import { hashSecret, newSecret, type Secret } from '../kernel/secrets.js';
import type { Sink, Tx } from '../kernel/tx.js';
import type { AuthorizationCode } from './authorization-code.entity.js';
import { CodesStore } from './codes.store.js';
import type { UnfinishedParameters } from './login-handle.entity.js';

/** A code lives 60 seconds (rulings 5; RFC 6749 section 4.1.2 allows ten minutes). */
export const codeLifeMs = 60_000;
/** The handle of an unfinished login lives 15 minutes (rulings 7). */
export const handleLifeMs = 900_000;

/** What a code is bound to. */
export interface CodeBinding {
  readonly loginId: LoginId;
  readonly clientId: ClientId;
  /** Null when the code goes out in a JSON body. */
  readonly redirectUri: string | null;
  /** S256 (RFC 7636 section 4.2). */
  readonly codeChallenge: string | null;
  readonly nonce: string | null;
}

/**
 * What presenting a code came to. `replayed`: it was redeemed before, so what came from it must end
 * (RFC 6749 section 4.1.2); the caller revokes the login in the same transaction.
 */
export type Redemption =
  | { readonly kind: 'redeemed'; readonly code: CodeBinding }
  | { readonly kind: 'replayed'; readonly loginId: LoginId; readonly clientId: ClientId }
  | { readonly kind: 'refused'; readonly why: 'unknown' | 'expired' | 'binding' };

/** Authorization codes, and the handles of logins that are not finished yet. */
@Injectable()
export class CodesService {
  constructor(
    private readonly store: CodesStore,
    private readonly clock: Clock,
  ) {}

  /** Mints a code for a login that is new, or whose other codes `closeUnredeemed` has voided. */
  mint(tx: Tx, binding: CodeBinding): Secret {
    const code = newSecret();
    const now = this.clock.date();
    this.store.insert(tx, {
      hash: hashSecret(code),
      ...binding,
      createdAt: now,
      expiresAt: new Date(now.getTime() + codeLifeMs),
      redeemedAt: null,
    });
    return code;
  }

  /** What a code is bound to, whatever became of it, without a change: for requests that name no client. */
  async peek(tx: Tx, code: Secret): Promise<CodeBinding | undefined> {
    const row = await this.store.find(tx, hashSecret(code));
    return row && bindingOf(row);
  }

  /**
   * Redeems a code, once, under a row lock.
   * @param fits judges client, redirect address and PKCE; a code that does not fit stays unredeemed.
   */
  async redeem(tx: Tx, code: Secret, fits: (binding: CodeBinding) => boolean): Promise<Redemption> {
    const row = await this.store.lock(tx, hashSecret(code));
    if (!row) return { kind: 'refused', why: 'unknown' };
    const binding = bindingOf(row);
    if (!fits(binding)) return { kind: 'refused', why: 'binding' };
    if (row.redeemedAt) return { kind: 'replayed', loginId: binding.loginId, clientId: binding.clientId };
    const now = this.clock.date();
    if (row.expiresAt <= now) return { kind: 'refused', why: 'expired' };
    this.store.redeem(tx, row.hash, now);
    return { kind: 'redeemed', code: binding };
  }

  /** A new handle for an unfinished login: the credential that goes on with it. */
  openHandle(sink: Pick<Sink, 'batch'>, loginId: LoginId, parameters: UnfinishedParameters): Secret {
    const handle = newSecret();
    this.store.insertHandle(sink, {
      hash: hashSecret(handle),
      loginId,
      parameters,
      expiresAt: this.clock.date(handleLifeMs),
    });
    return handle;
  }

  /** Keeps other parameters with a handle that was locked. */
  remember(tx: Tx, handle: Secret, parameters: UnfinishedParameters): Promise<void> {
    return this.store.remember(tx, hashSecret(handle), parameters);
  }

  /** What a live handle opens, held against other steps of the same login. */
  async lockHandle(
    tx: Tx,
    handle: Secret,
  ): Promise<{ readonly loginId: LoginId; readonly parameters: UnfinishedParameters } | undefined> {
    return this.store.lockHandle(tx, hashSecret(handle), this.clock.date());
  }

  /**
   * Voids the codes of a login that were not redeemed, and answers whether one was: then the login is finished, and no
   * other code may follow. In this order, because a redemption that is under way holds its code.
   */
  async closeUnredeemed(tx: Tx, loginId: LoginId): Promise<{ readonly redeemed: boolean }> {
    await this.store.voidUnredeemed(tx, loginId);
    return { redeemed: await this.store.isRedeemed(tx, loginId) };
  }
}

function bindingOf(row: AuthorizationCode): CodeBinding {
  return {
    loginId: row.loginId,
    clientId: row.clientId,
    redirectUri: row.redirectUri,
    codeChallenge: row.codeChallenge,
    nonce: row.nonce,
  };
}
