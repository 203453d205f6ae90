import { invalidInput } from './errors.js';
import type { Id } from './ids.js';

/** Which part of a list to read: the first `first` rows whose id comes after `after`. */
export interface PageQuery<RowId extends Id = Id> {
  readonly first: number;
  readonly after?: RowId | undefined;
}

/** A part of a list, in id order (ids are time-ordered: oldest first). */
export interface Page<Row> {
  readonly rows: Row[];
  readonly hasNext: boolean;
}

const maxFirst = 100;

/**
 * How many rows a store must read to know whether more follow.
 * @throws AppError `invalid-input` unless `first` is a whole number from 1 to 100.
 */
export function rowsToRead(query: PageQuery): number {
  if (!Number.isInteger(query.first) || query.first < 1 || query.first > maxFirst) {
    throw invalidInput({
      sentence: `"first" must be a whole number from 1 to ${maxFirst}.`,
      field: 'first',
    });
  }
  return query.first + 1;
}

/** The page that was asked for, from what `rowsToRead` said to read. */
export function pageOf<Row>(rows: readonly Row[], query: PageQuery): Page<Row> {
  return { rows: rows.slice(0, query.first), hasNext: rows.length > query.first };
}
