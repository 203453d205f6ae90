import { Injectable } from '@nestjs/common';
import { Db } from '../kernel/db.js';
import type { Id, PolicyId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { ViewSearch } from '../r4/view-search.js';
import type { AccessPolicy } from './access-policy.entity.js';
import { policyTable } from './access-policy.fhir.js';
import { AccessPolicyStore } from './access-policy.store.js';

/** Finds the policies of a project as FHIR resources are found. */
@Injectable()
export class AccessPolicySearchService extends ViewSearch<AccessPolicy> {
  protected readonly table = policyTable;

  constructor(
    db: Db,
    private readonly store: AccessPolicyStore,
  ) {
    super(db);
  }

  protected rows(tx: Tx, ids: readonly Id[]): Promise<AccessPolicy[]> {
    return this.store.findMany(tx, ids as PolicyId[]);
  }
}
