import { Injectable } from '@nestjs/common';
import type { Caller } from '../authentication/caller.js';
import { notFound } from '../kernel/errors.js';
import type { LoginId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import type { Login } from '../logins/login.entity.js';
import { LoginsService } from '../logins/logins.service.js';

const mostListed = 100;

/**
 * The sign-ins that a caller may see and end: its own, in the project of its app, and behind a login that is confined to one
 * membership those of that membership only. What a person does in other projects is no app's business (F114).
 */
@Injectable()
export class OwnLoginsService {
  constructor(private readonly logins: LoginsService) {}

  /** Live ones of a person, newest first, at most 100. */
  async list(tx: Tx, caller: Caller): Promise<Login[]> {
    const { userId, projectId } = caller.actor;
    if (!userId || !projectId) return [];
    const found = await this.logins.liveOfProject(tx, projectId, undefined, mostListed, userId);
    return found.filter((login) => isOwn(caller, login));
  }

  /** Ends one; nothing happens when it has ended already. @throws AppError `not-found` when it is not the caller's */
  async revoke(tx: Tx, caller: Caller, id: LoginId): Promise<void> {
    const login = await this.logins.read(tx, id);
    if (!login || !isOwn(caller, login)) throw notFound();
    await this.logins.revoke(tx, caller.actor, id, 'revoked-by-person');
  }
}

function isOwn({ actor, login: its }: Caller, login: Login): boolean {
  if (login.projectId !== (actor.projectId ?? null)) return false;
  if (!actor.userId) return login.userId === null && login.clientId === actor.clientId;
  if (login.userId !== actor.userId) return false;
  return its?.reach !== 'membership' || login.membershipId === (actor.membershipId ?? null);
}
