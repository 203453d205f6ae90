import { Injectable } from '@nestjs/common';
import { In, MoreThan } from 'typeorm';
import type { PolicyId, ProjectId } from '../kernel/ids.js';
import { type PageQuery, rowsToRead } from '../kernel/page.js';
import type { Tx } from '../kernel/tx.js';
import { viewTerms } from '../r4/view-search.js';
import { AccessPolicy } from './access-policy.entity.js';
import { policyTable } from './access-policy.fhir.js';

/** The rows of `access_policy`. */
@Injectable()
export class AccessPolicyStore {
  async insert(tx: Tx, policy: AccessPolicy): Promise<void> {
    await tx.manager.insert(AccessPolicy, { ...policy, terms: viewTerms(policyTable, policy) } as never);
  }

  async find(tx: Tx, projectId: ProjectId, id: PolicyId): Promise<AccessPolicy | undefined> {
    return (await tx.manager.findOneBy(AccessPolicy, { id, projectId })) ?? undefined;
  }

  findMany(tx: Tx, ids: readonly PolicyId[]): Promise<AccessPolicy[]> {
    return tx.manager.findBy(AccessPolicy, { id: In([...ids]) });
  }

  /** Writes `changes` over the row if it still has `version`; answers whether it did. */
  async update(
    tx: Tx,
    policy: AccessPolicy,
    version: number,
    changes: Partial<AccessPolicy>,
  ): Promise<boolean> {
    const { affected } = await tx.manager.update(AccessPolicy, { id: policy.id, version }, {
      ...changes,
      terms: viewTerms(policyTable, { ...policy, ...changes }),
      version: version + 1,
    } as never);
    return affected === 1;
  }

  list(tx: Tx, projectId: ProjectId, page: PageQuery<PolicyId>): Promise<AccessPolicy[]> {
    return tx.manager.find(AccessPolicy, {
      where: { projectId, ...(page.after ? { id: MoreThan(page.after) } : {}) },
      order: { id: 'ASC' },
      take: rowsToRead(page),
    });
  }
}
