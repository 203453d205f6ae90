import { Injectable } from '@nestjs/common';
import { Db } from '../kernel/db.js';
import type { ClientId, Id } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { ViewSearch } from '../r4/view-search.js';
import type { ClientApplication } from './client-application.entity.js';
import { clientTable } from './client-application.fhir.js';
import { ClientsStore } from './clients.store.js';

/** Finds the clients of a project as FHIR resources are found. */
@Injectable()
export class ClientSearchService extends ViewSearch<ClientApplication> {
  protected readonly table = clientTable;

  constructor(
    db: Db,
    private readonly store: ClientsStore,
  ) {
    super(db);
  }

  protected rows(tx: Tx, ids: readonly Id[]): Promise<ClientApplication[]> {
    return this.store.findMany(tx, ids as ClientId[]);
  }
}
