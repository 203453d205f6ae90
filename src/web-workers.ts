import cluster, { type Worker } from 'node:cluster';
import type { Log } from './kernel/log.js';
import { StartError } from './kernel/start-error.js';
import type { Running } from './process.js';
import type { WorkerNews } from './worker-news.js';

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** A process that lived this long did not fail for a reason that the next one would fail for at once. */
const soundAfterMs = 60_000;

/**
 * Keeps a number of web processes running, all listening on one port (CAREKEY_WORKERS). The first one alone makes what
 * an empty database needs, then the others start. One that ends is replaced: after a second, and after twice as long
 * each time that it ends again within a minute, up to half a minute.
 */
export class WebWorkers implements Running {
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopping = false;
  private pauseMs = firstPauseMs;

  constructor(
    private readonly log: Log,
    private readonly count: number,
  ) {}

  /** Starts them all. Answers the first one's text for the terminal. @throws StartError in that one's own words. */
  async start(): Promise<string> {
    const welcome = await this.listening();
    await Promise.all(Array.from({ length: this.count - 1 }, () => this.listening()));
    return welcome;
  }

  /** Stops them all in good order. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const timer of this.timers) clearTimeout(timer);
    await Promise.all(workers().map(end));
  }

  private async listening(): Promise<string> {
    const { said, worker } = await startOne();
    if ('refused' in said) {
      await this.stop();
      throw new StartError(said.refused);
    }
    this.watch(worker);
    return said.ready;
  }

  private watch(worker: Worker): void {
    const { pid } = worker.process;
    const sound = setTimeout(() => {
      this.timers.delete(sound);
      this.pauseMs = firstPauseMs;
    }, soundAfterMs).unref();
    this.timers.add(sound);
    worker.once('exit', (code, signal) => {
      clearTimeout(sound);
      this.timers.delete(sound);
      this.replace(`Process ${pid} ended (${signal ?? `code ${code}`})`);
    });
  }

  private replace(why: string): void {
    if (this.stopping) return;
    const pause = this.pauseMs;
    this.pauseMs = Math.min(pause * 2, longestPauseMs);
    this.log.error('A web process ended and is replaced', { detail: why, ms: pause });
    const timer = setTimeout(async () => {
      this.timers.delete(timer);
      const { said, worker } = await startOne();
      if ('ready' in said) this.watch(worker);
      else this.replace(said.refused);
    }, pause);
    this.timers.add(timer);
  }
}

function workers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}

/** Starts one and waits until it listens or has ended. */
function startOne(): Promise<{ worker: Worker; said: WorkerNews }> {
  const worker = cluster.fork();
  return new Promise((done) => {
    let refused: string | undefined;
    worker.on('message', (news: WorkerNews) => {
      if ('ready' in news) done({ worker, said: news });
      else refused = news.refused;
    });
    worker.once('exit', (code, signal) =>
      done({
        worker,
        said: { refused: refused ?? `A web process ended while it started (${signal ?? `code ${code}`}).` },
      }),
    );
  });
}

async function end(worker: Worker): Promise<void> {
  if (worker.isDead()) return;
  const ended = new Promise((done) => worker.once('exit', done));
  worker.process.kill('SIGTERM');
  await ended;
}
