import { Injectable } from '@nestjs/common';
import { batchInsert, statement } from '../kernel/statement.js';
import type { Sink, Tx } from '../kernel/tx.js';
import { AuditRecord } from './audit-record.entity.js';

const records = batchInsert<AuditRecord>(
  'audit_record',
  [
    'id',
    'recorded_at',
    'project_id',
    'type',
    'outcome',
    'actor_kind',
    'user_id',
    'client_id',
    'membership_id',
    'login_id',
    'target',
    'remote_address',
    'request_id',
    'occurrences',
    'detail',
  ],
  (row) => [
    row.id,
    row.recordedAt,
    row.projectId,
    row.type,
    row.outcome,
    row.actorKind,
    row.userId,
    row.clientId,
    row.membershipId,
    row.loginId,
    row.target,
    row.remoteAddress,
    row.requestId,
    row.occurrences,
    row.detail === null ? null : JSON.stringify(row.detail),
  ],
);

const fold = statement(
  'audit_fold.count',
  `INSERT INTO audit_fold (minute, remote_address, client_id, type, project_id, occurrences) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (minute, remote_address, client_id, type) DO UPDATE SET occurrences = audit_fold.occurrences + EXCLUDED.occurrences`,
);

const takeFolds = statement(
  'audit_fold.take',
  `DELETE FROM audit_fold WHERE ctid IN (SELECT ctid FROM audit_fold WHERE minute < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
   RETURNING minute, remote_address AS "remoteAddress", client_id AS "clientId", type, project_id AS "projectId", occurrences`,
);

/** One taken counter. */
export interface FoldRow {
  readonly minute: Date;
  readonly remoteAddress: string;
  readonly clientId: string;
  readonly type: string;
  readonly projectId: string | null;
  readonly occurrences: number;
}

/** The rows of `audit_record` and `audit_fold`. */
@Injectable()
export class AuditStore {
  append(sink: Pick<Sink, 'batch'>, row: AuditRecord): void {
    sink.batch(records, row);
  }

  async count(tx: Tx, row: FoldRow): Promise<void> {
    await tx.sql(fold, [
      row.minute,
      row.remoteAddress,
      row.clientId,
      row.type,
      row.projectId,
      row.occurrences,
    ]);
  }

  /** Removes and answers counters of minutes before `before`. */
  takeFolds(tx: Tx, before: Date, limit: number): Promise<FoldRow[]> {
    return tx.sql<FoldRow>(takeFolds, [before, limit]);
  }

  /** Newest first; `projectId` null means the server's own record. */
  async page(
    tx: Tx,
    query: { projectId: string | null; before: string | undefined; limit: number; types?: readonly string[] },
  ): Promise<AuditRecord[]> {
    const select = tx.manager
      .createQueryBuilder(AuditRecord, 'record')
      .where(query.projectId === null ? 'record.projectId IS NULL' : 'record.projectId = :projectId', {
        projectId: query.projectId,
      })
      .orderBy('record.id', 'DESC')
      .limit(query.limit);
    if (query.before) select.andWhere('record.id < :before', { before: query.before });
    if (query.types?.length) select.andWhere('record.type IN (:...types)', { types: query.types });
    return select.getMany();
  }
}
