import { Clock } from '../../src/kernel/clock.js';

/** A clock that goes on by itself and can be moved forward. */
export class TestClock extends Clock {
  private offsetMs = 0;
  private heldAt: number | undefined;

  override now(): number {
    return (this.heldAt ?? Date.now()) + this.offsetMs;
  }

  /** Stands still from now on, so that a busy machine uses up no time; `advance` still moves it. */
  hold(): void {
    this.heldAt = Date.now();
  }

  /** Lets time pass at once. */
  advance(ms: number): void {
    this.offsetMs += ms;
  }
}
