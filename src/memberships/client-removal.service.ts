import { Injectable } from '@nestjs/common';
import { ClientsService } from '../clients/clients.service.js';
import type { Actor } from '../kernel/actor.js';
import type { ClientId, ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { ownClient } from './memberships.errors.js';
import { MembershipsService } from './memberships.service.js';
import { MembershipsStore } from './memberships.store.js';

/** Deletes clients together with their own memberships. Judges no rights. */
@Injectable()
export class ClientRemovalService {
  constructor(
    private readonly store: MembershipsStore,
    private readonly memberships: MembershipsService,
    private readonly clients: ClientsService,
  ) {}

  /**
   * Ends every access through a client, and its own, for good; what both were stays in their history.
   * @param version the version that the caller read, if it did.
   * @throws AppError `not-found`, `client-built-in`, `own-client` for the one that the caller came through, `conflict`
   */
  async remove(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId | null,
    id: ClientId,
    version?: number,
  ): Promise<void> {
    const client = await this.clients.get(tx, projectId, id);
    if (actor.clientId === id) throw ownClient();
    const membership = await this.store.findOfClient(tx, id);
    if (membership) await this.memberships.remove(tx, actor, membership.projectId, membership.id);
    await this.clients.remove(tx, actor, client, version);
  }
}
