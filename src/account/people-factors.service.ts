import { Injectable } from '@nestjs/common';
import type { User } from '../identities/user.entity.js';
import type { Actor } from '../kernel/actor.js';
import type { UserId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { SessionsService } from '../logins/sessions.service.js';
import type { FactorView } from '../mfa/factor.types.js';
import { FactorRequirementsService } from '../mfa/factor-requirements.service.js';
import { FactorsService } from '../mfa/factors.service.js';

/** The second factors of a person, and whether one is demanded wherever the account signs in. */
export interface FactorsOfUser {
  readonly id: UserId;
  readonly factors: readonly FactorView[];
  readonly required: boolean;
}

/** The second factors of people, for whoever looks after their accounts. Judges no rights. */
@Injectable()
export class PeopleFactorsService {
  constructor(
    private readonly factors: FactorsService,
    private readonly requirements: FactorRequirementsService,
    private readonly sessions: SessionsService,
  ) {}

  /** Takes every factor away and ends every session and login, so that nobody who was in stays in. */
  async reset(tx: Tx, actor: Actor, user: User): Promise<void> {
    await this.factors.removeAll(tx, actor, user);
    await this.sessions.endAll(tx, actor, user.id, 'factors-reset', { projectId: user.projectId });
  }

  /** What these people have. */
  async of(tx: Tx, users: readonly Pick<User, 'id' | 'projectId'>[]): Promise<FactorsOfUser[]> {
    const ids = users.map(({ id }) => id);
    const factors = await this.factors.list(tx, ids);
    const demands = await this.requirements.of(tx, ids);
    return users.map(({ id, projectId }) => ({
      id,
      factors: factors.filter(({ userId }) => userId === id),
      required: demands.some((one) => one.userId === id && one.projectId === projectId),
    }));
  }
}
