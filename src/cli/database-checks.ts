import { Clock } from '../kernel/clock.js';
import type { Config } from '../kernel/config.js';
import { clockAheadMs, durabilityOf, noticesArrive } from '../kernel/database-checks.js';
import { session, stateOf } from '../kernel/database-reach.js';
import { type ReachedDatabase, sealingKeysOf } from '../kernel/database-server.js';
import { appliedMigrations, refuseNewer } from '../kernel/migrate.js';
import { isWallUp } from '../kernel/role-wall.js';
import { compareKeys, readKeyChecks } from '../kernel/sealing-check.store.js';
import { Sealer } from '../kernel/secrets.js';
import { type Check, fail, ok, warn } from './check.types.js';
import type { House } from './command.types.js';

const largestSkewMs = 2_000;

/** What can be said of a database that was reached, without changing it. */
export function databaseChecks(config: Config, database: ReachedDatabase, { migrations }: House): Check[] {
  const { connection } = database;
  return [
    {
      name: 'database',
      run: async () => {
        const { version } = await session(connection, stateOf);
        const at = database.embedded ? 'embedded, for trying and developing' : 'at DATABASE_URL';
        return ok(`PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000}, ${at}.`);
      },
    },
    {
      name: 'durability',
      run: async () => {
        const off = Object.entries(await session(connection, durabilityOf)).filter(
          ([, value]) => value === 'off',
        );
        if (off.length === 0) return ok('What is committed survives a crash.');
        const names = off.map(([name]) => name).join(', ');
        return fail(`${names} is off: a crash may lose what was promised. Turn it on in PostgreSQL.`);
      },
    },
    {
      name: 'migrations',
      run: async () => {
        const applied = await session(connection, appliedMigrations);
        refuseNewer(applied, migrations);
        const waiting = migrations.length - applied.length;
        if (waiting === 0) return ok(`All ${applied.length} have run.`);
        return warn(`${waiting} of ${migrations.length} wait; the next start of the server runs them.`);
      },
    },
    {
      name: 'role wall',
      run: async () =>
        (await session(connection, isWallUp))
          ? ok('The role of the server can add to the audit record and not change it.')
          : warn(
              'The role of the server may change the audit record. Set CAREKEY_MIGRATION_DATABASE_URL to the owner and DATABASE_URL to a lesser role.',
            ),
    },
    {
      name: 'sealing keys',
      run: async () => {
        const sealer = new Sealer(sealingKeysOf(config));
        const checks = await session(connection, readKeyChecks);
        compareKeys(sealer, checks, 'This database');
        return ok(`${sealer.keyIds.join(', ')}; "${sealer.currentKeyId}" seals.`);
      },
    },
    {
      name: 'clock',
      run: async () => {
        const clock = new Clock();
        const ahead = await session(connection, (client) => clockAheadMs(client, () => clock.now()));
        if (Math.abs(ahead) <= largestSkewMs) return ok('Agrees with the clock of the database.');
        const seconds = (Math.abs(ahead) / 1000).toFixed(1);
        return warn(
          `Is ${seconds} s ${ahead > 0 ? 'behind' : 'ahead of'} the clock of the database. Set both by NTP.`,
        );
      },
    },
    {
      name: 'notices',
      run: async () =>
        (await noticesArrive(connection))
          ? ok('Changes of rights reach other nodes at once.')
          : fail(
              'A notice did not arrive within a second, so caches stay off. Connect without a pooler that changes sessions.',
            ),
    },
  ];
}
