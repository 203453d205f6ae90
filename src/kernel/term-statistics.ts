import { Injectable } from '@nestjs/common';
import { Clock } from './clock.js';
import { frequentTerms } from './table-terms.js';
import type { Tx } from './tx.js';

const keptMs = 300_000;

/** What PostgreSQL knows about the terms of tables: which of them many rows have. Read again every five minutes. */
@Injectable()
export class TermStatistics {
  private readonly known = new Map<string, { readonly until: number; readonly terms: ReadonlySet<string> }>();

  constructor(private readonly clock: Clock) {}

  /** The terms of a table that at least some 0.4 % of its rows have, scope included; at most 1,000, and none of a new table. */
  async frequent(tx: Tx, table: string): Promise<ReadonlySet<string>> {
    const kept = this.known.get(table);
    if (kept && kept.until > this.clock.now()) return kept.terms;
    const terms = new Set(await frequentTerms(tx, table));
    this.known.set(table, { until: this.clock.now() + keptMs, terms });
    return terms;
  }
}
