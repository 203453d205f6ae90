import { Injectable } from '@nestjs/common';
import { In, MoreThan } from 'typeorm';
import type { Actor } from '../kernel/actor.js';
import type { PolicyId, ProjectId } from '../kernel/ids.js';
import { type PageQuery, rowsToRead } from '../kernel/page.js';
import { RowVersions } from '../kernel/row-versions.js';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import { viewTerms } from '../r4/view-search.js';
import { AccessPolicy } from './access-policy.entity.js';
import { policyTable } from './access-policy.fhir.js';

const hold = statement(
  'access_policy.hold',
  'SELECT id FROM access_policy WHERE project_id = $1 AND id = $2 FOR KEY SHARE',
);
const lock = statement(
  'access_policy.lock',
  'SELECT id FROM access_policy WHERE project_id = $1 AND id = $2 FOR UPDATE',
);

/** The rows of `access_policy`. */
@Injectable()
export class AccessPolicyStore {
  constructor(private readonly versions: RowVersions) {}

  async insert(tx: Tx, policy: AccessPolicy): Promise<void> {
    const terms = viewTerms(policyTable, policy);
    await tx.manager.insert(AccessPolicy, { ...policy, terms } as never);
  }

  async find(tx: Tx, projectId: ProjectId, id: PolicyId): Promise<AccessPolicy | undefined> {
    return (await tx.manager.findOneBy(AccessPolicy, { id, projectId })) ?? undefined;
  }

  findMany(tx: Tx, ids: readonly PolicyId[]): Promise<AccessPolicy[]> {
    return tx.manager.findBy(AccessPolicy, { id: In([...ids]) });
  }

  /** Whether the policy is there; until the transaction ends nobody can delete it. */
  async hold(tx: Tx, projectId: ProjectId, id: PolicyId): Promise<boolean> {
    return (await tx.sql(hold, [projectId, id])).length === 1;
  }

  /** Waits for those who hold the policy, and lets nobody hold it until the transaction ends. */
  async lock(tx: Tx, projectId: ProjectId, id: PolicyId): Promise<void> {
    await tx.sql(lock, [projectId, id]);
  }

  /** Writes `changes` over the row if it still has `version`, and keeps what it was; answers whether it did. */
  update(
    tx: Tx,
    actor: Actor,
    before: AccessPolicy,
    version: number,
    changes: Partial<AccessPolicy> & { readonly updatedAt: Date },
  ): Promise<boolean> {
    const terms = viewTerms(policyTable, { ...before, ...changes });
    const { projectId } = before;
    const change = { projectId, before, version, actor };
    return this.versions.replace(tx, AccessPolicy, change, { ...changes, terms });
  }

  /** Deletes the row if it still has `version`; its versions stay. Answers whether it did. */
  remove(tx: Tx, actor: Actor, before: AccessPolicy, version: number, at: Date): Promise<boolean> {
    const { projectId } = before;
    return this.versions.remove(tx, AccessPolicy, { projectId, before, version, actor }, at);
  }

  list(tx: Tx, projectId: ProjectId, page: PageQuery<PolicyId>): Promise<AccessPolicy[]> {
    return tx.manager.find(AccessPolicy, {
      where: { projectId, ...(page.after ? { id: MoreThan(page.after) } : {}) },
      order: { id: 'ASC' },
      take: rowsToRead(page),
    });
  }
}
