import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Config } from '../kernel/config.js';
import { randomBytesOf } from '../kernel/secrets.js';
import { passwordsBusy } from './identities.errors.js';
import type { ImportedHash } from './imported-hash.js';

/** argon2id with 19 MiB, two passes, one lane (OWASP password storage; ASVS 11.4.2). */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const header = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`;

const queueMs = 2_000;
/** One after the other: a crowd that comes back at the same moment is as much of a crowd again. */
const retryAfterSeconds = [2, 3, 4, 5, 6, 7, 8] as const;

/**
 * Runs argon2 so that it starves nothing else (rulings 32): at most cores - 1 computations in flight, at least one,
 * and never more than half of libuv's pool, which file access shares. What would wait longer than 2 s is refused.
 */
@Injectable()
export class PasswordHasher {
  /** How many computations may run at once. */
  readonly maxInFlight: number;
  /** A hash with today's parameters that no password has: checking against it costs what a real check costs (F127). */
  readonly dummy = [header, base64(randomBytesOf(16)), '$', base64(randomBytesOf(32))].join('');
  /** Computations done since the start. */
  computed = 0;

  private turnedAway = 0;
  private inFlight = 0;
  private averageMs = 60;
  private readonly waiting: (() => void)[] = [];

  constructor(config: Config) {
    const halfOfPool = Math.floor(config.settings.UV_THREADPOOL_SIZE / 2);
    this.maxInFlight = Math.max(1, Math.min(availableParallelism() - 1, halfOfPool));
  }

  /** A PHC string with today's parameters and a fresh salt. @throws AppError `passwords-busy` */
  hash(input: string): Promise<string> {
    return this.run(() => hash(input, parameters));
  }

  /** Whether `input` is what `phc` was made from. @throws AppError `passwords-busy` */
  verify(phc: string, input: string): Promise<boolean> {
    return this.run(() => verify(phc, input));
  }

  /** Whether a password is what a hash of another system was made from. @throws AppError `passwords-busy` */
  verifyImported(imported: ImportedHash, password: string): Promise<boolean> {
    return this.run(() => imported.verify(password));
  }

  /**
   * Refuses at once what would wait longer than 2 s. Asked before anything is read or counted for somebody, it keeps the
   * rest of the server free of a crowd that cannot be served.
   * @throws AppError `passwords-busy`
   */
  checkRoom(): void {
    const ahead = this.waiting.length + (this.inFlight < this.maxInFlight ? 0 : 1);
    if ((ahead * this.averageMs) / this.maxInFlight > queueMs)
      throw passwordsBusy({ retryAfter: retryAfterSeconds[this.turnedAway++ % retryAfterSeconds.length]! });
  }

  /** Whether a hash was made with today's parameters. */
  isCurrent(phc: string): boolean {
    return phc.startsWith(header);
  }

  private async run<Result>(compute: () => Promise<Result>): Promise<Result> {
    await this.enter();
    const began = performance.now();
    try {
      return await compute();
    } finally {
      this.computed += 1;
      this.averageMs += (performance.now() - began - this.averageMs) / 16;
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.inFlight < this.maxInFlight) {
      this.inFlight += 1;
      return;
    }
    this.checkRoom();
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Hands the place on to who waits longest. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.inFlight -= 1;
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
