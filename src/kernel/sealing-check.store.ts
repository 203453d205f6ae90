import type pg from 'pg';
import { Sealer, type SealingKey, sameBytes } from './secrets.js';
import { StartError } from './start-error.js';

/** What proves that a node has a key, without telling anything about the key. */
export interface KeyCheck {
  readonly keyId: string;
  readonly checkValue: Buffer;
}

/**
 * Compares this node's sealing keys with the check values in the database, and adds those of new keys (rulings 12).
 * @param client a session of the server's role: it runs before the application is built.
 * @throws StartError when the database was sealed by a key that this node lacks, or has under the same name differently.
 */
export async function checkSealingKeys(
  client: pg.Client,
  keys: readonly SealingKey[],
  now: Date,
): Promise<void> {
  const sealer = new Sealer(keys);
  const before = await readKeyChecks(client);
  compareKeys(sealer, before, 'This database');
  const fresh = sealer.keyIds.filter((keyId) => !before.some((check) => check.keyId === keyId));
  for (const keyId of fresh) {
    await client.query(
      'INSERT INTO sealing_check (key_id, check_value, created_at) VALUES ($1, $2, $3) ON CONFLICT (key_id) DO NOTHING',
      [keyId, checkOf(sealer, keyId), now],
    );
  }
  // Another node may have been quicker, with another key of the same name.
  if (fresh.length > 0) compareKeys(sealer, await readKeyChecks(client), 'This database');
}

/** The check values that a database holds. */
export async function readKeyChecks(client: pg.Client): Promise<KeyCheck[]> {
  const { rows } = await client.query<KeyCheck>(
    'SELECT key_id AS "keyId", check_value AS "checkValue" FROM sealing_check ORDER BY key_id',
  );
  return rows;
}

/**
 * @param what what was sealed, for the sentence: "This database", "The backup".
 * @throws StartError naming the key that is missing or another one.
 */
export function compareKeys(sealer: Sealer, checks: readonly KeyCheck[], what: string): void {
  const mine = new Set(sealer.keyIds);
  for (const { keyId, checkValue } of checks) {
    if (!mine.has(keyId)) {
      throw new StartError(
        `${what} was sealed with the key "${keyId}", which is not among the sealing keys here. Put it back into CAREKEY_SEALING_KEYS, or into keys/sealing-keys of the data directory.`,
      );
    }
    if (!sameBytes(checkValue, checkOf(sealer, keyId))) {
      throw new StartError(
        `${what} was sealed with another key of the name "${keyId}". Put the right one into CAREKEY_SEALING_KEYS, or into keys/sealing-keys of the data directory.`,
      );
    }
  }
}

function checkOf(sealer: Sealer, keyId: string): Buffer {
  return sealer.keyedHash('check', 'carekey', keyId);
}
