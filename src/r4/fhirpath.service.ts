import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { unavailable } from '../kernel/errors.js';
import { FairTurns } from './fair-turns.js';
import { libraryPath } from './library.js';
import type { Resource } from './search-row.js';

/** What became of an expression: it yielded exactly one `true`, it did not, or it was ended (rulings 39). */
export type FhirpathResult = 'true' | 'not-true' | 'too-long';

const limitMs = 50;
/** Until the next turn of a caller whose expression was ended. */
const pauseMs = 1_000;
const readyWithinMs = 10_000;

// Runs in the thread. It is text, because a thread is started from a file, and the sources are compiled elsewhere. The first
// evaluation costs many times what later ones do, so it is done before anybody's time is taken.
const program = `
const { parentPort, workerData } = require('node:worker_threads');
globalThis.WebSocket ??= class WebSocket {};
const { evalFhirPathTyped } = require(workerData);
const typed = (resource) => ({ type: resource?.resourceType ?? 'undefined', value: resource ?? {} });
const isTrue = (expression, before, after) => {
  const result = evalFhirPathTyped(expression, [typed(after)], { '%before': typed(before), '%after': typed(after) });
  return result.length === 1 && result[0].value === true;
};
parentPort.on('message', ({ expression, before, after }) => {
  parentPort.postMessage('begun');
  try {
    parentPort.postMessage(isTrue(expression, before, after) ? 'true' : 'not-true');
  } catch {
    parentPort.postMessage('not-true');
  }
});
const patient = { resourceType: 'Patient', name: [{ family: 'A' }] };
isTrue("%after.name.where(family = 'A').exists() and %before.name.exists().not()", undefined, patient);
parentPort.postMessage('ready');
`;

/**
 * Evaluates FHIRPath that tenants wrote, one expression at a time, in a thread that is ended when it takes too long. Callers
 * take turns, however much each of them asks; one whose expression took too long waits a second for its next turn.
 */
@Injectable()
export class FhirpathService implements OnApplicationShutdown {
  private readonly turns = new FairTurns();
  private thread: Promise<Worker> | undefined;

  /**
   * Whether an expression yields exactly one `true` for a resource as it is to be (`%after`) and as it was (`%before`,
   * empty when it is new). The expression has passed `fhirpathProblem`.
   * @param caller who has to wait when it takes long: any text that tells callers apart
   * @throws AppError `unavailable` when too much of the caller waits already, or no thread can be started
   */
  isTrue(
    caller: string,
    expression: string,
    resources: { before: Resource | undefined; after: Resource },
  ): Promise<FhirpathResult> {
    return this.turns.take(caller, async () => {
      const result = await this.run({ expression, ...resources });
      if (result === 'too-long') this.turns.hold(caller, pauseMs);
      return result;
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.turns.close();
    const thread = await this.thread?.catch(() => undefined);
    await thread?.terminate();
  }

  private async run(message: object): Promise<FhirpathResult> {
    const thread = await (this.thread ?? this.start());
    const answer = next(thread, readyWithinMs);
    thread.postMessage(message);
    const result = await answer;
    if (result === 'true' || result === 'not-true') return result;
    // The next one starts while this one ends: who comes after does not wait for both.
    this.start();
    await thread.terminate();
    return 'too-long';
  }

  private start(): Promise<Worker> {
    const started = startThread();
    const forget = () => {
      if (this.thread === started) this.thread = undefined;
    };
    started.then((thread) => thread.once('exit', forget), forget);
    return (this.thread = started);
  }
}

/** @throws AppError `unavailable` */
async function startThread(): Promise<Worker> {
  const thread = new Worker(program, {
    eval: true,
    workerData: libraryPath(),
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
  });
  thread.unref();
  // Heard by whoever waits; unheard, it would end the process.
  thread.on('error', () => {});
  if ((await next(thread, readyWithinMs)) === 'ready') return thread;
  await thread.terminate();
  throw unavailable({ detail: 'The thread for FHIRPath did not start' });
}

/** The thread's next answer, or `undefined` when it ends, does not begin in time, or takes longer than `limitMs` for it. */
function next(thread: Worker, beginWithinMs: number): Promise<unknown> {
  return new Promise((resolve) => {
    const done = (answer?: unknown) => {
      clearTimeout(timer);
      thread.off('message', heard).off('exit', ended);
      resolve(answer);
    };
    const ended = () => done();
    // A loop that was busy itself finds its timers before the answers that wait: these are looked at first.
    const late = () => setImmediate(ended);
    const heard = (message: unknown) => {
      if (message !== 'begun') return done(message);
      clearTimeout(timer);
      timer = setTimeout(late, limitMs);
    };
    let timer = setTimeout(late, beginWithinMs);
    thread.on('message', heard).on('exit', ended);
  });
}
