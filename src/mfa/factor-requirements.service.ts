import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { newId, type ProjectId, type UserId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { FactorRequirementsStore } from './factor-requirements.store.js';

/** Who is meant: `projectId` is the project in which the demand holds, `null` for a person of the server everywhere. */
export interface RequirementTarget {
  readonly userId: UserId;
  readonly projectId: ProjectId | null;
}

/**
 * The demand that a person have a second factor. For a user of a project it holds for the user; for a person of the server
 * it holds everywhere (`null`), or in the memberships of the project that demands it and nowhere else (F61). What follows
 * from it is decided where people sign in.
 */
@Injectable()
export class FactorRequirementsService {
  constructor(
    private readonly store: FactorRequirementsStore,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** Makes or takes back the demand. Judges no rights; whether the person exists is the caller's part. */
  async set(
    tx: Tx,
    actor: Actor,
    { userId, projectId }: RequirementTarget,
    required: boolean,
  ): Promise<void> {
    const now = this.clock.date();
    const row = { id: newId<'FactorRequirement'>(now.getTime()), userId, projectId, createdAt: now };
    const done = required ? await this.store.add(tx, row) : await this.store.remove(tx, userId, projectId);
    if (!done) return;
    const target = { type: 'User', id: userId };
    this.audit.record(tx, { type: 'factor.required', actor, projectId, target, detail: { required } });
  }

  /** Where these people must have a second factor. */
  of(tx: Tx, userIds: readonly UserId[]): Promise<RequirementTarget[]> {
    return this.store.ofUsers(tx, userIds);
  }
}
