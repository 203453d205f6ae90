import { unavailable } from '../kernel/errors.js';

const maxWaiting = 200;

/** Does one thing at a time, in turns of those who ask: whoever asks for much waits for it alone. */
export class FairTurns {
  /** In the order of their turns. */
  private readonly queues = new Map<string, (() => Promise<void>)[]>();
  private readonly heldUntil = new Map<string, number>();
  private current: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closing = false;

  /**
   * Does something when its turn has come, and answers what it answers.
   * @param whose any text that tells those who ask apart
   * @throws AppError `unavailable` when 200 things of theirs wait already
   */
  async take<Result>(whose: string, act: () => Promise<Result>): Promise<Result> {
    const queue = this.queues.get(whose) ?? [];
    if (queue.length >= maxWaiting) throw unavailable({ detail: 'Too much waits here', retryAfter: 5 });
    return new Promise((resolve, reject) => {
      queue.push(() => act().then(resolve, reject));
      this.queues.set(whose, queue);
      this.next();
    });
  }

  /** Gives them no turn for some milliseconds. */
  hold(whose: string, ms: number): void {
    if (this.closing) return;
    const now = performance.now();
    for (const [name, until] of this.heldUntil) if (until <= now) this.heldUntil.delete(name);
    this.heldUntil.set(whose, now + ms);
  }

  /** Waits until all that was asked for is done; nobody is held any more. */
  async close(): Promise<void> {
    this.closing = true;
    this.heldUntil.clear();
    this.next();
    while (this.current) await this.current;
  }

  private next(): void {
    if (this.current) return;
    clearTimeout(this.timer);
    const now = performance.now();
    const waits = [...this.queues.keys()].map((whose) => ({
      whose,
      ms: (this.heldUntil.get(whose) ?? now) - now,
    }));
    const ready = waits.find(({ ms }) => ms <= 0);
    if (ready) this.run(ready.whose);
    else if (waits.length > 0)
      this.timer = setTimeout(() => this.next(), Math.min(...waits.map(({ ms }) => ms))).unref();
  }

  private run(whose: string): void {
    const queue = this.queues.get(whose)!;
    const act = queue.shift()!;
    // Behind all others.
    this.queues.delete(whose);
    if (queue.length > 0) this.queues.set(whose, queue);
    this.current = act().then(() => {
      this.current = undefined;
      this.next();
    });
  }
}
