import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Config } from '../kernel/config.js';
import { newId, type ProjectId, parseId, type UserId } from '../kernel/ids.js';
import { Purges } from '../kernel/purges.js';
import { hashSecret, newSecret, presentedSecret, type Secret, sameBytes } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import { type LinkPurpose, linkPurposes } from './link-purposes.js';
import type { LinkId, OneTimeLink } from './one-time-link.entity.js';
import { OneTimeLinksStore } from './one-time-links.store.js';
import type { User } from './user.entity.js';

/** A link as it is handed out: this once. */
export interface NewLink {
  readonly id: LinkId;
  readonly secret: Secret;
  readonly url: string;
  readonly expiresAt: Date;
}

/** Why a presented link opens nothing. Only who holds its secret is told more than `unknown` or `wrong`. */
export type LinkFault = 'unknown' | 'wrong' | 'used' | 'expired';

/** What a presented link is good for. */
export type PresentedLink =
  | { readonly ok: true; readonly link: OneTimeLink }
  | { readonly ok: false; readonly fault: LinkFault };

/** Ended links stay known for a while, so that who follows one is told what became of it. */
const keptMs = 30 * 86_400_000;

/**
 * One-time links: bound to purpose, user and project, used once, made from the configured base URL and nothing else (V20).
 * Judges nothing but the link; what it opens is decided by whoever uses it, who asks for the purpose (V39).
 */
@Injectable()
export class OneTimeLinksService implements OnModuleInit {
  constructor(
    private readonly store: OneTimeLinksStore,
    private readonly clock: Clock,
    private readonly config: Config,
    private readonly purges: Purges,
  ) {}

  onModuleInit(): void {
    this.purges.register({
      table: 'one_time_link',
      life: '30 days from its expiry',
      purge: (tx, now, limit) => this.store.purge(tx, new Date(now.getTime() - keptMs), limit),
    });
  }

  /**
   * Makes a link.
   * @param provesAddress that nobody but the address learns it; for a server-scoped user there is no other (rulings 23).
   */
  async open(
    tx: Tx,
    purpose: LinkPurpose,
    user: Pick<User, 'id' | 'projectId'>,
    { projectId, provesAddress }: { readonly projectId: ProjectId | null; readonly provesAddress: boolean },
  ): Promise<NewLink> {
    if (!provesAddress && user.projectId === null)
      throw new Error('A link of a server-scoped user leaves by its mail only');
    const { lifeMs, path } = linkPurposes[purpose];
    const secret = newSecret();
    const now = this.clock.date();
    const id: LinkId = newId(now.getTime());
    const expiresAt = new Date(now.getTime() + lifeMs);
    await this.store.insert(tx, {
      id,
      purpose,
      userId: user.id,
      projectId,
      secretHash: hashSecret(secret),
      provesAddress,
      createdAt: now,
      expiresAt,
      usedAt: null,
    });
    return { id, secret, expiresAt, url: `${this.config.baseUrl}${path}/${id}/${secret}` };
  }

  /** What the two parts of a link, as they came from outside, are good for. Changes nothing. */
  async present(tx: Tx, id: string, secret: string): Promise<PresentedLink> {
    const known = parseId<'OneTimeLink'>(id);
    const link = known && (await this.store.find(tx, known));
    const given = hashSecret(presentedSecret(secret));
    if (!link) return { ok: false, fault: 'unknown' };
    if (!sameBytes(given, link.secretHash)) return { ok: false, fault: 'wrong' };
    if (link.usedAt) return { ok: false, fault: 'used' };
    if (link.expiresAt <= this.clock.date()) return { ok: false, fault: 'expired' };
    return { ok: true, link };
  }

  /** Uses a link up, or takes it back. @returns whether this call did it: of two at once, one. */
  use(tx: Tx, id: LinkId): Promise<boolean> {
    return this.store.use(tx, id, this.clock.date());
  }

  /** Forgets every link: an older state of the database would bring used ones back to life (rulings 25). */
  forgetAll(tx: Tx): Promise<void> {
    return this.store.forgetAll(tx);
  }

  /** Takes back every unused link of a person for one purpose. */
  endAll(tx: Tx, userId: UserId, purpose: LinkPurpose): Promise<void> {
    return this.store.endOfUser(tx, userId, purpose, this.clock.date());
  }
}
