import fc from 'fast-check';
import type { AccessPolicy } from '../../src/access-policy/access-policy.entity.js';
import { policyCreation } from '../../src/access-policy/access-policy-input.js';
import { interactions } from '../../src/access-policy/interactions.js';
import type { PolicyGrant } from '../../src/access-policy/policy-entries.js';
import { parseInput } from '../../src/kernel/input.js';
import type { Resource } from '../../src/r4/search-row.js';

const pick = (...texts: string[]) => fc.constantFrom(...texts);
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
const id = fc.integer({ min: 1, max: 4 }).map((n) => `00000000-0000-7000-8000-00000000000${n}`);
const reference = pick(
  'Organization/1',
  'Organization/2',
  'Practitioner/1',
  'Patient/00000000-0000-7000-8000-000000000001',
);
const date = pick('1970', '1970-05', '1970-05-01', '1971-01-01', '1969-12-31');

/** A patient whose values meet those of `randomGrant`. */
export const randomPatient = fc.record({
  resourceType: fc.constant('Patient'),
  id,
  meta: fc.record({
    lastUpdated: pick('2026-01-01T00:00:00.000Z', '2026-06-01T12:00:00.000Z'),
    account: optional(reference.map((one) => ({ reference: one }))),
    tag: optional(fc.constant([{ system: 'urn:t', code: 'vip' }])),
  }),
  active: optional(fc.boolean()),
  gender: optional(pick('male', 'female', 'other')),
  birthDate: optional(date),
  name: optional(
    fc.array(
      pick('Quill', 'quillon', "O'Neil", 'Ödön').map((family) => ({ family })),
      { maxLength: 2 },
    ),
  ),
  identifier: optional(
    fc.array(
      fc.record(
        { system: optional(pick('urn:a', 'urn:b')), value: pick('1', '2') },
        { noNullPrototype: true },
      ),
      {
        maxLength: 2,
      },
    ),
  ),
  managingOrganization: optional(reference.map((one) => ({ reference: one }))),
}) as unknown as fc.Arbitrary<Resource>;

const prefix = pick('', 'eq', 'ne', 'lt', 'gt', 'le', 'ge', 'sa', 'eb');
/** One condition of a search or of criteria; those with `%` need a member. */
export const randomCondition = fc.oneof(
  fc
    .tuple(pick('gender=', 'gender:not='), pick('male', 'female,other', '%word'))
    .map((parts) => parts.join('')),
  pick(
    'active=true',
    'active:not=true',
    'birthdate:missing=true',
    'identifier:missing=false',
    '_tag=urn:t|',
    '_tag:not=vip',
  ),
  fc.tuple(fc.constant('birthdate='), prefix, date).map((parts) => parts.join('')),
  fc
    .tuple(fc.constant('_lastUpdated='), prefix, pick('2026', '2026-01-01', '2026-06-01T12:00:00Z'))
    .map((parts) => parts.join('')),
  fc
    .tuple(pick('family=', 'name=', 'family:not='), pick('quil', 'ODON', "o'", 'x,q'))
    .map((parts) => parts.join('')),
  fc
    .tuple(pick('identifier=', 'identifier:not='), pick('1', 'urn:a|1', '|2', 'urn:b|', '%word'))
    .map((parts) => parts.join('')),
  fc
    .tuple(
      pick('organization=', '_compartment=', '_account='),
      fc.oneof(reference, pick('1', '%ward', '%ward.id', '%profile')),
    )
    .map((parts) => parts.join('')),
  id.map((one) => `_id=${one}`),
);
const common = fc.oneof(
  id.map((one) => `*?_id=${one}`),
  pick('*?_compartment=%profile', '*?_tag=vip', '*?_lastUpdated=lt2026-03'),
);
const rights = fc.record(
  {
    readonly: fc.boolean(),
    interaction: fc.uniqueArray(fc.constantFrom(...interactions), { minLength: 1, maxLength: 7 }),
    compartment: pick('Organization/1', '%ward', '%unknown').map((one) => ({ reference: one })),
  },
  { requiredKeys: [] },
);
const entry = fc.oneof(
  fc
    .tuple(optional(fc.array(randomCondition, { minLength: 1, maxLength: 3 })), rights)
    .map(([conditions, more]) => ({
      resourceType: 'Patient',
      ...(conditions && { criteria: `Patient?${conditions.join('&')}` }),
      ...more,
    })),
  fc
    .tuple(optional(common), rights)
    .map(([criteria, more]) => ({ resourceType: '*', ...(criteria && { criteria }), ...more })),
  fc.constant({ resourceType: 'Observation' }),
);
const parameters = fc
  .record({ word: pick('male', 'urn:a|1', '2'), ward: reference }, { requiredKeys: [] })
  .map((record) => new Map(Object.entries(record) as [string, string][]));
/** A policy of a few entries, with parameters. */
export const randomGrant = fc
  .tuple(fc.array(entry, { maxLength: 4 }), parameters)
  .map(([entries, values]): PolicyGrant => {
    const input = { name: 'Random', resource: entries };
    return { policy: parseInput(policyCreation, input) as unknown as AccessPolicy, parameters: values };
  });
