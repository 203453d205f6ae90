import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { unavailable } from '../kernel/errors.js';
import { libraryPath } from './library.js';
import type { Resource } from './search-row.js';

/** What became of an expression: it yielded exactly one `true`, it did not, or it was ended (rulings 39). */
export type FhirpathResult = 'true' | 'not-true' | 'too-long';

const limitMs = 50;
const readyWithinMs = 10_000;

// Runs in the thread. It is text, because a thread is started from a file, and the sources are compiled elsewhere.
const program = `
const { parentPort, workerData } = require('node:worker_threads');
globalThis.WebSocket ??= class WebSocket {};
const { evalFhirPathTyped } = require(workerData);
const typed = (resource) => ({ type: resource?.resourceType ?? 'undefined', value: resource ?? {} });
parentPort.on('message', ({ expression, before, after }) => {
  try {
    const result = evalFhirPathTyped(expression, [typed(after)], { '%before': typed(before), '%after': typed(after) });
    parentPort.postMessage(result.length === 1 && result[0].value === true ? 'true' : 'not-true');
  } catch {
    parentPort.postMessage('not-true');
  }
});
parentPort.postMessage('ready');
`;

/** Evaluates FHIRPath that tenants wrote, one expression at a time, in a thread that is ended when it takes too long. */
@Injectable()
export class FhirpathService implements OnApplicationShutdown {
  private thread: Worker | undefined;
  private last: Promise<unknown> = Promise.resolve();

  /**
   * Whether an expression yields exactly one `true` for a resource as it is to be (`%after`) and as it was (`%before`,
   * empty when it is new). The expression has passed `fhirpathProblem`.
   * @throws AppError `unavailable` when no thread can be started
   */
  isTrue(
    expression: string,
    resources: { before: Resource | undefined; after: Resource },
  ): Promise<FhirpathResult> {
    const turn = this.last.then(() => this.run({ expression, ...resources }));
    this.last = turn.catch(() => {});
    return turn;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.last;
    await this.thread?.terminate();
  }

  private async run(message: object): Promise<FhirpathResult> {
    const thread = this.thread ?? (await this.start());
    const answer = next(thread, limitMs);
    thread.postMessage(message);
    const result = await answer;
    if (result === 'true' || result === 'not-true') return result;
    this.thread = undefined;
    await thread.terminate();
    return 'too-long';
  }

  private async start(): Promise<Worker> {
    const thread = new Worker(program, {
      eval: true,
      workerData: libraryPath(),
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
    });
    thread.unref();
    // Heard by whoever waits; unheard, it would end the process.
    thread.on('error', () => {});
    if ((await next(thread, readyWithinMs)) !== 'ready') {
      await thread.terminate();
      throw unavailable({ detail: 'The thread for FHIRPath did not start' });
    }
    thread.once('exit', () => {
      if (this.thread === thread) this.thread = undefined;
    });
    return (this.thread = thread);
  }
}

/** The thread's next message, or `undefined` when it ends or says nothing in time. */
function next(thread: Worker, withinMs: number): Promise<unknown> {
  return new Promise((resolve) => {
    const done = (answer?: unknown) => {
      clearTimeout(timer);
      thread.off('message', done).off('exit', ended);
      resolve(answer);
    };
    const ended = () => done();
    const timer = setTimeout(ended, withinMs);
    thread.on('message', done).on('exit', ended);
  });
}
