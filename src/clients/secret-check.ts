import { hashSecret, type Secret, sameBytes } from '../kernel/secrets.js';

/** A stored secret as the check sees it. */
export interface StoredSecret {
  readonly hash: Buffer;
  readonly expiresAt: Date | null;
}

const absent = Buffer.alloc(32);

/**
 * Whether any candidate is a living secret. Both places (current, retiring) are compared with every candidate whatever
 * the outcome, so that time tells neither which one matched nor whether there are two (F119).
 * @param candidates the readings of what was presented, at least one. @param now milliseconds since the epoch.
 */
export function anySecretMatches(
  stored: { readonly current: StoredSecret | undefined; readonly retiring: StoredSecret | undefined },
  candidates: readonly Secret[],
  now: number,
): boolean {
  let matched = 0;
  for (const candidate of candidates) {
    const hash = hashSecret(candidate);
    for (const secret of [stored.current, stored.retiring]) {
      const equal = sameBytes(secret?.hash ?? absent, hash);
      const alive = secret !== undefined && !(secret.expiresAt && secret.expiresAt.getTime() <= now);
      matched |= Number(equal) & Number(alive);
    }
  }
  return matched === 1;
}
