import { Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Job, UnrecoverableError } from 'bullmq';
import { settledWithin } from './deadline.js';
import { JobRunner } from './job-runner.js';
import { Log } from './log.js';
import { OutboxRelay } from './outbox.relay.js';
import { QUEUE } from './queue.js';

const finishWithinMs = 5_000;

/**
 * Takes jobs from the queue, on either backend. It starts only after the boot check, so no job finds its handler
 * missing. A worker that dies is noticed within 15 seconds; its rows wait for the end of their lease besides.
 */
@Injectable()
@Processor(QUEUE, {
  autorun: false,
  concurrency: 8,
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 10,
})
export class JobsWorker extends WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly runner: JobRunner,
    private readonly relay: OutboxRelay,
    private readonly log: Log,
  ) {
    super();
  }

  async process(job: Job): Promise<void> {
    const outcome = await this.runner.run(job.id ?? '', job.name);
    if (outcome === 'failed') throw new Error('To be tried again');
    if (outcome === 'dead') throw new UnrecoverableError('Given up');
  }

  onApplicationBootstrap(): void {
    let quietUntil = 0;
    this.worker.on('error', (error) => {
      if (performance.now() < quietUntil) return;
      quietUntil = performance.now() + 30_000;
      this.log.warn('The worker cannot reach its queue', { code: 'queue-unreachable', error });
    });
    this.worker
      .run()
      .catch((error) => this.log.error('The worker stopped', { code: 'worker-stopped', error }));
  }

  async beforeApplicationShutdown(): Promise<void> {
    const force = !(await this.relay.answers());
    // Jobs under way may finish; what takes longer is told to stop, and runs again elsewhere.
    if (!(await settledWithin(this.worker.close(force), finishWithinMs))) this.runner.stop();
  }
}
