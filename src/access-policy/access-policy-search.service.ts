import { Injectable } from '@nestjs/common';
import { Db } from '../kernel/db.js';
import type { PolicyId } from '../kernel/ids.js';
import { RowVersions } from '../kernel/row-versions.js';
import { TermStatistics } from '../kernel/term-statistics.js';
import { ViewSearch } from '../r4/view-search.js';
import type { AccessPolicy } from './access-policy.entity.js';
import { policyTable } from './access-policy.fhir.js';
import { AccessPolicyStore } from './access-policy.store.js';

/** Finds the policies of a project as FHIR resources are found. */
@Injectable()
export class AccessPolicySearchService extends ViewSearch<AccessPolicy> {
  constructor(db: Db, statistics: TermStatistics, versions: RowVersions, store: AccessPolicyStore) {
    super(db, statistics, versions, policyTable, (tx, ids) => store.findMany(tx, ids as PolicyId[]));
  }
}
