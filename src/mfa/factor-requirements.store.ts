import { Injectable } from '@nestjs/common';
import type { ProjectId, UserId } from '../kernel/ids.js';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import type { FactorRequirement } from './factor-requirement.entity.js';

const add = statement(
  'factor_requirement.add',
  `INSERT INTO factor_requirement (id, user_id, project_id, created_at) VALUES ($1, $2, $3, $4)
   ON CONFLICT DO NOTHING RETURNING 1`,
);
const remove = statement(
  'factor_requirement.remove',
  'DELETE FROM factor_requirement WHERE user_id = $1 AND project_id IS NOT DISTINCT FROM $2 RETURNING 1',
);
const ofUsers = statement(
  'factor_requirement.ofUsers',
  'SELECT user_id AS "userId", project_id AS "projectId" FROM factor_requirement WHERE user_id = ANY($1)',
);

/** The rows of `factor_requirement`. */
@Injectable()
export class FactorRequirementsStore {
  /** Whether it was not there. */
  async add(tx: Tx, { id, userId, projectId, createdAt }: FactorRequirement): Promise<boolean> {
    return (await tx.sql(add, [id, userId, projectId, createdAt])).length === 1;
  }

  /** Whether it was there. */
  async remove(tx: Tx, userId: UserId, projectId: ProjectId | null): Promise<boolean> {
    return (await tx.sql(remove, [userId, projectId])).length === 1;
  }

  ofUsers(
    tx: Tx,
    userIds: readonly UserId[],
  ): Promise<{ readonly userId: UserId; readonly projectId: ProjectId | null }[]> {
    return tx.sql(ofUsers, [userIds]);
  }
}
