import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { ClientId } from '../kernel/ids.js';
import { Purges } from '../kernel/purges.js';
import { digest } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import { ClientAssertionsStore } from './client-assertions.store.js';

/** What of a verified client assertion makes it work once. */
export interface AssertionUse {
  readonly clientId: ClientId;
  readonly jti: string;
  /** From then on its age alone refuses it. */
  readonly expiresAt: Date;
}

/** Sees to it that a client assertion works once, on whichever node (RFC 7523 section 3, F84). */
@Injectable()
export class ClientAssertionsService implements OnModuleInit {
  constructor(
    private readonly store: ClientAssertionsStore,
    private readonly purges: Purges,
  ) {}

  onModuleInit(): void {
    this.purges.register({
      table: 'client_assertion',
      life: 'until the assertion has expired, and a minute for clocks that differ: 7 minutes at most',
      purge: (tx, now, limit) => this.store.purge(tx, now, limit),
    });
  }

  /**
   * Uses an assertion up with the commit of `tx`; a rollback gives it back, so that a request that failed here can be
   * repeated as it was (F41).
   * @returns whether it had not been used yet.
   */
  burn(tx: Tx, { clientId, jti, expiresAt }: AssertionUse): Promise<boolean> {
    return this.store.burn(tx, { clientId, jtiHash: digest(jti), expiresAt });
  }
}
