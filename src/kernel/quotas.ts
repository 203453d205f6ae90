import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { Config } from './config.js';
import { Log } from './log.js';
import { addressKey, type RateLimitState } from './rate-limit.js';

/** The answer of a quota: whether this request is within it, and what the `RateLimit` header says. */
export interface QuotaState extends RateLimitState {
  readonly allowed: boolean;
}

type Limiter = Pick<RateLimiterMemory, 'consume'>;

/** Where a quota is counted: for all nodes when there is a Redis that answers, else here. */
interface Counters {
  readonly shared: Limiter | undefined;
  readonly own: Limiter;
}

const withoutRedisMs = 2_000;

/**
 * Traffic quotas per minute: they keep one address from using up the server, they guard no secret (that is `Budgets`).
 * Counted in Redis for all nodes when it is configured, else per process. When Redis does not answer within 200 ms,
 * each process counts for itself for the next two seconds, so that a Redis that hangs does not slow every request.
 */
@Injectable()
export class Quotas implements OnApplicationShutdown {
  private readonly redis: Redis | undefined;
  private readonly counters = new Map<string, Counters>();
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
   * Uses up one request under any key (a client, a family of tokens).
   * @param perMinute the quota; negative for none.
   */
  async take(name: string, key: string, perMinute: number): Promise<QuotaState> {
    if (perMinute < 0) return { name, allowed: true, remaining: Number.MAX_SAFE_INTEGER, resetSeconds: 0 };
    const { shared, own } = this.countersOf(name, perMinute);
    if (!shared || performance.now() < this.aloneUntil) return consume(own, name, key);
    try {
      return await consume(shared, name, key);
    } catch {
      this.aloneUntil = performance.now() + withoutRedisMs;
      return consume(own, name, key);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.redis?.disconnect();
  }

  private countersOf(name: string, points: number): Counters {
    const id = `${name} ${points}`;
    const known = this.counters.get(id);
    if (known) return known;
    const options = { keyPrefix: `carekey-quota:${name}`, points, duration: 60 };
    const shared =
      this.redis &&
      new RateLimiterRedis({
        ...options,
        storeClient: this.redis,
        rejectIfRedisNotReady: true,
        // Who is over the quota anyway is refused without asking Redis again.
        inMemoryBlockOnConsumed: points + 1,
      });
    const made: Counters = { shared, own: new RateLimiterMemory(options) };
    this.counters.set(id, made);
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
async function consume(limiter: Limiter, name: string, key: string): Promise<QuotaState> {
  try {
    return stateOf(name, await limiter.consume(key), true);
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return stateOf(name, refusal, false);
    throw refusal;
  }
}

function stateOf(name: string, result: RateLimiterRes, allowed: boolean): QuotaState {
  return {
    name,
    allowed,
    remaining: result.remainingPoints,
    resetSeconds: Math.ceil(result.msBeforeNext / 1000),
  };
}
