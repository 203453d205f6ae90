import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';

const password = 'violet harbor lantern 42';

/** As Carekey does it: one core is left to everything else (rulings 32). */
const inFlight = Math.max(1, availableParallelism() - 1);

/**
 * What the hash of a sign-in costs by itself, in this process: the bound that no server with these settings can beat.
 * @returns CPU milliseconds of one, and how many a second with as many in flight as Carekey allows.
 */
export async function hashBound(seconds) {
  const stored = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const cpu = process.cpuUsage();
  const began = performance.now();
  let count = 0;
  const loop = async () => {
    while (performance.now() - began < seconds * 1000) {
      await verify(stored, password);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  const { user, system } = process.cpuUsage(cpu);
  return {
    inFlight,
    cpuMs: (user + system) / 1000 / count,
    perSecond: (count / (performance.now() - began)) * 1000,
  };
}
