import type { CompiledEntry } from './compiled-entry.js';
import { isOutsideWildcard } from './special-types.js';

/**
 * Entries, any of which may open something, within other lists that must open it too. A pair of entries opens what both
 * open, and a list within another is made of all such pairs, so that no combination opens more than each part does.
 */
export class EntryList {
  private readonly byType = new Map<string, readonly CompiledEntry[]>();

  constructor(
    private readonly own: readonly CompiledEntry[],
    private readonly limits: readonly EntryList[] = [],
  ) {}

  /** The same, of which only that remains what `limit` opens too. */
  within(limit: EntryList): EntryList {
    return new EntryList(this.own, [...this.limits, limit]);
  }

  /** All of them. */
  get entries(): readonly CompiledEntry[] {
    return this.limitedBy(this.own, ({ entries }) => entries);
  }

  /** Those that speak about a type. */
  of(resourceType: string): readonly CompiledEntry[] {
    let found = this.byType.get(resourceType);
    if (!found) {
      const wild = !isOutsideWildcard(resourceType);
      const mine = this.own.filter(
        (one) => one.resourceType === resourceType || (wild && one.resourceType === '*'),
      );
      found = this.limitedBy(mine, (limit) => limit.of(resourceType));
      this.byType.set(resourceType, found);
    }
    return found;
  }

  private limitedBy(
    mine: readonly CompiledEntry[],
    theirs: (limit: EntryList) => readonly CompiledEntry[],
  ): readonly CompiledEntry[] {
    let left = mine;
    for (const limit of this.limits) {
      const others = theirs(limit);
      left = left.flatMap((one) => others.flatMap((other) => one.within(other) ?? []));
    }
    return left;
  }
}
