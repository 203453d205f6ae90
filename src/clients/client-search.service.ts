import { Injectable } from '@nestjs/common';
import { Db } from '../kernel/db.js';
import type { ClientId } from '../kernel/ids.js';
import { RowVersions } from '../kernel/row-versions.js';
import { TermStatistics } from '../kernel/term-statistics.js';
import { ViewSearch } from '../r4/view-search.js';
import type { ClientApplication } from './client-application.entity.js';
import { clientTable } from './client-application.fhir.js';
import { ClientsStore } from './clients.store.js';

/** Finds the clients of a project as FHIR resources are found. */
@Injectable()
export class ClientSearchService extends ViewSearch<ClientApplication> {
  constructor(db: Db, statistics: TermStatistics, versions: RowVersions, store: ClientsStore) {
    super(db, statistics, versions, clientTable, (tx, ids) => store.findMany(tx, ids as ClientId[]));
  }
}
