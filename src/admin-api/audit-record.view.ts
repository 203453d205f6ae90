import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { AuditRecord } from '../audit/audit-record.entity.js';
import { connectionOf } from './connection.view.js';
import { ActorKind, AuditEventType, AuditOutcome } from './enums.js';

@ObjectType('AuditDetail')
export class AuditDetailView {
  @Field(() => String)
  name: string;

  @Field(() => String)
  value: string;
}

@ObjectType('AuditRecord', {
  description: 'Who did what. Records are never changed or removed through the server.',
})
export class AuditRecordView {
  /** For the fields that are read when asked for. */
  readonly row: AuditRecord;

  @Field(() => ID)
  id: string;

  @Field(() => Date)
  recordedAt: Date;

  @Field(() => ID, { nullable: true, description: "Absent in the server's own record." })
  projectId: string | null;

  @Field(() => AuditEventType)
  type: string;

  @Field(() => AuditOutcome)
  outcome: AuditRecord['outcome'];

  @Field(() => ActorKind)
  actorKind: string;

  @Field(() => ID, { nullable: true })
  userId: string | null;

  @Field(() => ID, { nullable: true })
  clientId: string | null;

  @Field(() => ID, { nullable: true })
  membershipId: string | null;

  @Field(() => ID, { nullable: true })
  loginId: string | null;

  @Field(() => String, { nullable: true, description: 'Type/id of what was acted on.' })
  target: string | null;

  @Field(() => String)
  remoteAddress: string;

  @Field(() => String, { description: 'X-Request-Id of the answer.' })
  requestId: string;

  @Field(() => Int, { description: 'More than one when a flood of refusals was counted in one record.' })
  occurrences: number;
}

export const AuditRecordConnection = connectionOf(AuditRecordView, 'AuditRecord');

/** What is shown of a record by itself. */
export function auditRecordView(row: AuditRecord): AuditRecordView {
  const { detail: _, ...shown } = row;
  return { ...shown, row };
}
