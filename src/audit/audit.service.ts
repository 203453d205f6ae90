import { Injectable } from '@nestjs/common';
import type { ActedFor, Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import {
  type ClientId,
  type LoginId,
  type MembershipId,
  newId,
  type ProjectId,
  type UserId,
} from '../kernel/ids.js';
import { addressKey } from '../kernel/rate-limit.js';
import type { Sink, Tx } from '../kernel/tx.js';
import { AuditStore } from './audit.store.js';
import type { AuditRecord } from './audit-record.entity.js';
import type { AuditEventType } from './event-types.js';

/** One act to record. What is left out is taken from the actor. */
export interface AuditEvent {
  readonly type: AuditEventType;
  readonly actor: Actor;
  /** The chain it belongs to: a project, or `null` for the server's own (rulings 25). */
  readonly projectId: ProjectId | null;
  readonly target?: { readonly type: string; readonly id: string };
  readonly userId?: UserId | undefined;
  readonly clientId?: ClientId | undefined;
  readonly membershipId?: MembershipId | undefined;
  readonly loginId?: LoginId | undefined;
  /** Facts about the act: never a credential, never clinical text, never an unknown login name in the clear. */
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

const refusalsPerMinute = 30;

/**
 * The record of who did what for whom. An act that happened is recorded in its own transaction; a refused act, which
 * has no fact to ride on, in one of its own, folded into a counter beyond a budget (rulings 41).
 */
@Injectable()
export class AuditService {
  private budgetMinute = 0;
  private readonly budget = new Map<string, number>();

  constructor(
    private readonly db: Db,
    private readonly store: AuditStore,
    private readonly clock: Clock,
  ) {}

  /** Records an act that happened; the row commits with the fact. */
  record(sink: Pick<Sink, 'batch'>, event: AuditEvent): void {
    this.store.append(sink, this.row(event, 'success'));
  }

  /** Records a refusal whose mark commits with other rows (a replayed code, a used-up budget). */
  recordRefusal(sink: Pick<Sink, 'batch'>, event: AuditEvent): void {
    this.store.append(sink, this.row(event, 'refused'));
  }

  /**
   * Records a refused act in a transaction of its own. From one address (IPv6: its /64), client and type more than 30 a
   * minute are counted in one row instead. A failure to record is the caller's failure: nothing is refused without a trace.
   */
  async refuse(event: AuditEvent): Promise<void> {
    const minute = Math.floor(this.clock.now() / 60_000);
    const clientId = event.clientId ?? event.actor.clientId ?? '';
    const remoteAddress = addressKey(event.actor.request.ip);
    if (this.withinBudget(minute, `${remoteAddress} ${clientId} ${event.type}`)) {
      await this.db.gather((sink) => this.recordRefusal(sink, event));
      return;
    }
    await this.db.tx((tx) =>
      this.store.count(tx, {
        minute: new Date(minute * 60_000),
        remoteAddress,
        clientId,
        type: event.type,
        projectId: event.projectId,
        occurrences: 1,
      }),
    );
  }

  /**
   * Turns counters of finished minutes into records; safe to run on many nodes.
   * @returns how many counters were turned.
   */
  async unfold(tx: Tx, limit = 1000): Promise<number> {
    const minute = Math.floor(this.clock.now() / 60_000) * 60_000;
    const folds = await this.store.takeFolds(tx, new Date(minute), limit);
    for (const fold of folds) {
      this.store.append(tx, {
        ...emptyRow,
        id: newId(this.clock.now()),
        recordedAt: fold.minute,
        projectId: fold.projectId,
        type: fold.type,
        clientId: fold.clientId === '' ? null : fold.clientId,
        remoteAddress: fold.remoteAddress,
        occurrences: fold.occurrences,
      });
    }
    return folds.length;
  }

  /** A page of a chain, newest first. */
  page(
    tx: Tx,
    query: { projectId: ProjectId | null; before?: string; limit: number; types?: readonly AuditEventType[] },
  ): Promise<AuditRecord[]> {
    return this.store.page(tx, { ...query, before: query.before });
  }

  private withinBudget(minute: number, key: string): boolean {
    if (minute !== this.budgetMinute) {
      this.budgetMinute = minute;
      this.budget.clear();
    }
    const used = (this.budget.get(key) ?? 0) + 1;
    this.budget.set(key, used);
    return used <= refusalsPerMinute;
  }

  private row(event: AuditEvent, outcome: 'success' | 'refused'): AuditRecord {
    const { actor } = event;
    const now = this.clock.now();
    return {
      id: newId(now),
      recordedAt: new Date(now),
      projectId: event.projectId,
      type: event.type,
      outcome,
      actorKind: actor.kind,
      userId: event.userId ?? actor.userId ?? null,
      clientId: event.clientId ?? actor.clientId ?? null,
      membershipId: event.membershipId ?? actor.membershipId ?? null,
      loginId: event.loginId ?? actor.loginId ?? null,
      target: event.target ? `${event.target.type}/${event.target.id}` : null,
      remoteAddress: actor.request.ip,
      requestId: actor.request.requestId,
      occurrences: 1,
      detail: actor.onBehalfOf ? { ...event.detail, ...actedFor(actor.onBehalfOf) } : (event.detail ?? null),
    };
  }
}

/** The system that acted stands in the columns of the record; this is for whom (F72). */
function actedFor({ membershipId, profile, userId }: ActedFor): Record<string, string> {
  return {
    onBehalfOf: `ProjectMembership/${membershipId}`,
    onBehalfOfProfile: profile,
    ...(userId && { onBehalfOfUser: `User/${userId}` }),
  };
}

const emptyRow = {
  outcome: 'refused',
  actorKind: 'anonymous',
  userId: null,
  membershipId: null,
  loginId: null,
  target: null,
  requestId: 'folded',
  detail: null,
} as const;
