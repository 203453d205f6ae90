import pg from 'pg';
import type { DatabaseConnection } from './notices.js';
import { StartError } from './start-error.js';

const supported = { from: 140_000, below: 190_000 };
const connectWithinMs = 10_000;

/** Lends one session for a few questions. */
export async function session<Answer>(
  connection: DatabaseConnection,
  use: (client: pg.Client) => Promise<Answer>,
): Promise<Answer> {
  const client = new pg.Client({
    ...connection,
    connectionTimeoutMillis: connectWithinMs,
    application_name: 'carekey start',
  });
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/**
 * Tries the address in a variable.
 * @throws StartError saying in one sentence what is wrong with it; never with the password.
 */
export async function reachDatabase(variable: string, address: string): Promise<DatabaseConnection> {
  if (!/^postgres(ql)?:\/\//.test(address) || !URL.canParse(address)) {
    throw new StartError(
      `${variable} is no address of a PostgreSQL database. Write it like postgres://carekey_app:password@host:5432/carekey`,
    );
  }
  const connection = { connectionString: address };
  let state: ServerState;
  try {
    state = await session(connection, stateOf);
  } catch (cause) {
    throw new StartError(
      `${variable} cannot be used: ${reasonOf(cause)}. Correct it, and check that PostgreSQL runs there.`,
      { cause },
    );
  }
  if (state.version < supported.from || state.version >= supported.below) {
    throw new StartError(
      `${variable} leads to PostgreSQL ${Math.floor(state.version / 10_000)}; Carekey runs on 14 to 18. Point it to one of those.`,
    );
  }
  if (state.readOnly) {
    throw new StartError(
      `${variable} leads to a database that may only be read, such as a standby. Point it to the primary.`,
    );
  }
  return connection;
}

/** What a server says about itself. */
export interface ServerState {
  /** As `server_version_num`: 180004 is 18.4. */
  readonly version: number;
  readonly readOnly: boolean;
}

/** Asks a server for its version and whether it takes writes. */
export async function stateOf(client: pg.Client): Promise<ServerState> {
  const { rows } = await client.query<ServerState>(
    `SELECT current_setting('server_version_num')::int AS version,
            current_setting('transaction_read_only') = 'on' AS "readOnly"`,
  );
  return rows[0]!;
}

const known: Readonly<Record<string, string>> = {
  '28P01': 'user name or password is wrong',
  '28000': 'the server does not let this user in from here',
  '3D000': 'the database does not exist',
  '42501': 'the user may not connect to this database',
  '53300': 'the server has no connection left',
  '57P03': 'the server is starting up or shutting down',
  ECONNREFUSED: 'nothing listens at that address',
  ECONNRESET: 'what listens there is no PostgreSQL, or it closed the connection',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up',
  ENOENT: 'there is no socket at that path',
  ETIMEDOUT: 'the server does not answer',
};

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  if (code !== undefined && known[code]) return known[code];
  if (message === 'timeout expired') return known['ETIMEDOUT']!;
  if (message === 'Connection terminated unexpectedly') return known['ECONNRESET']!;
  return (message || code || 'no reason given').replace(/\.$/, '');
}
