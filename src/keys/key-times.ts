import type { SigningAlg, SigningKey } from './signing-key.entity.js';

/** How long the JWK Set may be cached by others, in seconds. */
export const jwksMaxAge = 300;
/** Clocks of nodes may differ by this much, in milliseconds (R7). */
export const clockSkewMs = 60_000;
/** A new key is published this long before it signs: every cached JWK Set has it by then, also where a clock is ahead. */
export const publishAheadMs = jwksMaxAge * 1000 + 2 * clockSkewMs;
/** A retired key verifies until the longest token that it signed has ended: 24 h, and an hour of margin. */
export const overlapMs = 25 * 3_600_000;

const dayMs = 86_400_000;

/** Where a key is in its life. */
export type KeyState = 'pending' | 'active' | 'retiring' | 'erased' | 'revoked';

/** What admins see of a key: never its private part. */
export interface SigningKeyView {
  readonly kid: string;
  readonly alg: SigningAlg;
  readonly state: KeyState;
  readonly createdAt: Date;
  readonly activatesAt: Date;
  readonly retiresAt: Date | null;
  readonly erasesAt: Date | null;
  /** When the schedule lets a successor sign; null when there is one already, or keys are rotated by hand only. */
  readonly rotationDueAt: Date | null;
}

/** The state of a key by its times. */
export function keyState(row: SigningKey, now: number): KeyState {
  if (row.revokedAt) return 'revoked';
  if (row.erasesAt && row.erasesAt.getTime() <= now) return 'erased';
  if (row.retiresAt && row.retiresAt.getTime() <= now) return 'retiring';
  return row.activatesAt.getTime() > now ? 'pending' : 'active';
}

/**
 * When the schedule replaces a key, or null.
 * @param days how long a key signs (CAREKEY_KEY_ROTATION_DAYS); 0 for no schedule.
 */
export function rotationDueAt(row: SigningKey, days: number): Date | null {
  if (days === 0 || row.retiresAt || row.revokedAt) return null;
  return new Date(row.activatesAt.getTime() + days * dayMs);
}

/** What admins see of a key at a time. */
export function viewOf(row: SigningKey, days: number, now: number): SigningKeyView {
  const { kid, alg, createdAt, activatesAt, retiresAt, erasesAt } = row;
  const times = { createdAt, activatesAt, retiresAt, erasesAt, rotationDueAt: rotationDueAt(row, days) };
  return { kid, alg, state: keyState(row, now), ...times };
}
