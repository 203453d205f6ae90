import { isDeepStrictEqual } from 'node:util';
import type { Caller } from '../authentication/caller.js';
import { accountMeta, accountsOf } from '../r4/meta.js';
import { compartments, type Resource } from '../r4/search-row.js';
import { resourceInvalid } from './fhir.errors.js';

const malformed = {
  code: 'invalid',
  sentence: 'An account is a reference like Organization/id',
  field: 'meta.account',
};
const pattern = /^[A-Z][A-Za-z]{1,63}\/[A-Za-z0-9.-]{1,64}$/;

/**
 * A resource with its accounts. An admin who speaks the extended form says them, and clears them by saying none
 * (wire-spec section 12.31); for everybody else an old resource keeps those that it had, and a new one gets those of the
 * policy and of the patients that it is about.
 * @param content as it was sent. @param stamped the same with the accounts of the policy, if it is new.
 * @throws AppError `resource-invalid` for an account that is no reference
 */
export function withAccounts(
  caller: Caller,
  {
    content,
    stamped,
    before,
    inherited,
  }: {
    readonly content: Resource;
    readonly stamped: Resource;
    readonly before: Resource | undefined;
    readonly inherited: readonly string[];
  },
  extended: boolean,
): Resource {
  const decides = caller.admin && extended;
  const said = decides ? accountsOf(content.meta) : [];
  if (!said.every((one) => pattern.test(one))) throw resourceInvalid({ issues: [malformed] });
  const accounts =
    decides && (before || said.length > 0)
      ? said
      : before
        ? accountsOf(before.meta)
        : [...new Set([...accountsOf(stamped.meta), ...inherited])];
  const { account: _, accounts: __, ...meta } = stamped.meta ?? {};
  return { ...stamped, meta: { ...meta, ...accountMeta(accounts) } };
}

/** A resource with who wrote it, for whom, and the compartments that it is in (wire-spec sections 1 and 6). */
export function signed({ standing, actor }: Caller, resource: Resource): Resource {
  const { membership } = standing;
  const author = membership && { reference: `${membership.profileType}/${membership.profileId}` };
  const compartment = [...new Set(compartments(resource))].map((reference) => ({ reference }));
  const onBehalfOf = actor.onBehalfOf && { reference: actor.onBehalfOf.profile };
  const { author: _, onBehalfOf: __, compartment: ___, ...meta } = resource.meta ?? {};
  const by = { ...(author && { author }), ...(onBehalfOf && { onBehalfOf }) };
  return { ...resource, meta: { ...meta, ...by, compartment } };
}

/** Whether two states of a resource are the same but for version, time and author. */
export function isSame(before: Resource, after: Resource): boolean {
  return isDeepStrictEqual(comparable(before), comparable(after));
}

function comparable(resource: Resource): unknown {
  const { versionId, lastUpdated, author, onBehalfOf, compartment, ...meta } = resource.meta ?? {};
  // Both through JSON, so that what was read and what was written are made of the same.
  return JSON.parse(JSON.stringify({ ...resource, meta })) as unknown;
}
