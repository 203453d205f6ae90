import { Redis } from 'ioredis';
import type { Config } from '../kernel/config.js';
import { type Check, fail, ok } from './check.types.js';

/** Whether Redis answers, where it is configured. */
export function redisCheck(config: Config): Check {
  return {
    name: 'redis',
    run: async () => {
      const { REDIS_URL } = config.settings;
      if (!REDIS_URL) return ok('Not configured: jobs are on PostgreSQL, traffic limits count per process.');
      const redis = new Redis(REDIS_URL, {
        lazyConnect: true,
        connectTimeout: 3_000,
        maxRetriesPerRequest: 0,
        retryStrategy: () => null,
      });
      let reason = '';
      redis.on('error', (error: Error) => {
        reason = error.message;
      });
      try {
        await redis.connect();
        await redis.ping();
        return ok('Answers.');
      } catch (error) {
        return fail(
          `REDIS_URL does not answer (${reason || (error as Error).message}). Correct it, or start Redis.`,
        );
      } finally {
        redis.disconnect();
      }
    },
  };
}
