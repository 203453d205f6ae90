import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RateBudget } from './budget.entity.js';
import { BudgetStore } from './budget.store.js';
import { Budgets } from './budgets.js';
import { Clock } from './clock.js';
import { Config } from './config.js';
import { BrowserCookies } from './cookies.js';
import { Db } from './db.js';
import { IdempotencyKey } from './idempotency.entity.js';
import { Idempotency } from './idempotency.js';
import { IdempotencyStore } from './idempotency.store.js';
import { defaultJobOptions, JOB_OPTIONS, type JobOptions } from './job-options.js';
import { JobRunner } from './job-runner.js';
import { JobSchedule } from './job-schedule.entity.js';
import { JobScheduleStore } from './job-schedule.store.js';
import { Jobs } from './jobs.js';
import { JobsWorker } from './jobs.worker.js';
import { Log } from './log.js';
import { Metrics } from './metrics.js';
import { DATABASE_CONNECTION, type DatabaseConnection, Notices } from './notices.js';
import { OutboundHttp } from './outbound-http.js';
import { OutboxEntry } from './outbox.entity.js';
import { Outbox } from './outbox.js';
import { OutboxRelay } from './outbox.relay.js';
import { OutboxStore } from './outbox.store.js';
import { Purges } from './purges.js';
import { bullConnection, QUEUE, queueConnection } from './queue.js';
import { QueuePool } from './queue-pool.js';
import { Quotas } from './quotas.js';
import { RequestContexts } from './request-context.js';
import { RowVersion } from './row-version.entity.js';
import { RowVersions } from './row-versions.js';
import { RowVersionsStore } from './row-versions.store.js';
import { SealingCheck } from './sealing-check.entity.js';
import { Sealer, type SealingKey } from './secrets.js';
import { Sweeper } from './sweeper.js';
import { TermStatistics } from './term-statistics.js';

/** What the kernel is given from outside. */
export interface KernelOptions {
  readonly config: Config;
  readonly connection: DatabaseConnection;
  readonly sealingKeys: readonly SealingKey[];
  /** A clock that tests can move. */
  readonly clock?: Clock;
  /** Whether this process works on the queue, and how soon lost rows are handed over again. */
  readonly jobs?: Partial<JobOptions>;
}

/**
 * What every folder needs and none owns; global. Tables: `outbox`, `job_schedule`, `rate_budget`, `idempotency_key`,
 * `sealing_check`, `row_version`.
 */
@Global()
@Module({})
export class KernelModule {
  static register({ config, connection, sealingKeys, clock, jobs }: KernelOptions): DynamicModule {
    const queue = queueConnection(config, connection);
    const runsQueue = config.settings.CAREKEY_ROLE === 'all';
    const jobOptions: JobOptions = { runsQueue, ...defaultJobOptions, ...jobs };
    const services = [
      Budgets,
      BrowserCookies,
      Db,
      Idempotency,
      Jobs,
      Log,
      Metrics,
      Notices,
      OutboundHttp,
      Outbox,
      Purges,
      Quotas,
      RequestContexts,
      RowVersions,
      TermStatistics,
    ];
    return {
      module: KernelModule,
      imports: [
        TypeOrmModule.forFeature([
          IdempotencyKey,
          JobSchedule,
          OutboxEntry,
          RateBudget,
          RowVersion,
          SealingCheck,
        ]),
        BullModule.forRoot({ connection: bullConnection(queue) as never }),
        // Nobody reads the queue's events; by default it keeps ten thousand of them.
        BullModule.registerQueue({ name: QUEUE, streams: { events: { maxLen: 100 } } }),
      ],
      providers: [
        ...services,
        BudgetStore,
        IdempotencyStore,
        JobRunner,
        JobScheduleStore,
        OutboxRelay,
        OutboxStore,
        RowVersionsStore,
        Sweeper,
        ...(jobOptions.runsQueue ? [JobsWorker] : []),
        { provide: Clock, useValue: clock ?? new Clock() },
        { provide: Config, useValue: config },
        { provide: DATABASE_CONNECTION, useValue: connection },
        { provide: JOB_OPTIONS, useValue: jobOptions },
        { provide: Sealer, useValue: new Sealer(sealingKeys) },
        { provide: QueuePool, useValue: new QueuePool(queue) },
      ],
      exports: [...services, Clock, Config, DATABASE_CONNECTION, Sealer],
    };
  }
}
