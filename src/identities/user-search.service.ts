import { Injectable } from '@nestjs/common';
import { Db } from '../kernel/db.js';
import type { UserId } from '../kernel/ids.js';
import { RowVersions } from '../kernel/row-versions.js';
import { TermStatistics } from '../kernel/term-statistics.js';
import { ViewSearch } from '../r4/view-search.js';
import type { User } from './user.entity.js';
import { userTable } from './user.fhir.js';
import { UsersStore } from './users.store.js';

/** Finds a project's own users as FHIR resources are found; server-scoped ones belong to no project. */
@Injectable()
export class UserSearchService extends ViewSearch<User> {
  constructor(db: Db, statistics: TermStatistics, versions: RowVersions, store: UsersStore) {
    super(db, statistics, versions, userTable, (tx, ids) => store.findMany(tx, ids as UserId[]));
  }
}
