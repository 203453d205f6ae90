import type { PoolClient } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
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
  /** Runs one prepared statement just before the commit, together with the batches: for writes whose rows nobody reads. */
  last(statement: Statement, values: readonly unknown[]): void;
  /** Adds a row to a multi-row insert that runs just before the commit. */
  batch<Row>(insert: BatchInsert<Row>, row: Row): void;
  /** With the commit, drops `key` from the named cache: here at once, on other nodes by notice (rulings 27). */
  invalidate(cache: string, key: string): void;
  /** Calls `run`, which must not throw, once the commit is done. What must happen belongs into the outbox. */
  afterCommit(run: () => void): void;
}

/** What may be written by gathered work: no reads. */
export type Sink = Pick<Tx, 'batch' | 'invalidate' | 'afterCommit'>;

/** The transaction behind `Tx`: what it gathered is flushed and told by `Db`. */
export class OpenTx implements Tx {
  readonly invalidated: [cache: string, key: string][] = [];
  readonly committed: (() => void)[] = [];
  private readonly lastStatements: [statement: Statement, values: readonly unknown[]][] = [];
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

  last(statement: Statement, values: readonly unknown[]): void {
    if (!this.writable) throw new Error('Db.read lends a connection for reads only');
    this.lastStatements.push([statement, values]);
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

  afterCommit(run: () => void): void {
    if (!this.writable) throw new Error('Db.read lends a connection for reads only');
    this.committed.push(run);
  }

  flush(): Promise<unknown>[] {
    const sent: Promise<unknown>[] = this.lastStatements.map((one) => this.sql(...one));
    for (const [insert, rows] of this.batches) {
      for (const [statement, values] of batchStatements(insert, rows as never[]))
        sent.push(this.sql(statement, values));
    }
    return sent;
  }
}
