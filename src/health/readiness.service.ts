import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Db } from '../kernel/db.js';
import { Metrics } from '../kernel/metrics.js';
import { Notices } from '../kernel/notices.js';
import { Outbox } from '../kernel/outbox.js';

const silentForTooLongMs = 5_000;

/** Registers what of the kernel has to be there, and its gauges. */
@Injectable()
export class ReadinessService implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly db: Db,
    private readonly notices: Notices,
    private readonly outbox: Outbox,
  ) {}

  onModuleInit(): void {
    this.metrics.ready({ name: 'database', required: true, check: () => this.answers() });
    this.metrics.ready({
      name: 'notices',
      required: false,
      check: async () => this.notices.silentForMs() < silentForTooLongMs,
    });
    const count = (kind: 'open' | 'dead') => async () =>
      (await this.db.read((tx) => this.outbox.counts(tx)))[kind];
    this.metrics.gauge('carekey_outbox_open', 'Outbox rows that wait for their handler', count('open'));
    this.metrics.gauge('carekey_outbox_dead', 'Outbox rows that were given up', count('dead'));
  }

  private async answers(): Promise<boolean> {
    await this.db.read((tx) => this.outbox.counts(tx));
    return true;
  }
}
