import pg from 'pg';
import {
  type Span,
  type Where,
  type WhereColumns,
  type WhereRow,
  whereToSql,
  whole,
} from '../../src/kernel/where.js';
import { freshDatabase } from './database.js';

/** Columns of every kind, as a store would declare them. */
const columns: WhereColumns = {
  id: { kind: 'uuid', sql: 'probe.id' },
  word: { kind: 'text', sql: 'probe.word' },
  flag: { kind: 'boolean', sql: 'probe.flag' },
  size: { kind: 'number', sql: 'probe.size' },
  lastUpdated: { kind: 'instant', sql: 'probe.last_updated' },
  terms: { kind: 'terms', sql: 'probe.terms' },
  spans: { kind: 'spans', table: 'probe_span', joins: 'span.probe = probe.id' },
};

export interface ProbeRow extends WhereRow {
  readonly id: string;
  readonly terms: ReadonlySet<string>;
  readonly spans: readonly Span[];
}

/** A table with a column of every kind, to ask one predicate of PostgreSQL and of memory. */
export class WhereTable {
  private constructor(
    private readonly client: pg.Client,
    private readonly drop: () => Promise<void>,
  ) {}

  static async open(): Promise<WhereTable> {
    const database = await freshDatabase();
    const client = new pg.Client(database.ownerConnection);
    await client.connect();
    await client.query(`
      CREATE TABLE probe (id uuid PRIMARY KEY, word text, flag boolean, size float8, last_updated timestamptz, terms tsvector NOT NULL);
      CREATE TABLE probe_span (probe uuid NOT NULL, name text NOT NULL, low bigint NOT NULL, high bigint NOT NULL);
      CREATE INDEX ON probe USING gin (terms);`);
    return new WhereTable(client, async () => {
      await client.end();
      await database.drop();
    });
  }

  close(): Promise<void> {
    return this.drop();
  }

  /** Takes the place of all rows before. */
  async fill(rows: readonly ProbeRow[]): Promise<void> {
    await this.client.query('TRUNCATE probe, probe_span');
    for (const { id, word, flag, size, lastUpdated, terms, spans } of rows) {
      await this.client.query(
        `INSERT INTO probe VALUES ($1, $2, $3, $4, to_timestamp($5::float8 / 1000), array_to_tsvector($6::text[]))`,
        [id, word ?? null, flag ?? null, size ?? null, lastUpdated ?? null, [...terms]],
      );
      for (const { name, low, high } of spans)
        await this.client.query('INSERT INTO probe_span VALUES ($1, $2, $3, $4)', [
          id,
          name,
          whole(low),
          whole(high),
        ]);
    }
  }

  /** The ids of the rows that PostgreSQL finds, in order. */
  async find(where: Where): Promise<string[]> {
    const values: unknown[] = [];
    const condition = whereToSql(where, columns, values);
    const { rows } = await this.client.query<{ id: string }>(
      `SELECT id FROM probe WHERE ${condition} ORDER BY id`,
      values,
    );
    return rows.map(({ id }) => id);
  }
}
