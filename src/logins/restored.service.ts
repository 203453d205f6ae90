import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import type { Tx } from '../kernel/tx.js';
import { RestoredStore } from './restored.store.js';

/** Ends what an older state of the database would bring back to life (rulings 25). */
@Injectable()
export class RestoredService {
  constructor(
    private readonly store: RestoredStore,
    private readonly audit: AuditService,
  ) {}

  /**
   * Forgets every session, login and code, and with its login every token: all from before is refused. Nodes that run
   * meanwhile must be restarted, because they may remember logins for a moment.
   * @returns how many were forgotten.
   */
  async forgetSignIns(tx: Tx, actor: Actor): Promise<{ logins: number; sessions: number }> {
    const forgotten = await this.store.forgetAll(tx);
    this.audit.record(tx, { type: 'server.restore', actor, projectId: null, detail: forgotten });
    return forgotten;
  }
}
