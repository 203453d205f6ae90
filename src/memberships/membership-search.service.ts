import { Injectable } from '@nestjs/common';
import { Db } from '../kernel/db.js';
import type { Id, MembershipId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { ViewSearch } from '../r4/view-search.js';
import { MembershipsStore } from './memberships.store.js';
import type { ProjectMembership } from './project-membership.entity.js';
import { membershipTable } from './project-membership.fhir.js';

/** Finds the memberships of a project as FHIR resources are found. */
@Injectable()
export class MembershipSearchService extends ViewSearch<ProjectMembership> {
  protected readonly table = membershipTable;

  constructor(
    db: Db,
    private readonly store: MembershipsStore,
  ) {
    super(db);
  }

  protected rows(tx: Tx, ids: readonly Id[]): Promise<ProjectMembership[]> {
    return this.store.findMany(tx, ids as MembershipId[]);
  }
}
