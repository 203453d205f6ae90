import { existsSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type PackagedPostgres, packagedPostgres, usableBinaries } from './embedded-binaries.js';
import {
  dropStalePidFile,
  isServerAlive,
  makeCluster,
  readPidFile,
  removeUnfinished,
  type Started,
  startServer,
} from './embedded-cluster.js';
import {
  type EmbeddedPlace,
  embeddedPlace,
  isPrivateSocketDirectory,
  makeSocketDirectory,
} from './embedded-place.js';
import { type ServerUser, serverUser } from './embedded-user.js';
import type { DatabaseConnection } from './notices.js';
import { StartError } from './start-error.js';
import { takeWebLock } from './web-lock.js';

/** The roles of the embedded server that others than this supervisor log in as (rulings 43). */
export type EmbeddedRole = 'carekey_owner' | 'carekey_app';

export interface EmbeddedOptions {
  /** What this process does here: at most one `web` process per data directory (rulings 51). */
  readonly purpose: 'web' | 'worker' | 'command';
  /** Told when the server came back but this process may not use it any more (another web process has it). */
  readonly onLost?: (reason: StartError) => void;
  /** Server settings for tests, such as `fsync: 'off'`; they hold when this process is the one that starts it. */
  readonly settings?: Readonly<Record<string, string>>;
}

// Advisory locks in the database "postgres", which holds nothing else. Presence is shared: whoever gets it
// exclusively is the last one out.
const presenceLock = 0x63_6b_01;
const bootstrapLock = 0x63_6b_02;
const startWithinMs = 120_000;

/**
 * The PostgreSQL that comes with Carekey: started when it is down, joined when another process runs it already,
 * stopped by the last process that leaves. Kills of any process at any moment are repaired by the next start.
 */
export class EmbeddedPostgres {
  private closing = false;

  private constructor(
    readonly place: EmbeddedPlace,
    private readonly binaries: string,
    private readonly user: ServerUser,
    private readonly options: EmbeddedOptions,
    private socketDirectory: string,
    private presence: pg.Client,
  ) {}

  /**
   * Brings the server of a data directory up and joins it.
   * @throws StartError in one sentence: second web process, foreign directory, other version, no space.
   */
  static async open(dataDir: string, options: EmbeddedOptions): Promise<EmbeddedPostgres> {
    const user = serverUser();
    const packaged: PackagedPostgres = packagedPostgres();
    const place = embeddedPlace(dataDir, packaged.major, user);
    const binaries = usableBinaries(packaged, place.home, user);
    makeCluster(place, binaries, user);
    const server = new EmbeddedPostgres(place, binaries, user, options, '', new pg.Client());
    await server.join();
    removeUnfinished(place);
    return server;
  }

  /** How to log in to a database of this server as one of its roles. */
  connection(role: EmbeddedRole, database = 'carekey'): DatabaseConnection {
    return { host: this.socketDirectory, port: 5432, user: role, database };
  }

  /** How to log in as the superuser: for this supervisor and the test set-up only. */
  superuser(database = 'postgres'): DatabaseConnection {
    return { host: this.socketDirectory, port: 5432, user: 'postgres', database };
  }

  /**
   * Leaves; the last process out stops the server and waits until it is down. Close every connection first.
   */
  async close(): Promise<void> {
    this.closing = true;
    try {
      await this.presence.query('SELECT pg_advisory_unlock_shared($1)', [presenceLock]);
      const { rows } = await this.presence.query<{ alone: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS alone',
        [presenceLock],
      );
      if (rows[0]?.alone) await this.stop();
    } catch {
      // The server is gone already: somebody else stopped it.
    } finally {
      await this.presence.end().catch(() => {});
    }
  }

  private async stop(): Promise<void> {
    const running = readPidFile(this.place.cluster);
    if (!running) return;
    process.kill(running.pid, 'SIGINT');
    const pidFile = join(this.place.cluster, 'postmaster.pid');
    const deadline = performance.now() + startWithinMs;
    while (existsSync(pidFile) && performance.now() < deadline) await sleep(5);
    removeEmpty(this.socketDirectory);
  }

  /** Joins the running server, starting it as often as needed; afterwards this process counts as present. */
  private async join(): Promise<void> {
    const client = await this.reach();
    try {
      await client.query('SELECT pg_advisory_lock_shared($1)', [presenceLock]);
      if (this.options.purpose === 'web') await takeWebLock(client, this.place.dataDirectory);
      await prepare(client);
    } catch (error) {
      await client.end().catch(() => {});
      // A process that left at this moment took the server down with it.
      if (error instanceof StartError || !isShutdown(error)) throw error;
      return this.join();
    }
    this.presence = client;
    client.once('end', () => this.rejoin());
  }

  /** The server died under us (not by our hand): bring it back, so that the pools find it again. */
  private rejoin(): void {
    if (this.closing) return;
    this.join().catch((error: unknown) => {
      if (error instanceof StartError && this.options.onLost) this.options.onLost(error);
      else setTimeout(() => this.rejoin(), 1000).unref();
    });
  }

  private async reach(): Promise<pg.Client> {
    const deadline = performance.now() + startWithinMs;
    let started: Started | undefined;
    while (performance.now() < deadline) {
      const running = readPidFile(this.place.cluster);
      if (running?.socketDirectory) {
        const client = await this.connect(running.socketDirectory);
        if (client) return client;
      }
      if (started && hasEnded(started)) {
        failUnlessLocked(started.output());
        this.dropUnused(started.socketDirectory);
        started = undefined;
        await sleep(100);
      }
      if (!started && !(running && isServerAlive(running, this.place.cluster))) started = this.start();
      await sleep(5);
    }
    throw new StartError(
      `The embedded PostgreSQL of ${this.place.dataDirectory} does not answer. See ${this.place.log}; if its process hangs, end it and start again.`,
    );
  }

  private start(): Started {
    const before = readPidFile(this.place.cluster)?.socketDirectory;
    dropStalePidFile(this.place.cluster);
    const directory =
      before && isPrivateSocketDirectory(before, this.user) ? before : makeSocketDirectory(this.user);
    return startServer(this.place, this.binaries, directory, this.user, this.options.settings ?? {});
  }

  /** Another start was quicker: what was made for this one is not needed. */
  private dropUnused(socketDirectory: string): void {
    if (readPidFile(this.place.cluster)?.socketDirectory !== socketDirectory) removeEmpty(socketDirectory);
  }

  private async connect(socketDirectory: string): Promise<pg.Client | undefined> {
    if (!isPrivateSocketDirectory(socketDirectory, this.user)) return undefined;
    this.socketDirectory = socketDirectory;
    const client = new pg.Client({
      ...this.superuser(),
      application_name: `carekey ${this.options.purpose} ${process.pid}`,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      return client;
    } catch {
      await client.end().catch(() => {});
      return undefined;
    }
  }
}

/** Makes roles and database once; quick when they are there. */
async function prepare(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ ready: boolean }>(
    "SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'carekey') AS ready",
  );
  if (rows[0]?.ready) return;
  await client.query('SELECT pg_advisory_lock($1)', [bootstrapLock]);
  try {
    for (const role of ['carekey_owner', 'carekey_app'] satisfies EmbeddedRole[]) {
      const known = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
      if (known.rowCount === 0) await client.query(`CREATE ROLE ${role} LOGIN`);
    }
    const made = await client.query("SELECT FROM pg_database WHERE datname = 'carekey'");
    if (made.rowCount === 0) await client.query('CREATE DATABASE carekey OWNER carekey_owner');
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [bootstrapLock]);
  }
}

/** Removes a socket directory unless a server has its socket there. */
function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // In use, or gone: both are well.
  }
}

function hasEnded({ process: child }: Started): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

/** A server that another start was quicker with is no failure; anything else is, and its log says what. */
function failUnlessLocked(output: string): void {
  if (/lock file "[^"]*" already exists|pre-existing shared memory block/.test(output)) return;
  const reason =
    /(?:FATAL|PANIC):\s*(.*)/.exec(output)?.[1] ?? (output.trim().split('\n').pop() || 'no reason given');
  throw new StartError(
    `The embedded PostgreSQL did not start (${reason.replace(/\.$/, '')}). Its log is postgres.log in the data directory.`,
  );
}

/** Whether a query failed because the server was going down. */
function isShutdown(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === undefined || /^(57P0|08|E)/.test(code);
}
