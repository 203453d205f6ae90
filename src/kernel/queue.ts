import {
  createPostgresBackend,
  createRedisBackend,
  isPgPool,
  runMigrations,
  setDefaultBackendFactory,
} from 'bullmq';
import pg, { type Pool } from 'pg';
import type { Config } from './config.js';
import type { DatabaseConnection } from './notices.js';

/** The one queue of this server. Its jobs are names and ids: payloads stay in the outbox. */
export const QUEUE = 'carekey';

/** The PostgreSQL schema that the queue lives in when there is no Redis. */
const schema = 'bullmq';

// The factory is one per process (rulings 49), so it looks at each connection: a pool means PostgreSQL.
setDefaultBackendFactory(((...args: Parameters<typeof createRedisBackend>) => {
  const postgres = isPgPool(args[1].connection);
  return postgres
    ? createPostgresBackend(...(args as unknown as Parameters<typeof createPostgresBackend>))
    : createRedisBackend(...args);
}) as typeof createRedisBackend);

/** How this process reaches its queue: one pool for everything that BullMQ does, or Redis. */
export type QueueConnection = { readonly pool: Pool } | { readonly redis: { readonly url: string } };

/** Redis when it is configured, else PostgreSQL. Opens nothing yet. */
export function queueConnection(config: Config, connection: DatabaseConnection): QueueConnection {
  const url = config.settings.REDIS_URL;
  if (url) return { redis: { url } };
  const pool = new pg.Pool({
    ...connection,
    max: 5,
    keepAlive: true,
    application_name: 'carekey queue',
    options: `-c search_path=${schema}`,
  });
  // A broken idle connection is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {});
  return { pool };
}

/** What BullMQ is given as its `connection`. */
export function bullConnection(connection: QueueConnection): object {
  if ('pool' in connection) return connection.pool;
  return { ...connection.redis, retryStrategy: (times: number) => Math.min(times * 200, 2_000) };
}

/**
 * Makes or updates the queue's tables and lets the server's role use them.
 * @param client a session of the owner, in no transaction. @param appRole the role that the server logs in as.
 */
export async function prepareQueueSchema(client: pg.Client, appRole: string): Promise<void> {
  await runMigrations(client, schema);
  const role = client.escapeIdentifier(appRole);
  // Not ON ALL SEQUENCES: those that the queue made are the server's own.
  const owned = await client.query<{ name: string }>(
    'SELECT sequencename AS name FROM pg_sequences WHERE schemaname = $1 AND sequenceowner = current_user',
    [schema],
  );
  // One commit for all of them.
  await client.query(
    [
      // CREATE too: the queue makes a sequence per queue name when it is first used.
      `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${role}`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role}`,
      ...owned.rows.map(
        ({ name }) =>
          `GRANT USAGE, SELECT, UPDATE ON SEQUENCE ${schema}.${client.escapeIdentifier(name)} TO ${role}`,
      ),
    ].join('; '),
  );
}
