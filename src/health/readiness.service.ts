import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Db } from '../kernel/db.js';
import { settledWithin } from '../kernel/deadline.js';
import { Metrics } from '../kernel/metrics.js';
import { Notices } from '../kernel/notices.js';
import { Outbox } from '../kernel/outbox.js';
import { Quotas } from '../kernel/quotas.js';

/** Whether this process may be sent requests, and what each check said. */
export interface ReadinessState {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, boolean>>;
}

const silentForTooLongMs = 2_000;
const answerWithinMs = 2_000;
const goodForMs = 500;

/** Registers what of the kernel has to be there, and its gauges; answers the probes. */
@Injectable()
export class ReadinessService implements OnModuleInit {
  private last: { readonly at: number; readonly state: Promise<ReadinessState> } | undefined;

  constructor(
    private readonly metrics: Metrics,
    private readonly db: Db,
    private readonly notices: Notices,
    private readonly outbox: Outbox,
    private readonly quotas: Quotas,
  ) {}

  onModuleInit(): void {
    this.metrics.ready({ name: 'database', required: true, check: () => this.databaseAnswers() });
    // Without notices every cache is off and the database answers instead: slower, not wrong.
    this.metrics.ready({
      name: 'notices',
      required: false,
      check: async () => this.notices.silentForMs() < silentForTooLongMs,
    });
    // Without Redis quotas are counted per process and jobs wait in the outbox: nothing is lost.
    if (this.quotas.reachesRedis() !== undefined) {
      this.metrics.ready({
        name: 'redis',
        required: false,
        check: async () => this.quotas.reachesRedis() === true,
      });
    }
    const count = (kind: 'open' | 'dead') => async () =>
      (await this.db.read((tx) => this.outbox.counts(tx)))[kind];
    this.metrics.gauge('carekey_outbox_open', 'Outbox rows that wait for their handler', count('open'));
    this.metrics.gauge('carekey_outbox_dead', 'Outbox rows that were given up', count('dead'));
  }

  /**
   * The state of every check, at most half a second old: probes are open to anybody and must not become a load.
   * A check that hangs has failed after two seconds.
   */
  state(): Promise<ReadinessState> {
    const now = performance.now();
    if (!this.last || now - this.last.at > goodForMs) this.last = { at: now, state: this.check() };
    return this.last.state;
  }

  private async check(): Promise<ReadinessState> {
    const running = this.metrics.readiness();
    return (await settledWithin(running, answerWithinMs)) ? running : { ready: false, checks: {} };
  }

  private async databaseAnswers(): Promise<boolean> {
    await this.db.read((tx) => this.outbox.counts(tx));
    return true;
  }
}
