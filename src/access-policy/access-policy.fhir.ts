import { z } from 'zod';
import { parseInput } from '../kernel/input.js';
import { type Resource, viewedSearchRow } from '../r4/search-row.js';
import { viewResource } from '../r4/view-resource.js';
import type { ViewTable } from '../r4/view-search.js';
import type { AccessPolicy } from './access-policy.entity.js';
import type { AccessPolicyInput } from './access-policy-input.js';

/** A policy as the FHIR type of the wire spec (section 1.8). */
export function policyResource(policy: AccessPolicy): Resource {
  const { name, compartment, resource, ipAccessRule } = policy;
  return viewResource('AccessPolicy', policy, {
    name,
    compartment: compartment === null ? undefined : { reference: compartment },
    resource,
    ipAccessRule,
  });
}

/** How policies are found: by the search parameters published for the type. */
export const policyTable: ViewTable<AccessPolicy> = {
  name: 'access_policy',
  type: 'AccessPolicy',
  searchRow: (policy) => viewedSearchRow(policy, [{ name: 'name', kind: 'string', values: [policy.name] }]),
};

/** The elements of a policy that can be written. What entries and rules hold is judged like any other input. */
const elements = {
  name: z.string('must be text').default(''),
  compartment: z.strictObject({ reference: z.string('must be text') }).optional(),
  resource: z.array(z.unknown(), 'must be a list').default([]),
  ipAccessRule: z.array(z.unknown(), 'must be a list').default([]),
};
const writable = z.object(elements);

/** Their names. */
export const writablePolicyElements = Object.keys(elements);

/** What a resource says of a policy: all of it. */
export function policyFields(resource: Resource): AccessPolicyInput {
  const said = parseInput(writable, resource);
  return {
    name: said.name,
    resource: said.resource as AccessPolicyInput['resource'],
    ipAccessRule: said.ipAccessRule as AccessPolicyInput['ipAccessRule'],
    compartment: said.compartment?.reference ?? null,
  };
}
