import type { Id } from '../kernel/ids.js';
import type { Where } from '../kernel/where.js';
import type { Resource } from './search-row.js';

/** The row at the edge of a page. */
export interface PageEdge {
  readonly id: Id;
  /** Where the order is by it. */
  readonly lastUpdated?: Date | undefined;
}

/** Which resources of a type, by a predicate over `searchRow`, and which part of them. */
export interface SearchQuery {
  readonly where: Where;
  readonly sort: { readonly by: 'id' | 'lastUpdated'; readonly descending: boolean };
  /** How many; 0 to count only. */
  readonly limit: number;
  /** How many to leave out at the beginning. */
  readonly offset: number;
  /** Those after this one. */
  readonly after?: PageEdge | undefined;
  /** Those before this one, the nearest. */
  readonly before?: PageEdge | undefined;
  /** Whether to count all that there are. */
  readonly total: boolean;
}

/** A part of what was found, in the order that was asked for. */
export interface SearchPage {
  readonly rows: readonly { readonly id: Id; readonly lastUpdated: Date; readonly resource: Resource }[];
  /** Whether there are others beyond it, in the direction that was asked for. */
  readonly more: boolean;
  readonly total: number | undefined;
}
