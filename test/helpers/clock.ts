import { Clock } from '../../src/kernel/clock.js';

/** A clock that goes on by itself and can be moved forward. */
export class TestClock extends Clock {
  private offsetMs = 0;

  override now(): number {
    return Date.now() + this.offsetMs;
  }

  /** Lets time pass at once. */
  advance(ms: number): void {
    this.offsetMs += ms;
  }
}
