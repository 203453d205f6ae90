import type { FhirpathService } from '../r4/fhirpath.service.js';
import type { Resource } from '../r4/search-row.js';
import { type CompiledPolicy, opened, refused, type Verdict } from './compiled-policy.js';
import { restored } from './restored.js';

/** A write: what is to become of a resource, or of nothing yet. */
export interface Write {
  readonly before: Resource | undefined;
  readonly given: Resource;
}

/** What a write comes to under a policy, before its conditions are judged. */
export interface WriteDraft {
  readonly before: Resource | undefined;
  /** What is to be kept: fields that the member may not see or change are what they were. */
  readonly after: Resource;
  readonly verdict: Verdict;
  /** A field in which something would be lost that the member cannot see. */
  readonly lost?: string;
}

// The server's own, whoever writes.
const managed: readonly string[] = ['resourceType', 'id', 'meta'];

/**
 * What becomes of `before` when the member writes `given`. One entry must open the resource as it was and as it is to be;
 * its read-only fields, its hidden ones and those of the entry that lets the member read it stay as they were. Of a new
 * resource, what is read-only is left out (wire-spec section 1.8).
 */
export function draftWrite(policy: CompiledPolicy, { before, given }: Write): WriteDraft {
  const interaction = before ? 'update' : 'create';
  const { resourceType } = given;
  if (policy.account === 'unknown')
    return { before, after: given, verdict: refused('The account to stamp on what is written is not known') };
  const reach = policy.allows(interaction, before ?? given);
  if (!reach.allowed) return { before, after: given, verdict: reach };
  const unseen = before ? (policy.allows('read', before).entry?.hiddenFields ?? []) : [];
  let lost: string | undefined;
  for (const entry of policy.matching(interaction, before ?? given)) {
    const hidden = before ? [...unseen, ...entry.hiddenFields] : [];
    const readonly = entry.readonlyFields.filter((name) => before || !managed.includes(name));
    const kept = restored(before ?? { resourceType }, given, hidden, readonly);
    if ('lost' in kept) lost ??= kept.lost;
    else if (policy.matching(interaction, kept.resource).includes(entry))
      return { before, after: kept.resource, verdict: opened(entry, interaction, resourceType) };
  }
  const verdict = refused(`No entry that opens ${interaction} of ${resourceType} fits what is written`);
  return { before, after: given, verdict, ...(lost !== undefined && { lost }) };
}

/**
 * Whether every condition of the entry that opens a draft is true of it (wire-spec section 1.8).
 * @param caller who waits when that takes long
 */
export async function meetsConditions(
  fhirpath: FhirpathService,
  caller: string,
  { before, after, verdict }: WriteDraft,
): Promise<Verdict> {
  const { entry } = verdict;
  if (!entry) return verdict;
  for (const [at, constraint] of entry.constraints.entries()) {
    const name = `condition ${at + 1} of ${entry.place}`;
    if (typeof constraint !== 'string') return refused(`There is no value for ${name}`);
    const result = await fhirpath.isTrue(caller, constraint, { before, after });
    if (result === 'too-long') return refused(`It took too long to judge ${name}`);
    if (result !== 'true') return refused(`What is written does not meet ${name}`);
  }
  return verdict;
}
