import { Injectable } from '@nestjs/common';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import type { Actor } from '../kernel/actor.js';
import type { ProjectId, UserId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { MemberChecksService } from './member-checks.service.js';

/** What is decided about a person as a whole, by all memberships together. */
@Injectable()
export class PeopleService {
  constructor(
    private readonly users: UsersService,
    private readonly checks: MemberChecksService,
  ) {}

  /**
   * Ends every access of a person at once.
   * @param scope the project whose own user is meant, or `null` for a server-scoped one.
   * @throws AppError `not-found`, `last-super-admin`
   */
  async deactivate(tx: Tx, actor: Actor, scope: ProjectId | null, id: UserId): Promise<User> {
    await this.checks.keepsSuperAdminWithout(tx, (await this.users.get(tx, scope, id)).id);
    return this.users.deactivate(tx, actor, scope, id);
  }
}
