import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import type { ProjectId } from '../kernel/ids.js';
import { hashSecret, newSecret, type Secret } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import { SetupStore } from './setup.store.js';

const lifeMs = 3_600_000;

/** One-time links that make the first super admin: one hour, once, stored hashed. */
@Injectable()
export class SetupLinksService {
  constructor(
    private readonly store: SetupStore,
    private readonly clock: Clock,
  ) {}

  /**
   * A new link; those that were made before and not used are forgotten.
   * @param projectIds the super-admin project first, then others that its user shall administer.
   */
  async open(tx: Tx, projectIds: readonly ProjectId[]): Promise<Secret> {
    await this.store.dropUnused(tx);
    const secret = newSecret();
    const now = this.clock.date();
    await this.store.insert(tx, {
      hash: hashSecret(secret),
      projectIds: [...projectIds],
      createdAt: now,
      expiresAt: new Date(now.getTime() + lifeMs),
      usedAt: null,
    });
    return secret;
  }

  /** Whether a link can still be used. */
  async isValid(tx: Tx, secret: Secret): Promise<boolean> {
    return (await this.store.find(tx, hashSecret(secret), this.clock.date())) !== undefined;
  }

  /** Uses a link up; the projects that its user shall administer, if this call did it. */
  async use(tx: Tx, secret: Secret): Promise<readonly ProjectId[] | undefined> {
    return (await this.store.use(tx, hashSecret(secret), this.clock.date()))?.projectIds;
  }

  /** Lets one making of an admin at a time through; held until the transaction ends. */
  lock(tx: Tx): Promise<void> {
    return this.store.lock(tx);
  }

  /** Forgets links that nobody used. */
  forget(tx: Tx): Promise<void> {
    return this.store.dropUnused(tx);
  }
}
