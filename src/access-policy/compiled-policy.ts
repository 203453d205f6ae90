import { matches, nothing, type Where } from '../kernel/where.js';
import { accountMeta, freeMeta } from '../r4/meta.js';
import { isResourceType } from '../r4/resource-types.js';
import type { SearchParameter } from '../r4/search-parameters.js';
import { type Resource, type SearchRow, searchRow } from '../r4/search-row.js';
import type { IpAccessRule } from './access-policy-input.js';
import type { CompiledEntry } from './compiled-entry.js';
import { type EffectivePolicy, effectivePolicy } from './effective-policy.js';
import { EntryList } from './entry-list.js';
import type { Extent } from './extent.js';
import { type Interaction, readInteractions } from './interactions.js';
import { type CompiledIpRule, compileIpRules, decidingRule } from './ip-rules.js';
import { accountOf, entriesOf, type PolicyGrant } from './policy-entries.js';
import { isGovernedByRights, type PolicySubject } from './special-types.js';

/** Yes or no, and what decided. */
export interface Verdict {
  readonly allowed: boolean;
  /** A sentence for people, without the content of any resource. */
  readonly reason: string;
  /** The entry that opens it: its hidden and read-only fields hold. */
  readonly entry?: CompiledEntry;
}

/** What bounds a policy from outside: the scopes of a token, or the policy of whoever acts for the member. */
export interface PolicyLimit {
  readonly entries: EntryList;
  /** What it is, for people: "scope of the token". */
  readonly name: string;
}

/**
 * What one member may reach: the union of the entries of all its policies, and what admin rights add. It has two readers
 * that agree on every resource: `allows` for one in memory and `where` for a search. What is not opened is closed.
 */
export class CompiledPolicy {
  private readonly list: EntryList;
  private readonly addressRules: readonly CompiledIpRule[];
  /** `Type/id` that is stamped on what the member creates; `unknown` when a parameter for it is missing. */
  readonly account: string | undefined | 'unknown';

  /** @param grants in the order of the membership: its policy first, then `access` (wire-spec section 1.8). */
  constructor(
    private readonly grants: readonly PolicyGrant[],
    private readonly subject: PolicySubject,
    private readonly limits: readonly PolicyLimit[] = [],
  ) {
    this.list = limits.reduce(
      (list, { entries }) => list.within(entries),
      new EntryList(entriesOf(grants, subject)),
    );
    this.addressRules = compileIpRules(grants.flatMap(({ policy }) => policy.ipAccessRule));
    this.account = accountOf(grants, subject);
  }

  /** The same policy, of which only that remains what the limit opens too. Never more. */
  within(limit: PolicyLimit): CompiledPolicy {
    return new CompiledPolicy(this.grants, this.subject, [...this.limits, limit]);
  }

  /** What this policy leaves of another one. */
  asLimit(name: string): PolicyLimit {
    return { entries: this.list, name };
  }

  /** The address rule that keeps a request out, if one does (wire-spec section 7.4). */
  blockingRule(ip: string): IpAccessRule | undefined {
    const rule = decidingRule(this.addressRules, ip);
    return rule?.action === 'block' ? rule : undefined;
  }

  /** The same as its member may read it. */
  effective(): EffectivePolicy {
    return effectivePolicy(this.grants, this.list.entries);
  }

  /** Whether the member may do this to anything of the type at all. */
  reaches(interaction: Interaction, resourceType: string): Verdict {
    if (!isResourceType(resourceType)) return refused(`${resourceType} is no resource type`);
    if (resourceType === 'AuditEvent' && !readInteractions.includes(interaction))
      return refused('The record of who did what is only read');
    const limit = this.limits.find(
      ({ entries }) => !entries.of(resourceType).some((one) => one.opens(interaction)),
    );
    if (limit) return refused(`No ${limit.name} opens ${interaction} of ${resourceType}`);
    const named = this.list.of(resourceType);
    if (named.length === 0) return refused(this.whyNone(resourceType));
    const entry = named.find((one) => one.opens(interaction) && one.problem === undefined);
    if (entry) return opened(entry, interaction, resourceType);
    const broken = named.find((one) => one.opens(interaction));
    return refused(
      broken
        ? `The criteria of ${broken.place} must ${broken.problem}`
        : `No entry for ${resourceType} opens ${interaction}`,
    );
  }

  /** Whether the member may do this to this resource, as it is. A write also has to pass `write-draft.ts`. */
  allows(interaction: Interaction, resource: Resource): Verdict {
    const { resourceType } = resource;
    const reach = this.reaches(interaction, resourceType);
    if (!reach.allowed) return reach;
    const entry = this.matching(interaction, resource)[0];
    return entry
      ? opened(entry, interaction, resourceType)
      : refused(`The criteria of no entry that opens ${interaction} of ${resourceType} fit this resource`);
  }

  /** The entries that open this of this resource, in their order: the first decides. */
  matching(interaction: Interaction, resource: Resource): CompiledEntry[] {
    const row = rowOf(resource, this.searchParameters(resource.resourceType));
    if (!row) return [];
    return this.opening(interaction, resource.resourceType).filter(({ where }) => matches(where, row));
  }

  /** How much of a type the member may do this to. */
  extent(interaction: Interaction, resourceType: string): Extent {
    if (!this.reaches(interaction, resourceType).allowed) return 'none';
    return this.opening(interaction, resourceType).some(({ isWhole }) => isWhole) ? 'all' : 'some';
  }

  /** The types that entries name, `*` among them. */
  get namedTypes(): string[] {
    return [...new Set(this.list.entries.map(({ resourceType }) => resourceType))];
  }

  /** A resource as the member would create it: in its project, and with the account of the policy (wire-spec 1.8). */
  stamped(resource: Resource): Resource {
    const accounts = this.account && this.account !== 'unknown' ? [this.account] : [];
    const meta = { ...freeMeta(resource.meta), project: this.subject.projectId, ...accountMeta(accounts) };
    return { ...resource, meta };
  }

  /** The resources of a type that the member may do this to, as a predicate over the rows of `searchRow`. */
  where(interaction: Interaction, resourceType: string): Where {
    if (!this.reaches(interaction, resourceType).allowed) return nothing;
    return { any: this.opening(interaction, resourceType).map((entry) => entry.where) };
  }

  /** Fields that some entry which opens this hides: what a search says about them would show them. */
  hiddenFields(interaction: Interaction, resourceType: string): string[] {
    return this.opening(interaction, resourceType).flatMap((entry) => entry.hiddenFields);
  }

  /** What a resource of the type must be indexed by to be compared with `where`. */
  searchParameters(resourceType: string): SearchParameter[] {
    const used = this.list
      .of(resourceType)
      .filter(({ problem }) => problem === undefined)
      .flatMap(({ searchParameters }) => searchParameters);
    return [...new Map(used.map((one) => [one.name, one])).values()];
  }

  private opening(interaction: Interaction, resourceType: string): CompiledEntry[] {
    return this.list.of(resourceType).filter((one) => one.opens(interaction) && one.problem === undefined);
  }

  private whyNone(resourceType: string): string {
    return isGovernedByRights(resourceType)
      ? `${resourceType} is opened by admin rights, not by a policy`
      : `No entry names ${resourceType}`;
  }
}

/** What no search could index is opened by nothing: members of JSON may have any name and shape. */
function rowOf(resource: Resource, parameters: readonly SearchParameter[]): SearchRow | undefined {
  try {
    return searchRow(resource, parameters);
  } catch {
    return undefined;
  }
}

/** The verdict that an entry gives. */
export function opened(entry: CompiledEntry, interaction: Interaction, resourceType: string): Verdict {
  return { allowed: true, reason: `${capital(entry.place)} opens ${interaction} of ${resourceType}`, entry };
}

/** The verdict where nothing opens it. */
export function refused(reason: string): Verdict {
  return { allowed: false, reason };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
