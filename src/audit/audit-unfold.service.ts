import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Purges } from '../kernel/purges.js';
import { AuditService } from './audit.service.js';

/** Turns the counters of folded refusals into records, with the hourly purge. */
@Injectable()
export class AuditUnfoldService implements OnModuleInit {
  constructor(
    private readonly purges: Purges,
    private readonly audit: AuditService,
  ) {}

  onModuleInit(): void {
    this.purges.register({
      table: 'audit_fold',
      life: 'until the next hourly run, which turns each counter into one row of audit_record',
      purge: (tx, _now, limit) => this.audit.unfold(tx, limit),
    });
  }
}
