import type pg from 'pg';
import type { Tx } from '../../src/kernel/tx.js';
import type { DomainNode } from '../stores/domain-node.js';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}
const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** How PostgreSQL answered a search. */
export interface SeenPlan<Page> {
  readonly page: Page;
  readonly statements: number;
  readonly scans: readonly string[];
  readonly indexes: readonly string[];
  /** Rows of the table that were read, and how many of them for nothing. */
  readonly read: number;
  readonly wasted: number;
}

/** Runs a search and asks PostgreSQL how it answered the statement that asked about the table. */
export async function planOf<Page>(
  node: DomainNode,
  client: pg.Client,
  table: string,
  search: (tx: Tx) => Promise<Page>,
): Promise<SeenPlan<Page>> {
  const sent: [string, readonly unknown[]][] = [];
  const page = await node.tx((tx) => {
    const watched: Tx = Object.create(tx, {
      sql: {
        value: (statement: { text: string }, values: unknown[]) => {
          sent.push([statement.text, values]);
          return tx.sql(statement as never, values);
        },
      },
    });
    return search(watched);
  });
  const asked = sent.filter(([text]) => text.includes(` ${table} `));
  const [[text, values]] = asked as [[string, unknown[]]];
  const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
  const nodes = nodesOf(rows[0]['QUERY PLAN'][0].Plan);
  const heap = nodes.filter((one) => one['Relation Name'] === table);
  return {
    page,
    statements: asked.length,
    scans: nodes.map((one) => one['Node Type']),
    indexes: nodes.flatMap((one) => one['Index Name'] ?? []),
    read: heap.reduce((sum, one) => sum + one['Actual Rows'] * one['Actual Loops'], 0),
    wasted: heap.reduce((sum, one) => sum + (one['Rows Removed by Filter'] ?? 0) * one['Actual Loops'], 0),
  };
}
