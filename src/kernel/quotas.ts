import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { Config } from './config.js';
import { Log } from './log.js';
import { addressKey, type RateLimitState } from './rate-limit.js';

/** The answer of a quota: whether this request is within it, and what the `RateLimit` header says. */
export interface QuotaState extends RateLimitState {
  readonly allowed: boolean;
}

type Limiter = Pick<RateLimiterMemory, 'consume'>;

/** Where a quota is counted: here, and for all nodes when there is a Redis that answers. */
interface Counters {
  readonly shared: Limiter | undefined;
  readonly own: Limiter;
}

/** What was used up of a key, and until when it counts (`performance.now()`). */
interface Count {
  readonly consumed: number;
  readonly until: number;
}

const withoutRedisMs = 2_000;

/**
 * Traffic quotas per minute: they keep one caller from using up the server, they guard no secret (that is `Budgets`).
 * Counted in Redis for all nodes when it is configured, else per process. When Redis does not answer within 200 ms,
 * each process counts for itself for the next two seconds, so that a Redis that hangs does not slow every request.
 * It goes on from what it let through itself, and who was seen over the quota stays so: no outage gives a quota anew.
 */
@Injectable()
export class Quotas implements OnApplicationShutdown {
  private readonly redis: Redis | undefined;
  private readonly counters = new Map<string, Counters>();
  /** Who is over a quota anyway is refused without asking Redis again. */
  private readonly spent = new LRUCache<string, Count>({ max: 10_000 });
  private aloneUntil = 0;

  constructor(
    config: Config,
    private readonly log: Log,
  ) {
    const url = config.settings.REDIS_URL;
    if (url) this.redis = this.connect(url);
  }

  /** Whether Redis can be reached now; `undefined` when none is configured. */
  reachesRedis(): boolean | undefined {
    return this.redis && this.redis.status === 'ready';
  }

  /**
   * Uses up one request of an address.
   * @param perMinute the quota; negative for none.
   */
  takeForAddress(name: string, address: string, perMinute: number): Promise<QuotaState> {
    return this.take(name, addressKey(address), perMinute);
  }

  /**
   * Uses up some of what is left under any key (a client, a family of tokens), also where the answer is no.
   * @param name counts apart from other names; one of a few, never made of what a caller sends.
   * @param perMinute the quota, which may differ by key and change at any time; negative for none.
   * @param cost whole number, at least 1.
   */
  async take(name: string, key: string, perMinute: number, cost = 1): Promise<QuotaState> {
    if (perMinute < 0) return { name, allowed: true, remaining: Number.POSITIVE_INFINITY, resetSeconds: 0 };
    const known = this.spent.get(`${name} ${key}`);
    if (known && known.until > performance.now() && known.consumed + cost > perMinute)
      return stateOf(name, known, perMinute, cost);
    const { shared, own } = this.countersOf(name);
    const here = await consume(own, key, cost);
    if (!shared || performance.now() < this.aloneUntil) return stateOf(name, here, perMinute);
    try {
      const everywhere = await consume(shared, key, cost);
      if (everywhere.consumed > perMinute) this.spent.set(`${name} ${key}`, everywhere);
      return stateOf(name, everywhere, perMinute);
    } catch {
      this.aloneUntil = performance.now() + withoutRedisMs;
      return stateOf(name, here, perMinute);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.redis?.disconnect();
  }

  private countersOf(name: string): Counters {
    const known = this.counters.get(name);
    if (known) return known;
    // It only counts: what is too much is for the caller of `take` to say, each time.
    const options = { keyPrefix: `carekey-quota:${name}`, points: Number.MAX_SAFE_INTEGER, duration: 60 };
    const made: Counters = {
      shared:
        this.redis &&
        new RateLimiterRedis({ ...options, storeClient: this.redis, rejectIfRedisNotReady: true }),
      own: new RateLimiterMemory(options),
    };
    this.counters.set(name, made);
    return made;
  }

  private connect(url: string): Redis {
    const redis = new Redis(url, {
      commandTimeout: 200,
      connectTimeout: 2_000,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(times * 200, 2_000),
    });
    let down = false;
    redis.on('error', (error) => {
      if (!down)
        this.log.warn('Redis does not answer: traffic quotas count per process', {
          code: 'redis-down',
          error,
        });
      down = true;
    });
    redis.on('ready', () => {
      down = false;
    });
    return redis;
  }
}

/** @throws whatever kept the limiter from counting. */
async function consume(limiter: Limiter, key: string, cost: number): Promise<Count> {
  const { consumedPoints, msBeforeNext } = await limiter.consume(key, cost);
  return { consumed: consumedPoints, until: performance.now() + msBeforeNext };
}

/** @param asked what was asked for and is not in the count yet. */
function stateOf(name: string, { consumed, until }: Count, perMinute: number, asked = 0): QuotaState {
  return {
    name,
    allowed: consumed + asked <= perMinute,
    remaining: Math.max(0, perMinute - consumed),
    resetSeconds: Math.ceil((until - performance.now()) / 1000),
  };
}
