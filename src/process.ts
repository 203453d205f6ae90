import cluster from 'node:cluster';
import * as nodeModule from 'node:module';
import { performance } from 'node:perf_hooks';
import { ConfigError } from './kernel/config.js';
import { AppError } from './kernel/errors.js';
import { StartError } from './kernel/start-error.js';
import { tellKeeper } from './worker-news.js';

/** Something that runs until it is told to stop. */
export interface Running {
  stop(): Promise<void>;
}

/** Ends the process from within, in good order, with one sentence and exit code 1. */
export type Fatal = (reason: StartError) => void;

/** Node 22.8 and later keep compiled code on disk, which makes the next start quicker. Call before other imports. */
export function keepCompiledCode(): void {
  (nodeModule as { enableCompileCache?: () => void }).enableCompileCache?.();
}

const quietFor = 1000;
const quietLoad = 0.2;

/**
 * Gives memory back that only the start needed, a second after it. Loading the modules leaves garbage, and a young generation
 * that has grown to its limit; V8 keeps both for as long as nobody asks for much. Everything stands still meanwhile, for some
 * 0.3 s: a process that has work to do by then collects its garbage in the course of it.
 */
export function releaseStartMemory(): void {
  const started = performance.eventLoopUtilization();
  setTimeout(() => {
    if (performance.eventLoopUtilization(started).utilization < quietLoad) void collectGarbage();
  }, quietFor).unref();
}

async function collectGarbage(): Promise<void> {
  const { Session } = await import('node:inspector');
  const session = new Session();
  session.connect();
  // A session that is closed within its own answer waits for itself for ever.
  session.post('HeapProfiler.collectGarbage', () => setImmediate(() => session.disconnect()));
}

/**
 * Runs an entry point: what prevents the start is one sentence on standard error and exit code 1; SIGTERM and SIGINT
 * stop it in good order, also while it is still starting; a second signal ends it at once (and with it the processes that
 * it keeps).
 */
export async function runProcess(title: string, start: (fatal: Fatal) => Promise<Running>): Promise<void> {
  process.title = cluster.isWorker ? `${title} web` : title;
  let running: Running | undefined;
  let exitCode: number | undefined;
  const stop = (code: number) => {
    if (exitCode !== undefined) return;
    exitCode = code;
    if (running) void stopNow(running, code);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (exitCode === undefined) return stop(0);
      // A terminal signals every process of its group, and the keeper of this one does too: that is one wish.
      if (cluster.isPrimary) process.exit(1);
    });
  }
  try {
    running = await start((reason) => {
      process.stderr.write(`${reason.message}\n`);
      stop(1);
    });
  } catch (error) {
    if (cluster.isWorker) await tellKeeper({ refused: sentenceOf(error) });
    else process.stderr.write(`${sentenceOf(error)}\n`);
    process.exit(1);
  }
  // The signal came before there was anything to stop.
  if (exitCode !== undefined) await stopNow(running, exitCode);
}

async function stopNow(running: Running, code: number): Promise<void> {
  try {
    await running.stop();
    process.exit(code);
  } catch (error) {
    process.stderr.write(`Carekey did not stop in good order: ${(error as Error).message}\n`);
    process.exit(1);
  }
}

/** Expected reasons in their own words; anything else with its stack, because it is a fault of ours. */
export function sentenceOf(error: unknown): string {
  const expected = error instanceof ConfigError || error instanceof StartError || error instanceof AppError;
  if (expected) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
