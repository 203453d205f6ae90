import type { AccessPolicy } from './access-policy.entity.js';
import type { AccessPolicyEntry } from './access-policy-input.js';
import type { Extent } from './extent.js';
import { type Interaction, interactions, opens } from './interactions.js';
import { isOutsideWildcard } from './special-types.js';

type Compared = Pick<AccessPolicy, 'resource'>;

/** What one policy opens of a type and the other opens otherwise. */
export interface PolicyDifference {
  readonly resourceType: string;
  readonly interaction: Interaction;
  readonly first: Extent;
  readonly second: Extent;
}

/** Two policies beside each other. `covers` is on the safe side: it says no where only resources could tell. */
export interface PolicyComparison {
  readonly firstCoversSecond: boolean;
  readonly secondCoversFirst: boolean;
  readonly differences: readonly PolicyDifference[];
}

/**
 * Compares what the entries of two policies open, whoever has them: criteria are compared by their text, parameters
 * included. Address rules and accounts open nothing and are left out.
 */
export function comparePolicies(first: Compared, second: Compared): PolicyComparison {
  const types = [...new Set([...first.resource, ...second.resource].map(({ resourceType }) => resourceType))];
  return {
    firstCoversSecond: covers(first, second),
    secondCoversFirst: covers(second, first),
    differences: types.sort().flatMap((resourceType) =>
      interactions
        .map((interaction) => ({
          resourceType,
          interaction,
          first: extentOf(opening(first, resourceType, interaction)),
          second: extentOf(opening(second, resourceType, interaction)),
          same:
            conditions(first, resourceType, interaction) === conditions(second, resourceType, interaction),
        }))
        .filter(({ first: one, second: other, same }) => one !== other || (one === 'some' && !same))
        .map(({ same: _, ...difference }) => difference),
    ),
  };
}

function covers(wider: Compared, narrower: Compared): boolean {
  return narrower.resource.every((entry) =>
    interactions
      .filter((interaction) => opens(entry, interaction))
      .every((interaction) =>
        opening(wider, entry.resourceType, interaction).some((one) => isAtLeast(one, entry)),
      ),
  );
}

function opening(
  { resource }: Compared,
  resourceType: string,
  interaction: Interaction,
): AccessPolicyEntry[] {
  return resource.filter(
    (entry) =>
      (entry.resourceType === resourceType ||
        (entry.resourceType === '*' && !isOutsideWildcard(resourceType))) &&
      opens(entry, interaction),
  );
}

/** Whether an entry asks no more, hides no more and forbids no more than the other does. */
function isAtLeast(one: AccessPolicyEntry, other: AccessPolicyEntry): boolean {
  const within = (mine: readonly string[] = [], theirs: readonly string[] = []) =>
    mine.every((item) => theirs.includes(item));
  const texts = ({ writeConstraint }: AccessPolicyEntry) =>
    writeConstraint?.map(({ expression }) => expression);
  return (
    (search(one) === undefined || search(one) === search(other)) &&
    (!one.compartment || one.compartment.reference === other.compartment?.reference) &&
    within(one.hiddenFields, other.hiddenFields) &&
    within(one.readonlyFields, other.readonlyFields) &&
    within(texts(one), texts(other))
  );
}

function extentOf(entries: readonly AccessPolicyEntry[]): Extent {
  if (entries.length === 0) return 'none';
  return entries.some((entry) => !entry.criteria && !entry.compartment) ? 'all' : 'some';
}

/** What decides which resources are opened, in no order. */
function conditions(policy: Compared, resourceType: string, interaction: Interaction): string {
  const each = opening(policy, resourceType, interaction).map((entry) =>
    JSON.stringify([search(entry), entry.compartment?.reference]),
  );
  return [...new Set(each)].sort().join();
}

/** Criteria without the type that they begin with. */
function search({ resourceType, criteria }: AccessPolicyEntry): string | undefined {
  return criteria?.slice(resourceType.length);
}
