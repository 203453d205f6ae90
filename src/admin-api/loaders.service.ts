import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import type { AccessPolicy } from '../access-policy/access-policy.entity.js';
import { AccessPolicyService } from '../access-policy/access-policy.service.js';
import { type FactorsOfUser, PeopleFactorsService } from '../account/people-factors.service.js';
import type { ClientApplication } from '../clients/client-application.entity.js';
import { ClientSecretsService, type SecretDates } from '../clients/client-secrets.service.js';
import { ClientsService } from '../clients/clients.service.js';
import { DirectoryService } from '../directory/directory.service.js';
import type { DirectoryResource } from '../directory/directory-resource.entity.js';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import { Db } from '../kernel/db.js';
import type { ClientId, Id, PolicyId, UserId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { SignInService } from '../logins/sign-in.service.js';

type Loader<RowId extends Id, Row> = DataLoader<RowId, Row | undefined>;

/** Reads of related things, gathered: a page costs one statement per kind of thing, however long it is. */
export interface Loaders {
  readonly users: Loader<UserId, User>;
  readonly profiles: Loader<Id, DirectoryResource>;
  readonly policies: Loader<PolicyId, AccessPolicy>;
  readonly clients: Loader<ClientId, ClientApplication>;
  readonly secrets: Loader<ClientId, SecretDates>;
  /** Answers for those who are locked out. */
  readonly lockouts: Loader<UserId, { readonly id: UserId }>;
  readonly factors: Loader<UserId, FactorsOfUser>;
}

/** Makes the loaders of one request. */
@Injectable()
export class LoadersService {
  constructor(
    private readonly db: Db,
    private readonly users: UsersService,
    private readonly directory: DirectoryService,
    private readonly policies: AccessPolicyService,
    private readonly clients: ClientsService,
    private readonly secrets: ClientSecretsService,
    private readonly signIn: SignInService,
    private readonly people: PeopleFactorsService,
  ) {}

  /** New loaders; whether the caller may see what they read is judged by who asks them. */
  forRequest(): Loaders {
    return {
      users: this.batched((tx, ids) => this.users.findMany(tx, ids)),
      profiles: this.batched((tx, ids) => this.directory.findMany(tx, ids)),
      policies: this.batched((tx, ids) => this.policies.findMany(tx, ids)),
      clients: this.batched((tx, ids) => this.clients.findMany(tx, ids)),
      secrets: this.batched((tx, ids) => this.secrets.describe(tx, ids)),
      lockouts: this.batched((tx, ids) => this.signIn.lockedOut(tx, ids)),
      factors: this.batched(async (tx, ids) => this.people.of(tx, await this.users.findMany(tx, ids))),
    };
  }

  private batched<RowId extends Id, Row extends { readonly id: RowId }>(
    find: (tx: Tx, ids: readonly RowId[]) => Promise<readonly Row[]>,
  ): Loader<RowId, Row> {
    return new DataLoader<RowId, Row | undefined>(
      async (ids) => {
        const rows = await this.db.read((tx) => find(tx, [...new Set(ids)]));
        const byId = new Map(rows.map((row) => [row.id, row]));
        return ids.map((id) => byId.get(id));
      },
      // A request may hold several mutations: what the second one changed must not be answered as the first one saw it.
      { cache: false },
    );
  }
}
