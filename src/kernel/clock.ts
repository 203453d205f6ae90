import { Injectable } from '@nestjs/common';

/**
 * The only reader of the wall clock. Everything that judges or stores a time asks it, so that tests can move time.
 */
@Injectable()
export class Clock {
  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now();
  }

  /** The current instant, optionally moved by `offsetMs` (may be negative). */
  date(offsetMs = 0): Date {
    return new Date(this.now() + offsetMs);
  }

  /** Whole seconds since the epoch, as JWT claims count them (RFC 7519 section 2, NumericDate). */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }
}
