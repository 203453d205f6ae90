import { Injectable } from '@nestjs/common';
import { OneTimeLinksService } from '../identities/one-time-links.service.js';
import { PasswordsService } from '../identities/passwords.service.js';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import type { Actor } from '../kernel/actor.js';
import type { UserId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { SessionsService } from '../logins/sessions.service.js';
import { SignInService } from '../logins/sign-in.service.js';
import { FactorsService } from '../mfa/factors.service.js';

/** What follows when a person proves by a link who they are. */
@Injectable()
export class ProofsService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly links: OneTimeLinksService,
    private readonly sessions: SessionsService,
    private readonly signIn: SignInService,
    private readonly factors: FactorsService,
  ) {}

  /** The person behind a link, if still active. */
  async activeUser(tx: Tx, id: UserId): Promise<User | undefined> {
    const [user] = await this.users.findMany(tx, [id]);
    return user?.active ? user : undefined;
  }

  /**
   * A link was used to get at the account: every session and login of before ends, and so does every other link that
   * would set a password. The first proof of an address erases what anybody set before it (rulings 23), and a proved
   * person is no longer locked out by the failures of others.
   * @param provesAddress that the link left by the server's mail only.
   */
  async proved(tx: Tx, actor: Actor, user: User, provesAddress: boolean): Promise<void> {
    if (provesAddress) {
      await this.verified(tx, actor, user);
      if ((await this.signIn.lockedOut(tx, [user.id])).length > 0) await this.signIn.unlock(tx, actor, user);
    }
    await this.links.endAll(tx, user.id, 'invite');
    await this.links.endAll(tx, user.id, 'reset-password');
    await this.sessions.endAll(tx, actor, user.id, 'password-reset', { projectId: user.projectId });
  }

  /** The person proved the address by the server's mail; the first proof erases every credential from before (rulings 23). */
  async verified(tx: Tx, actor: Actor, user: User): Promise<void> {
    const { first } = await this.users.claim(tx, actor, user.id);
    if (!first || user.projectId !== null) return;
    await this.passwords.erase(tx, actor, user);
    await this.factors.removeAll(tx, actor, user);
    await this.sessions.endAll(tx, actor, user.id, 'address-proved', { projectId: null });
  }
}
