import { Injectable } from '@nestjs/common';
import { PasswordsService } from '../identities/passwords.service.js';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import type { Actor } from '../kernel/actor.js';
import { Db } from '../kernel/db.js';
import { AppError, tooMany } from '../kernel/errors.js';
import type { UserId } from '../kernel/ids.js';
import type { Secret } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import type { Login } from '../logins/login.entity.js';
import { type Kept, type Session, SessionsService } from '../logins/sessions.service.js';
import { SignInService } from '../logins/sign-in.service.js';
import { ProjectsService } from '../projects/projects.service.js';
import { confinedLogin, passwordIncorrect, passwordNotSet, personOnly } from './account.errors.js';

/** What a person types who changes the own password. */
export interface PasswordChange {
  readonly oldPassword: string;
  readonly newPassword: string;
}

/** A person changes the own password by giving the old one (ASVS 6.2.2, 6.2.3; wire-spec section 2.5). */
@Injectable()
export class ChangePasswordService {
  constructor(
    private readonly db: Db,
    private readonly users: UsersService,
    private readonly projects: ProjectsService,
    private readonly passwords: PasswordsService,
    private readonly signIn: SignInService,
    private readonly sessions: SessionsService,
  ) {}

  /**
   * Puts the new password in place of the old one, and ends every session and login of the person but the one that asks.
   * @param login the one that asks; absent for a client that called with its secret.
   * @throws AppError `person-only`, `confined-login` (rulings 18), `password-not-set`, `password-incorrect`,
   * `too-many-requests`, `password-refused` with the reason, `passwords-busy`
   */
  async change(actor: Actor, login: Login | undefined, change: PasswordChange): Promise<void> {
    const user = login?.userId ? await this.users.find(login.userId) : undefined;
    if (!login || !user) throw personOnly();
    if (login.reach !== 'full') throw confinedLogin();
    const kept = { login: login.id, session: login.sessionId };
    await this.replace(actor, user, change, () => Promise.resolve(kept));
  }

  /**
   * The same for a person in front of the account page. The session gets a new secret, so that a copy of its cookie is worth
   * nothing afterwards; every app has to come back for its access.
   * @returns the secret for the cookie. @throws AppError as `change`
   */
  async changeInBrowser(actor: Actor, user: User, session: Session, change: PasswordChange): Promise<Secret> {
    if (session.vouchedBy === 'project' && user.projectId === null) throw confinedLogin();
    // What else was proved in this session stays proved.
    const amr = [...new Set(['pwd', ...session.amr])];
    const proof = { userId: user.id, vouchedBy: 'person' as const, amr };
    return this.replace(actor, user, change, async (tx) => {
      const next = await this.sessions.open(tx, actor, proof);
      await this.sessions.replace(tx, actor, session, next.session);
      return { session: next.session.id, secret: next.secret };
    }).then(({ secret }) => secret);
  }

  /** @param keep says what goes on of the person, in the transaction that ends everything else. */
  private async replace<Staying extends Kept>(
    actor: Actor,
    user: User,
    { oldPassword, newPassword }: PasswordChange,
    keep: (tx: Tx) => Promise<Staying>,
  ): Promise<Staying> {
    const before = await this.setAt(user.id);
    const confirmed = await this.signIn.confirm(actor, user, oldPassword);
    if (!confirmed.ok) {
      if (confirmed.reason === 'too-many') throw tooMany({ retryAfter: confirmed.retryAfterSeconds });
      throw passwordIncorrect({ field: 'oldPassword' });
    }
    const project = user.projectId ? ((await this.projects.find(user.projectId)) ?? null) : null;
    const prepared = await this.passwords.prepare(newPassword, { ...user, project }).catch(nameField);
    return this.db.tx(async (tx) => {
      // Somebody else changed it while this was being judged: the old password is not the one that was given.
      if (!(await this.passwords.replace(tx, actor, user, before, prepared)))
        throw passwordIncorrect({ field: 'oldPassword' });
      const kept = await keep(tx);
      await this.sessions.endAll(tx, actor, user.id, 'password-changed', { projectId: user.projectId, kept });
      return kept;
    });
  }

  private async setAt(userId: UserId): Promise<Date> {
    const at = await this.db.read((tx) => this.passwords.changedAt(tx, userId));
    if (!at) throw passwordNotSet({ field: 'oldPassword' });
    return at;
  }
}

/** The caller knows the new password by another name than the rules of passwords do. */
function nameField(error: unknown): never {
  if (!(error instanceof AppError) || error.field !== 'password') throw error;
  const { code, kind, message, detail } = error;
  throw new AppError(
    { code, kind, sentence: message },
    { field: 'newPassword', ...(detail !== undefined && { detail }) },
  );
}
