import { isDeepStrictEqual } from 'node:util';
import type { ErrorIssue } from '../kernel/errors.js';
import { accountsOf, freeMeta } from '../r4/meta.js';
import type { Resource } from '../r4/search-row.js';
import { resourceInvalid } from './fhir.errors.js';
import type { ResourceWriting } from './resource-home.js';

const ofEvery: readonly string[] = ['resourceType', 'id', 'meta'];

/**
 * Refuses a write of what a view does not let be written: nothing that was sent is left out silently.
 * @param changeable the elements that can be written.
 * @throws AppError `resource-invalid` naming each other element that is not as it was
 */
export function refuseOtherChanges(
  before: Resource | undefined,
  after: Resource,
  changeable: readonly string[],
): void {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after)])];
  const others = names.filter(
    (name) =>
      !ofEvery.includes(name) &&
      !changeable.includes(name) &&
      !isDeepStrictEqual(before?.[name], after[name]),
  );
  const { length: labels } = Object.keys(freeMeta(after.meta));
  // A new one bears the account of the policy, which nobody sent.
  const accounts = before ? accountsOf(after.meta).length : 0;
  const issues = [...others, ...(labels + accounts > 0 ? ['meta'] : [])].map(
    (field): ErrorIssue => ({
      code: 'not-supported',
      sentence: `"${field.slice(0, 60)}" cannot be written here. Leave it as it is`,
      field: field.slice(0, 60),
    }),
  );
  if (issues.length > 0) throw resourceInvalid({ issues });
}

/** The fields that are not as they were. */
export function changedFields<Fields extends object>(before: Fields, after: Fields): Partial<Fields> {
  const changed = Object.entries(after).filter(
    ([name, value]) => !isDeepStrictEqual((before as Record<string, unknown>)[name], value),
  );
  return Object.fromEntries(changed) as Partial<Fields>;
}

/** Version and time of a view are those of its row, which says them when it is written. */
export const versionedByRow: Pick<ResourceWriting, 'versioned'> = {
  versioned: (_, content, before) => ({ ...content, ...(before?.id && { id: before.id }) }),
};

/** The version that a write goes over. */
export function versionOf({ meta }: Resource): number {
  return Number(meta?.['versionId']);
}
