import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import type { ClientId, LoginId, ProjectId } from '../kernel/ids.js';
import { Purges } from '../kernel/purges.js';
import { hashSecret, randomBytesOf, Sealer, type Secret, sameBytes } from '../kernel/secrets.js';
import type { Sink, Tx } from '../kernel/tx.js';
import { RefreshFamiliesStore } from './refresh-families.store.js';
import type { RefreshFamily } from './refresh-family.entity.js';
import {
  buildRefreshToken,
  type FamilyId,
  newFamilyId,
  parseRefreshToken,
  successorOf,
} from './refresh-token.js';

/** How long a rotated token still answers with its successor, in milliseconds (rulings 31). */
export const refreshGraceMs = 20_000;

/** However often it is refreshed, a family ends after this time: one year. */
const absoluteLifeMs = 365 * 86_400_000;

/** What a family belongs to. */
export interface FamilyOwner {
  readonly loginId: LoginId;
  readonly clientId: ClientId;
  readonly projectId: ProjectId | null;
  readonly authenticated: boolean;
}

/**
 * What presenting a refresh token came to. `replayed` must end the login in the same transaction that judged it;
 * `retried` is the immediate predecessor within the grace, whose successor is still unused.
 */
export type Rotation =
  | { readonly kind: 'rotated' | 'retried'; readonly token: Secret; readonly owner: FamilyOwner }
  | { readonly kind: 'replayed'; readonly owner: FamilyOwner }
  | { readonly kind: 'refused' };

/** Refresh tokens: families with rotation, reuse detection (RFC 9700 section 4.14.2) and a short grace. */
@Injectable()
export class RefreshFamiliesService implements OnModuleInit {
  constructor(
    private readonly store: RefreshFamiliesStore,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
    private readonly purges: Purges,
  ) {}

  onModuleInit(): void {
    this.purges.register({
      table: 'refresh_family',
      life: "until it has idled for the client's refresh token lifetime, at most one year",
      purge: (tx, now, limit) => this.store.purge(tx, now, limit),
    });
  }

  /**
   * Opens a family for a login.
   * @param lifetime seconds that a token of it may lie unused.
   * @returns its first refresh token.
   */
  open(sink: Pick<Sink, 'batch'>, owner: FamilyOwner, lifetime: number): Secret {
    const now = this.clock.now();
    const id = newFamilyId(now);
    const token = buildRefreshToken(this.sealer, id, 0, randomBytesOf(32));
    this.store.insert(sink, {
      id,
      ...owner,
      generation: 0,
      currentHash: hashSecret(token),
      previousHash: null,
      rotatedAt: new Date(now),
      createdAt: new Date(now),
      idleExpiresAt: new Date(now + Math.min(lifetime * 1000, absoluteLifeMs)),
      expiresAt: new Date(now + absoluteLifeMs),
    });
    return token;
  }

  /** The family that a genuine token names, whatever became of it; nothing is looked up. */
  familyOf(presented: Secret): FamilyId | undefined {
    return parseRefreshToken(this.sealer, presented)?.familyId;
  }

  /**
   * Whom a genuine token belongs to, of whichever generation; without a change. For requests that name no client,
   * introspection and revocation.
   * @returns `usable`: it is the newest of its family. `alive`: the family can still be refreshed with its newest one.
   */
  async owner(
    tx: Tx,
    presented: Secret,
  ): Promise<{ owner: FamilyOwner; usable: boolean; alive: boolean; family: RefreshFamily } | undefined> {
    const parts = parseRefreshToken(this.sealer, presented);
    const family = parts && (await this.store.find(tx, parts.familyId));
    if (!family) return undefined;
    const alive = !this.ended(family);
    const usable = alive && sameBytes(hashSecret(presented), family.currentHash);
    return { owner: ownerOf(family), usable, alive, family };
  }

  /** When the families of some logins were used last; logins without one are left out. */
  async lastUses(tx: Tx, loginIds: readonly LoginId[]): Promise<ReadonlyMap<LoginId, Date>> {
    const families = await this.store.lastUses(tx, loginIds);
    return new Map(families.map(({ loginId, rotatedAt }) => [loginId, rotatedAt]));
  }

  /**
   * Rotates the family of a presented token, under a row lock.
   * @param lifetime seconds that the new token may lie unused.
   * @param mayUse judges the owner (right client, authenticated as it must be) before anything changes.
   */
  async rotate(
    tx: Tx,
    presented: Secret,
    lifetime: number,
    mayUse: (owner: FamilyOwner) => boolean,
  ): Promise<Rotation> {
    const parts = parseRefreshToken(this.sealer, presented);
    const family = parts && (await this.store.lock(tx, parts.familyId));
    if (!family || this.ended(family)) return { kind: 'refused' };
    const owner = ownerOf(family);
    if (!mayUse(owner)) return { kind: 'refused' };
    const hash = hashSecret(presented);
    const now = this.clock.now();
    if (sameBytes(hash, family.currentHash)) {
      const token = successorOf(this.sealer, parts.familyId, family.generation + 1, presented);
      this.store.rotate(
        tx,
        family.id,
        hash,
        hashSecret(token),
        new Date(now),
        new Date(now + lifetime * 1000),
      );
      return { kind: 'rotated', token, owner };
    }
    const isPredecessor = family.previousHash !== null && sameBytes(hash, family.previousHash);
    if (isPredecessor && now - family.rotatedAt.getTime() <= refreshGraceMs) {
      const token = successorOf(this.sealer, parts.familyId, family.generation, presented);
      if (sameBytes(hashSecret(token), family.currentHash)) return { kind: 'retried', token, owner };
      return { kind: 'refused' };
    }
    return { kind: 'replayed', owner };
  }

  private ended(family: RefreshFamily): boolean {
    const now = this.clock.now();
    return family.expiresAt.getTime() <= now || family.idleExpiresAt.getTime() <= now;
  }
}

function ownerOf(family: RefreshFamily): FamilyOwner {
  return {
    loginId: family.loginId,
    clientId: family.clientId,
    projectId: family.projectId,
    authenticated: family.authenticated,
  };
}
