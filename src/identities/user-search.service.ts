import { Injectable } from '@nestjs/common';
import { Db } from '../kernel/db.js';
import type { Id, UserId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { ViewSearch } from '../r4/view-search.js';
import type { User } from './user.entity.js';
import { userTable } from './user.fhir.js';
import { UsersStore } from './users.store.js';

/** Finds a project's own users as FHIR resources are found; server-scoped ones belong to no project. */
@Injectable()
export class UserSearchService extends ViewSearch<User> {
  protected readonly table = userTable;

  constructor(
    db: Db,
    private readonly store: UsersStore,
  ) {
    super(db);
  }

  protected rows(tx: Tx, ids: readonly Id[]): Promise<User[]> {
    return this.store.findMany(tx, ids as UserId[]);
  }
}
