import { signingAlgs } from '../keys/key-rotation.service.js';
import type { SigningKeyView } from '../keys/key-times.js';
import { type Finding, fail, ok, warn } from './check.types.js';

/** The schedule looks every five minutes; a restart may take longer. */
const overdueMs = 7_200_000;

/** Whether each algorithm has a key that signs, and whether the schedule keeps up. */
export function judgeKeys(keys: readonly SigningKeyView[], now: number): Finding {
  if (keys.length === 0) return warn('There are none yet; the first start of the server makes them.');
  const missing = signingAlgs.filter((alg) => !keys.some((key) => key.alg === alg && key.state === 'active'));
  if (missing.length > 0) {
    return fail(`No active key for ${missing.join(', ')}. Make one with "carekey keys rotate".`);
  }
  const due = keys.flatMap(({ rotationDueAt }) => (rotationDueAt ? [rotationDueAt.getTime()] : []));
  if (due.length === 0) return ok('One of each algorithm signs; they are rotated by hand only.');
  const next = Math.min(...due);
  const day = new Date(next).toISOString();
  return now - next > overdueMs
    ? fail(`A key should have been replaced at ${day}. Does a worker run? Or use "carekey keys rotate".`)
    : ok(`One of each algorithm signs; the next rotation is at ${day}.`);
}
