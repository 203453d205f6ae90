import { Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { conflict, unavailable } from './errors.js';
import { GroupCommit } from './group-commit.js';
import { Notices } from './notices.js';
import { type BatchInsert, batchStatements, type Statement } from './statement.js';

/**
 * One database transaction (or, from `Db.read`, one connection without one). Every store method takes it first:
 * what is not in the argument list is not in the transaction.
 */
export interface Tx {
  /** Runs one prepared statement and answers its rows. */
  sql<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
  /** TypeORM on the same connection, for admin CRUD. */
  readonly manager: EntityManager;
  /** Adds a row to a multi-row insert that runs just before the commit. */
  batch<Row>(insert: BatchInsert<Row>, row: Row): void;
  /** With the commit, drops `key` from the named cache: here at once, on other nodes by notice (rulings 27). */
  invalidate(cache: string, key: string): void;
}

/** What may be written by gathered work: no reads. */
export type Sink = Pick<Tx, 'batch' | 'invalidate'>;

/** Test seam: lets a test fail a commit before it is sent, or lose its answer after. */
export interface CommitFaults {
  beforeCommit?(): void;
  afterCommit?(): void;
}

const retryable = new Set(['40001', '40P01']);

/** The one way to the database. Bodies of `tx` may run again (up to 3 times) and must be safe to repeat. */
@Injectable()
export class Db {
  /** Set by tests only. */
  faults: CommitFaults = {};
  private readonly gathered = new GroupCommit<Sink>((fill) => this.tx(async (tx) => fill(tx)));

  constructor(
    private readonly dataSource: DataSource,
    private readonly notices: Notices,
  ) {}

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
        const code = sqlState(error);
        if (code !== undefined && retryable.has(code) && attempt < 3) continue;
        throw translate(error);
      }
    }
  }

  /** Lends one connection without a transaction, for reads only. */
  async read<Result>(body: (tx: Tx) => Promise<Result>): Promise<Result> {
    try {
      const client = await this.pool.connect();
      const tx = new OpenTx(client, this.dataSource, false);
      try {
        return await body(tx);
      } finally {
        client.release();
      }
    } catch (error) {
      throw translate(error);
    }
  }

  /** Joins the writes of concurrent requests in one transaction; resolves when it is committed (rulings 30). */
  gather(work: (sink: Sink) => void): Promise<void> {
    return this.gathered.join(work);
  }

  private get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }

  private async attempt<Result>(body: (tx: Tx) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect();
    const tx = new OpenTx(client, this.dataSource, true);
    let broken: Error | undefined;
    try {
      const begun = client.query('BEGIN');
      begun.catch(() => {});
      const result = await body(tx);
      await begun;
      await this.commit(client, tx);
      for (const [cache, key] of tx.invalidated) this.notices.dropLocally(cache, key);
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((cause: Error) => {
        broken = cause;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  private async commit(client: PoolClient, tx: OpenTx): Promise<void> {
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
      if (sqlState(error) !== undefined || !id || !(await this.wasCommitted(id))) throw error;
    }
  }

  /** Asks for the fate of a transaction whose COMMIT was sent and whose answer was lost. */
  private async wasCommitted(xid: string): Promise<boolean> {
    for (;;) {
      const { rows } = await this.pool.query<{ status: string }>(xidStatus(xid));
      if (rows[0]?.status !== 'in progress') return rows[0]?.status === 'committed';
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

const currentXid: Statement = {
  name: 'db.currentXid',
  text: 'SELECT pg_current_xact_id_if_assigned()::text AS xid',
};
const xidStatus = (xid: string) => ({ text: 'SELECT pg_xact_status($1::xid8) AS status', values: [xid] });

class OpenTx implements Tx {
  readonly invalidated: [cache: string, key: string][] = [];
  private readonly batches = new Map<BatchInsert<never>, unknown[]>();
  private runner: QueryRunner | undefined;

  constructor(
    private readonly client: PoolClient,
    private readonly dataSource: DataSource,
    private readonly writable: boolean,
  ) {}

  async sql<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const query = { name: statement.name, text: statement.text, values: values as unknown[] };
    return (await this.client.query(query)).rows as Row[];
  }

  get manager(): EntityManager {
    if (!this.runner) {
      // TypeORM is handed our connection and told that a transaction is open, so that it opens none of its own.
      this.runner = this.dataSource.createQueryRunner();
      Object.assign(this.runner, {
        databaseConnection: this.client,
        isTransactionActive: true,
        transactionDepth: 1,
      });
    }
    return this.runner.manager;
  }

  batch<Row>(insert: BatchInsert<Row>, row: Row): void {
    if (!this.writable) throw new Error('Db.read lends a connection for reads only');
    const rows = this.batches.get(insert as unknown as BatchInsert<never>);
    if (rows) rows.push(row);
    else this.batches.set(insert as unknown as BatchInsert<never>, [row]);
  }

  invalidate(cache: string, key: string): void {
    if (!this.writable) throw new Error('Db.read lends a connection for reads only');
    this.invalidated.push([cache, key]);
  }

  flush(): Promise<unknown>[] {
    const sent: Promise<unknown>[] = [];
    for (const [insert, rows] of this.batches) {
      for (const [statement, values] of batchStatements(insert, rows as never[]))
        sent.push(this.sql(statement, values));
    }
    return sent;
  }
}

/** The SQLSTATE of a database error (PostgreSQL appendix A), if it is one. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** The name of the constraint that a write broke, for stores that turn it into their own error. */
export function brokenConstraint(error: unknown): string | undefined {
  const { constraint, driverError } = error as { constraint?: string; driverError?: { constraint?: string } };
  return constraint ?? driverError?.constraint;
}

const connectionTrouble = /terminat|ECONN|EPIPE|ENOENT|timeout|Connection|not queryable|too many clients/i;

function translate(error: unknown): unknown {
  const state = sqlState(error);
  const lost = state
    ? /^(08|57P0|53)/.test(state)
    : error instanceof Error && !('kind' in error) && connectionTrouble.test(error.message);
  if (lost) return unavailable({ cause: error, detail: 'database', retryAfter: 3 });
  if (state && retryable.has(state)) return conflict({ cause: error });
  return error;
}
