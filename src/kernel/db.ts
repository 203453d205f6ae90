import { AsyncLocalStorage } from 'node:async_hooks';
import type { Socket } from 'node:net';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg, { type Pool, type PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import { wasCommitted } from './commit-fate.js';
import { Config } from './config.js';
import { isRetryable, sqlState, translate } from './database-errors.js';
import { GroupCommit } from './group-commit.js';
import { DATABASE_CONNECTION, type DatabaseConnection, Notices } from './notices.js';
import type { Statement } from './statement.js';
import { OpenTx, type Sink, type Tx } from './tx.js';

/** Test seam: lets a test fail a commit before it is sent, or lose its answer after. */
export interface CommitFaults {
  beforeCommit?(): void;
  afterCommit?(): void;
}

/**
 * A line that went dead is noticed, a statement that hangs is ended by PostgreSQL, and who waits for a connection is told
 * that the server is busy before the caller gives up. Milliseconds.
 */
export const poolManners = {
  keepAlive: true,
  connectionTimeoutMillis: 10_000,
  statement_timeout: 60_000,
} as const;

/** The one way to the database. Bodies of `tx` may run again (up to 3 times) and must be safe to repeat. */
@Injectable()
export class Db implements OnApplicationShutdown {
  /** Set by tests only. */
  faults: CommitFaults = {};
  private readonly group = new GroupCommit<Sink>((fill) => this.tx(async (tx) => fill(tx)));

  /**
   * Reads have connections of their own: a transaction that waits for a read (a cache that has to load) then never
   * waits for another transaction, so that a full pool cannot lock itself up.
   */
  private readonly reads: Pool;
  private readonly currentRead = new AsyncLocalStorage<Tx>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly notices: Notices,
    @Inject(DATABASE_CONNECTION) connection: DatabaseConnection,
    config: Config,
  ) {
    const max = Math.ceil(config.settings.CAREKEY_DATABASE_POOL / 2);
    this.reads = new pg.Pool({ ...connection, ...poolManners, max, application_name: 'carekey reads' });
    this.reads.on('error', () => {});
  }

  async onApplicationShutdown(): Promise<void> {
    await this.reads.end();
  }

  /**
   * Runs `body` in one transaction (READ COMMITTED) and commits. Whatever `body` throws rolls everything back.
   * A lost answer to COMMIT is settled by asking PostgreSQL for the transaction's fate, so an error from here
   * means: nothing was committed.
   * @throws AppError `unavailable` when the database cannot be reached.
   */
  async tx<Result>(body: (tx: Tx) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(body);
      } catch (error) {
        if (!isRetryable(error) || attempt === 3) throw translate(error);
        // Lets the transaction that was in the way finish; run at once, both would meet again.
        await new Promise((resolve) => setTimeout(resolve, 25 * attempt));
      }
    }
  }

  /**
   * Lends one connection without a transaction, for reads only; it sees what is committed. A read within a read uses
   * the same connection.
   */
  async read<Result>(body: (tx: Tx) => Promise<Result>): Promise<Result> {
    const outer = this.currentRead.getStore();
    if (outer) return body(outer);
    try {
      const client = await this.reads.connect();
      client.on('error', heardByQuery);
      const tx = new OpenTx(client, this.dataSource, false);
      try {
        return await this.currentRead.run(tx, () => body(tx));
      } finally {
        client.off('error', heardByQuery);
        client.release();
      }
    } catch (error) {
      throw translate(error);
    }
  }

  /** Joins the writes of concurrent requests in one transaction; resolves when it is committed (rulings 30). */
  gather(work: (sink: Sink) => void): Promise<void> {
    return this.group.join(work);
  }

  /**
   * The same for work that has to compute before it knows what to write: `body` fills a sink, and what it wrote is
   * then committed together with that of other requests. Its answer comes after the commit.
   */
  async gathered<Result>(body: (sink: Sink) => Promise<Result>): Promise<Result> {
    const work: ((sink: Sink) => void)[] = [];
    const result = await body({
      batch: (insert, row) => void work.push((sink) => sink.batch(insert, row)),
      invalidate: (cache, key) => void work.push((sink) => sink.invalidate(cache, key)),
      afterCommit: (run) => void work.push((sink) => sink.afterCommit(run)),
    });
    await this.gather((sink) => {
      for (const write of work) write(sink);
    });
    return result;
  }

  private get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }

  private async attempt<Result>(body: (tx: Tx) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect();
    client.on('error', heardByQuery);
    const tx = new OpenTx(client, this.dataSource, true);
    let broken: Error | undefined;
    try {
      sendTogether(client);
      const begun = client.query('BEGIN');
      begun.catch(() => {});
      const result = await body(tx);
      await begun;
      await this.commit(client, tx);
      for (const [cache, key] of tx.invalidated) this.notices.dropLocally(cache, key);
      for (const run of tx.committed) run();
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((cause: Error) => {
        broken = cause;
      });
      throw error;
    } finally {
      client.off('error', heardByQuery);
      client.release(broken);
    }
  }

  private async commit(client: PoolClient, tx: OpenTx): Promise<void> {
    sendTogether(client);
    const sent: Promise<unknown>[] = tx.flush();
    for (const [cache, key] of tx.invalidated) sent.push(this.notices.send(client, cache, key));
    const xid = client.query<{ xid: string | null }>(currentXid);
    xid.catch(() => {});
    await Promise.all(sent);
    this.faults.beforeCommit?.();
    const id = (await xid).rows[0]?.xid;
    try {
      const done = await client.query('COMMIT');
      if (done.command !== 'COMMIT') throw new Error('The transaction was rolled back at commit');
      this.faults.afterCommit?.();
    } catch (error) {
      const state = sqlState(error);
      // A server that goes down in the middle of a commit may have done it.
      if (!id || (state !== undefined && !/^(08|57P)/.test(state))) throw error;
      // The type definitions leave out what the protocol tells each client: its backend's process id.
      const { processID } = client as unknown as { processID?: number };
      if (!(await wasCommitted(this.reads, id, processID))) throw error;
    }
  }
}

/** A line that breaks also fails the query on it, or the next one; unheard, the event would end the process. */
const heardByQuery = (): void => {};

const currentXid: Statement = {
  name: 'db.currentXid',
  text: 'SELECT pg_current_xact_id_if_assigned()::text AS xid',
};

/** Lets the statements that are sent in this turn of the event loop leave in one write instead of one each. */
function sendTogether(client: PoolClient): void {
  // The type definitions leave the connection out.
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
