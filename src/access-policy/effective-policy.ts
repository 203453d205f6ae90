import type { PolicyId } from '../kernel/ids.js';
import type { AccessPolicyEntry, IpAccessRule } from './access-policy-input.js';
import type { CompiledEntry } from './compiled-entry.js';
import type { PolicyGrant } from './policy-entries.js';

/** A policy as its member may read it (wire-spec section 2.5.1): what is not named is closed. */
export interface EffectivePolicy {
  readonly resource: readonly AccessPolicyEntry[];
  readonly ipAccessRule: readonly IpAccessRule[];
  /** The policies that it comes from. */
  readonly basedOn: readonly PolicyId[];
}

/** What entries open, as data; those that cannot be used are left out. */
export function effectivePolicy(
  grants: readonly PolicyGrant[],
  entries: readonly CompiledEntry[],
): EffectivePolicy {
  return {
    resource: entries.flatMap(({ data }) => data ?? []),
    ipAccessRule: grants.flatMap(({ policy }) => policy.ipAccessRule),
    basedOn: [...new Set(grants.map(({ policy }) => policy.id))],
  };
}
