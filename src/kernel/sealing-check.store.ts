import pg from 'pg';
import type { DatabaseConnection } from './notices.js';
import { Sealer, type SealingKey, sameBytes } from './secrets.js';
import { StartError } from './start-error.js';

/**
 * Compares this node's sealing keys with the check values in the database, and adds those of new keys (rulings 12).
 * Runs before the application is built, so it brings its own connection.
 * @throws StartError when the database was sealed by a key that this node lacks, or has under the same name differently.
 */
export async function checkSealingKeys(
  connection: DatabaseConnection,
  keys: readonly SealingKey[],
  now: Date,
): Promise<void> {
  const sealer = new Sealer(keys);
  const client = new pg.Client({ ...connection, application_name: 'carekey start' });
  await client.connect();
  try {
    const { rows } = await client.query<{ keyId: string; checkValue: Buffer }>(
      'SELECT key_id AS "keyId", check_value AS "checkValue" FROM sealing_check',
    );
    const mine = new Set(sealer.keyIds);
    for (const { keyId, checkValue } of rows) {
      if (mine.has(keyId) && !sameBytes(checkValue, checkOf(sealer, keyId))) {
        throw new StartError(
          `The sealing key "${keyId}" is not the one that this database was sealed with. Put the right CAREKEY_SEALING_KEYS back.`,
        );
      }
    }
    if (rows.length > 0 && !rows.some(({ keyId }) => mine.has(keyId))) {
      throw new StartError(
        `This database was sealed with the keys ${rows.map(({ keyId }) => keyId).join(', ')}, none of which is configured. Put them back into CAREKEY_SEALING_KEYS.`,
      );
    }
    for (const keyId of sealer.keyIds) {
      await client.query(
        'INSERT INTO sealing_check (key_id, check_value, created_at) VALUES ($1, $2, $3) ON CONFLICT (key_id) DO NOTHING',
        [keyId, checkOf(sealer, keyId), now],
      );
    }
  } finally {
    await client.end();
  }
}

function checkOf(sealer: Sealer, keyId: string): Buffer {
  return sealer.keyedHash('check', 'carekey', keyId);
}
