import type { AccessPolicy } from './access-policy.entity.js';
import { CompiledEntry } from './compiled-entry.js';
import { filled, type PolicyParameters } from './policy-parameters.js';
import { entriesOfRights, isGovernedByRights, type PolicySubject } from './special-types.js';

/** One policy of a membership, with the values for its parameters. */
export interface PolicyGrant {
  readonly policy: AccessPolicy;
  readonly parameters: PolicyParameters;
}

/** What the policies of a member open, and what comes with admin rights and with being a member at all. */
export function entriesOf(grants: readonly PolicyGrant[], subject: PolicySubject): CompiledEntry[] {
  const own = grants.flatMap(({ policy, parameters }) => {
    const filledIn = new Map([['profile', subject.profile], ['patient', subject.profile], ...parameters]);
    return policy.resource.map(
      (entry, at) => new CompiledEntry(entry, filledIn, `entry ${at + 1} of the policy "${policy.name}"`),
    );
  });
  const ofRights = entriesOfRights(subject).map(
    (entry) => new CompiledEntry(entry, new Map(), 'the rights of an admin'),
  );
  return [
    ...own.filter(({ resourceType }) => !isGovernedByRights(resourceType)),
    ...ofRights,
    ...definitionsFor(own),
  ];
}

/** The definitions of FHIR itself are no secret (wire-spec section 1.8, step 6). */
function definitionsFor(own: readonly CompiledEntry[]): CompiledEntry[] {
  return ['SearchParameter', 'StructureDefinition']
    .filter((type) => !own.some(({ resourceType }) => resourceType === type || resourceType === '*'))
    .map(
      (resourceType) =>
        new CompiledEntry({ resourceType, readonly: true }, new Map(), 'what every member may read'),
    );
}

/** The last policy that names an account wins (wire-spec section 1.8). */
export function accountOf(grants: readonly PolicyGrant[], { profile }: PolicySubject): string | undefined {
  const last = grants.findLast(({ policy }) => policy.compartment !== null);
  if (!last) return undefined;
  const known = new Map([['profile', profile], ['patient', profile], ...last.parameters]);
  const account = filled(last.policy.compartment!, known);
  return typeof account === 'string' ? account : 'unknown';
}
