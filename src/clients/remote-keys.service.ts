import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../kernel/clock.js';
import { Log } from '../kernel/log.js';
import { OutboundHttp } from '../kernel/outbound-http.js';
import { type JwkSet, readJwkSet } from './jwk-set.js';

interface Published {
  keys: JwkSet | undefined;
  fetchedAt: number;
  triedAt: number;
  pending: Promise<void> | undefined;
}

/** How many addresses are remembered; the least recently used go first. */
const max = 1_000;
const freshMs = 5 * 60_000;
const staleMs = 60 * 60_000;
const coolDownMs = 30_000;
const limits = { timeoutMs: 3_000, maxBytes: 262_144 };

/**
 * The public keys that clients publish (`jwks_uri`). Kept for five minutes, for an hour when the address does not answer;
 * an address is asked at most every 30 seconds, so that nobody makes this server knock at it without end. Remembered per
 * process.
 */
@Injectable()
export class RemoteKeysService {
  private readonly published = new LRUCache<string, Published>({ max });

  constructor(
    private readonly outbound: OutboundHttp,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** The keys behind an address, or `undefined` when there are none to be had. Not inside a transaction. */
  async find(address: string): Promise<JwkSet | undefined> {
    const entry = this.entryOf(address);
    if (this.clock.now() - entry.fetchedAt >= freshMs) await this.ask(address, entry);
    if (this.clock.now() - entry.fetchedAt >= staleMs) entry.keys = undefined;
    return entry.keys;
  }

  /**
   * Asks again, for a signature that `known` does not explain: the client may have changed its keys.
   * @returns other keys than `known`, or `undefined` when there are none or it is too early to ask.
   */
  async findNewer(address: string, known: JwkSet | undefined): Promise<JwkSet | undefined> {
    const entry = this.entryOf(address);
    if (entry.keys === known) await this.ask(address, entry);
    return entry.keys === known ? undefined : entry.keys;
  }

  private entryOf(address: string): Published {
    const entry = this.published.get(address) ?? {
      keys: undefined,
      fetchedAt: Number.NEGATIVE_INFINITY,
      triedAt: Number.NEGATIVE_INFINITY,
      pending: undefined,
    };
    this.published.set(address, entry);
    return entry;
  }

  /** One question at a time for each address; whoever comes meanwhile gets its answer. */
  private async ask(address: string, entry: Published): Promise<void> {
    if (!entry.pending) {
      if (this.clock.now() - entry.triedAt < coolDownMs) return;
      entry.triedAt = this.clock.now();
      entry.pending = this.download(address, entry).finally(() => {
        entry.pending = undefined;
      });
    }
    await entry.pending;
  }

  private async download(address: string, entry: Published): Promise<void> {
    try {
      const answer = await this.outbound.fetch(address, limits);
      const keys = answer.status === 200 ? readJwkSet(await answer.json()) : undefined;
      if (!keys) throw new Error(`No JWK Set: status ${answer.status}`);
      entry.keys = keys;
      entry.fetchedAt = this.clock.now();
    } catch (error) {
      this.log.warn('The keys of a client could not be fetched', { code: 'jwks-unreachable', error });
    }
  }
}
