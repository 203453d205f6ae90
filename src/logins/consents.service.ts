import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { type ClientId, newId, type ProjectId, type UserId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import type { Consent } from './consent.entity.js';
import { ConsentsStore } from './consents.store.js';

/** Whether a person was ever asked about a client, and the scopes allowed. */
export interface RememberedConsent {
  readonly asked: boolean;
  readonly scope: readonly string[];
}

/** What people allowed clients to have; remembered per person and client (RFC 9700 section 4.11, F88). */
@Injectable()
export class ConsentsService {
  constructor(
    private readonly store: ConsentsStore,
    private readonly clock: Clock,
    private readonly audit: AuditService,
  ) {}

  /** What a person has allowed a client before. */
  async remembered(tx: Tx, userId: UserId, clientId: ClientId): Promise<RememberedConsent> {
    const consent = await this.store.find(tx, userId, clientId);
    return { asked: consent !== undefined, scope: consent?.scope ?? [] };
  }

  /** What a person has allowed any client, oldest first, at most 200. */
  ofUser(tx: Tx, userId: UserId): Promise<Consent[]> {
    return this.store.ofUser(tx, userId);
  }

  /** Remembers what the person allowed now, besides what was allowed before. */
  async grant(
    tx: Tx,
    actor: Actor,
    consent: { userId: UserId; clientId: ClientId; projectId: ProjectId | null; scope: readonly string[] },
  ): Promise<void> {
    const now = this.clock.date();
    await this.store.merge(
      tx,
      newId<'Consent'>(now.getTime()),
      consent.userId,
      consent.clientId,
      consent.scope,
      now,
    );
    this.audit.record(tx, {
      type: 'consent.granted',
      actor,
      projectId: consent.projectId,
      userId: consent.userId,
      clientId: consent.clientId,
      detail: { scope: consent.scope.join(' ') },
    });
  }

  /** Forgets what the person allowed a client: it has to ask again. @returns whether there was anything to forget. */
  async withdraw(
    tx: Tx,
    actor: Actor,
    consent: { userId: UserId; clientId: ClientId; projectId: ProjectId | null },
  ): Promise<boolean> {
    const { userId, clientId, projectId } = consent;
    const found = await this.store.remove(tx, userId, clientId);
    if (found) this.audit.record(tx, { type: 'consent.withdrawn', actor, projectId, userId, clientId });
    return found;
  }
}
