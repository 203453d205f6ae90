import { Injectable } from '@nestjs/common';
import type { User } from '../identities/user.entity.js';
import { userFields, userResource, writableUserElements } from '../identities/user.fhir.js';
import { UserSearchService } from '../identities/user-search.service.js';
import { UsersService } from '../identities/users.service.js';
import type { UserId } from '../kernel/ids.js';
import type { ResourceWriting } from './resource-home.js';
import { changedFields, refuseOtherChanges, versionedByRow, versionOf } from './view-changes.js';
import { ViewHome } from './view-home.js';

/**
 * A project's own users (wire-spec section 1.1); server-scoped ones are nobody's to see here (section 12.26). They are made
 * together with profile and membership, which no resource says; names can be changed.
 */
@Injectable()
export class UserHome extends ViewHome<User> {
  readonly types: readonly string[] = ['User'];

  readonly writing: ResourceWriting = {
    ...versionedByRow,
    update: async (tx, actor, projectId, before, resource) => {
      refuseOtherChanges(before, resource, writableUserElements);
      const changes = changedFields(userFields(before), userFields(resource));
      const id = before.id as UserId;
      return userResource(await this.users.edit(tx, actor, projectId, id, versionOf(before), changes));
    },
  };

  constructor(
    search: UserSearchService,
    private readonly users: UsersService,
  ) {
    super(search, userResource);
  }
}
