import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import type { Tx } from '../kernel/db.js';
import { type ClientId, newId, type ProjectId, type UserId } from '../kernel/ids.js';
import { ConsentsStore } from './consents.store.js';

/** What people allowed clients to have; remembered per person and client (RFC 9700 section 4.11, F88). */
@Injectable()
export class ConsentsService {
  constructor(
    private readonly store: ConsentsStore,
    private readonly clock: Clock,
    private readonly audit: AuditService,
  ) {}

  /** The scopes that a person has allowed a client before; none if never asked. */
  async remembered(tx: Tx, userId: UserId, clientId: ClientId): Promise<readonly string[]> {
    return (await this.store.find(tx, userId, clientId))?.scope ?? [];
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
}
