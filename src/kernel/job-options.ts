/** Whether this process works on the queue, and how soon what got lost is handed over again. */
export interface JobOptions {
  /** False in a web process that leaves the queue to `worker.ts`, and in commands. */
  readonly runsQueue: boolean;
  /** How often overdue rows and schedules are looked for. */
  readonly sweepEveryMs: number;
  /** How long a row may wait for its handler before it counts as lost on the way to the queue. */
  readonly handOverAfterMs: number;
}

/** Injection token of `JobOptions`. */
export const JOB_OPTIONS = Symbol('JobOptions');

/** What holds unless a test wants it sooner. */
export const defaultJobOptions: Omit<JobOptions, 'runsQueue'> = {
  sweepEveryMs: 5_000,
  handOverAfterMs: 30_000,
};
