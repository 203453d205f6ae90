import type { AccessPolicyEntry } from '../access-policy/access-policy-input.js';
import type { Caller } from './caller.js';

/** What a caller has to give to others: all of it for a super admin (`undefined`), else what its own policy opens. */
export function reachOf({ superAdmin, policy }: Caller): readonly AccessPolicyEntry[] | undefined {
  return superAdmin ? undefined : (policy?.effective().resource ?? []);
}
