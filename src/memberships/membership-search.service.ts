import { Injectable } from '@nestjs/common';
import { Db } from '../kernel/db.js';
import type { MembershipId } from '../kernel/ids.js';
import { RowVersions } from '../kernel/row-versions.js';
import { TermStatistics } from '../kernel/term-statistics.js';
import { ViewSearch } from '../r4/view-search.js';
import { MembershipsStore } from './memberships.store.js';
import type { ProjectMembership } from './project-membership.entity.js';
import { membershipTable } from './project-membership.fhir.js';

/** Finds the memberships of a project as FHIR resources are found. */
@Injectable()
export class MembershipSearchService extends ViewSearch<ProjectMembership> {
  constructor(db: Db, statistics: TermStatistics, versions: RowVersions, store: MembershipsStore) {
    super(db, statistics, versions, membershipTable, (tx, ids) => store.findMany(tx, ids as MembershipId[]));
  }
}
