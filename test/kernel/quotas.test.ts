import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Log } from '../../src/kernel/log.js';
import { Quotas } from '../../src/kernel/quotas.js';
import { redisAbsent, startRedis, type TestRedis } from '../helpers/redis.js';
import { testConfig } from './node.js';
import { until } from './wait.js';

const quotasOf = (env: Record<string, string> = {}) => {
  const config = testConfig(env);
  return new Quotas(config, new Log(config));
};

describe('traffic quotas in process', () => {
  const quotas = quotasOf();

  it('count down per minute and refuse beyond', async () => {
    const states = [];
    for (let i = 0; i < 4; i++) states.push(await quotas.takeForAddress('requests', '192.0.2.1', 3));
    expect(states.map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
    expect(states.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0]);
    for (const { name, resetSeconds } of states) {
      expect(name).toBe('requests');
      expect(resetSeconds).toBeGreaterThan(0);
      expect(resetSeconds).toBeLessThanOrEqual(60);
    }
  });

  it('count all spellings of an address, and a whole /64, as one', async () => {
    for (const address of ['198.51.100.1', '::ffff:198.51.100.1', '::FFFF:c633:6401']) {
      expect((await quotas.takeForAddress('requests', address, 3)).allowed).toBe(true);
    }
    expect((await quotas.takeForAddress('requests', '198.51.100.1', 3)).allowed).toBe(false);
    for (let i = 0; i < 3; i++) await quotas.takeForAddress('requests', `2001:db8::${i}`, 3);
    expect((await quotas.takeForAddress('requests', '2001:db8:0:0:ffff::1', 3)).allowed).toBe(false);
    expect((await quotas.takeForAddress('requests', '2001:db8:0:1::1', 3)).allowed).toBe(true);
  });

  it('keep names and keys apart', async () => {
    for (let i = 0; i < 3; i++) await quotas.take('tokens', 'family 1', 3);
    expect((await quotas.take('tokens', 'family 1', 3)).allowed).toBe(false);
    expect((await quotas.take('tokens', 'family 2', 3)).allowed).toBe(true);
    expect((await quotas.take('sign-in', 'family 1', 3)).allowed).toBe(true);
  });

  it('are off with a negative limit', async () => {
    for (let i = 0; i < 10; i++) expect((await quotas.take('off', 'k', -1)).allowed).toBe(true);
  });

  it('refuse everything with a limit of zero', async () => {
    expect((await quotas.take('none', 'k', 0)).allowed).toBe(false);
  });
});

if (redisAbsent) {
  it.skip(`traffic quotas in Redis: skipped, ${redisAbsent}`, () => {});
} else {
  describe('traffic quotas in Redis', () => {
    let redis: TestRedis;
    let a: Quotas;
    let b: Quotas;

    beforeAll(async () => {
      redis = await startRedis();
      [a, b] = [quotasOf({ REDIS_URL: redis.url }), quotasOf({ REDIS_URL: redis.url })];
      await Promise.all([connected(a), connected(b)]);
    });

    afterAll(async () => {
      await Promise.all([a.onApplicationShutdown(), b.onApplicationShutdown()]);
      await redis.stop();
    });

    /** Counts in Redis, not for itself: seen by the other node. */
    const connected = async (quotas: Quotas) => {
      await until(() => (quotas as unknown as { redis: { status: string } }).redis.status === 'ready');
    };

    it('are counted for all nodes together', async () => {
      const states = [];
      for (let i = 0; i < 4; i++) states.push(await (i % 2 ? a : b).take('shared', 'k', 3));
      expect(states.map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
      // A node that waited too long for Redis counts alone for a while: such a round says nothing.
      const aloneUntil = () =>
        [a, b].map((quotas) => (quotas as unknown as { aloneUntil: number }).aloneUntil);
      const many = await until(async () => {
        if (Math.max(...aloneUntil()) > performance.now()) return undefined;
        const [key, before] = [randomUUID(), aloneUntil()];
        const round = await Promise.all(
          Array.from({ length: 100 }, (_, i) => (i % 2 ? a : b).take('parallel', key, 30)),
        );
        return aloneUntil().every((at, i) => at === before[i]) ? round : undefined;
      });
      expect(many.filter(({ allowed }) => allowed)).toHaveLength(30);
    });

    it('do not slow requests down when Redis hangs', async () => {
      redis.freeze(true);
      // Waiting for Redis each time would take longer than this test may: one wait of 200 ms, then two seconds alone.
      const states = [];
      for (let i = 0; i < 1_000; i++) states.push(await a.take('hangs', 'k', 2_000));
      expect(states.every(({ allowed }) => allowed)).toBe(true);
      redis.freeze(false);
      await until(async () => {
        const [here, there] = [await a.take('again', 'k', 1_000), await b.take('again', 'k', 1_000)];
        return there.remaining === here.remaining - 1;
      });
    });

    it('are counted per process while Redis is away, and together again when it is back', async () => {
      await redis.stop();
      const states = [];
      for (let i = 0; i < 5; i++) states.push(await a.take('away', 'k', 3));
      expect(states.map(({ allowed }) => allowed)).toEqual([true, true, true, false, false]);
      expect((await b.take('away', 'k', 3)).allowed).toBe(true);
      await redis.start();
      await until(async () => {
        const [here, there] = [await a.take('back', 'k', 1_000), await b.take('back', 'k', 1_000)];
        return there.remaining === here.remaining - 1;
      });
    });
  });
}
