import type { Id } from './ids.js';
import type { Tx } from './tx.js';
import { vectorText } from './where.js';

/** Rows of a project that say nothing yet about what they are found by; locked until the transaction ends. */
export async function rowsWithoutTerms(tx: Tx, table: string, projectId: Id, limit: number): Promise<Id[]> {
  const text = `SELECT id FROM ${table} WHERE project_id = $1 AND terms IS NULL LIMIT $2 FOR NO KEY UPDATE`;
  return (await tx.sql<{ id: Id }>({ name: '', text }, [projectId, limit])).map(({ id }) => id);
}

/** Whether there are any such rows. */
export async function lacksTerms(tx: Tx, table: string, projectId: Id): Promise<boolean> {
  const text = `SELECT id FROM ${table} WHERE project_id = $1 AND terms IS NULL LIMIT 1`;
  return (await tx.sql({ name: '', text }, [projectId])).length > 0;
}

/** Writes what rows are found by. */
export async function writeTerms(
  tx: Tx,
  table: string,
  rows: readonly { readonly id: Id; readonly terms: Iterable<string> }[],
): Promise<void> {
  const text = `UPDATE ${table} SET terms = made.terms::tsvector
    FROM unnest($1::uuid[], $2::text[]) AS made (id, terms) WHERE ${table}.id = made.id`;
  await tx.sql({ name: '', text }, [rows.map(({ id }) => id), rows.map(({ terms }) => vectorText(terms))]);
}

/** The terms that the last `ANALYZE` found in many rows of a table. */
export async function frequentTerms(tx: Tx, table: string): Promise<string[]> {
  const text = `SELECT most_common_elems::text::text[] AS terms FROM pg_stats
    WHERE schemaname = current_schema() AND tablename = $1 AND attname = 'terms'`;
  const [row] = await tx.sql<{ terms: string[] | null }>({ name: 'term-statistics.frequent', text }, [table]);
  return row?.terms ?? [];
}
