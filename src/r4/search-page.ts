import type { Id } from '../kernel/ids.js';
import type { Resource } from './search-row.js';

/** A part of what was found, in the order that was asked for. */
export interface SearchPage {
  readonly rows: readonly { readonly id: Id; readonly lastUpdated: Date; readonly resource: Resource }[];
  /** Whether there are others beyond it, in the direction that was asked for. */
  readonly more: boolean;
  readonly total: number | undefined;
}
