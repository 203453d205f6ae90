import { z } from 'zod';
import { lineOfText } from '../kernel/input.js';
import { fhirpathProblem } from '../r4/fhirpath.js';
import { isResourceType } from '../r4/resource-types.js';
import { criteriaProblem } from './criteria.js';
import { interactions } from './interactions.js';
import { isIpRuleValue } from './ip-ranges.js';

const maxEntries = 500;

const flag = z.boolean('must be true or false');
const typeName = z
  .string('must be text')
  .refine((name) => name === '*' || isResourceType(name), 'must be a FHIR type or *');
const path = z
  .string('must be text')
  .max(200, 'must have at most 200 characters')
  .regex(/^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*$/, 'must be a path of field names');
// Only top-level fields can be put back as they were before a write (wire-spec section 1.8).
const topLevel = z
  .string('must be text')
  .regex(/^[a-z][A-Za-z0-9]{0,63}$/, 'must be the name of a top-level field');
// A reference, or a parameter that becomes one.
const target = z
  .string('must be text')
  .regex(
    /^([A-Z][A-Za-z]{1,63}\/[A-Za-z0-9.-]{1,64}|%[A-Za-z][A-Za-z0-9_]{0,63})$/,
    'must be a reference like Organization/id, or a parameter like %patient',
  );
const reference = z.strictObject({ reference: target, display: lineOfText(1, 200).optional() });

const expression = z
  .strictObject({
    language: z.literal('text/fhirpath', 'must be text/fhirpath').default('text/fhirpath'),
    description: lineOfText(1, 500).optional(),
    expression: z.string('must be text'),
  })
  .superRefine((constraint, context) => {
    const wrong = fhirpathProblem(constraint.expression);
    if (wrong) context.addIssue({ code: 'custom', path: ['expression'], message: `must ${wrong}` });
  });

const entry = z
  .strictObject({
    resourceType: typeName,
    /** `Type?search`: begins with its own type. */
    criteria: z.string('must be text').optional(),
    /** An older way to say `interaction: [search, read, vread, history]`; beside `interaction`, both hold. */
    readonly: flag.optional(),
    /** Absent: all. */
    interaction: listOf(
      z.enum(interactions, `must be one of ${interactions.join(', ')}`),
      interactions.length,
    )
      .refine((list) => list.length > 0, 'must name an interaction, or be left out to mean all')
      .optional(),
    hiddenFields: listOf(path, 100).optional(),
    readonlyFields: listOf(topLevel, 100).optional(),
    writeConstraint: z.array(expression).max(20, 'must have at most 20 entries').optional(),
    /** An older way to say that entries must be in a compartment. */
    compartment: reference.optional(),
  })
  .superRefine(({ resourceType, criteria }, context) => {
    const wrong = criteria === undefined ? undefined : criteriaProblem(resourceType, criteria);
    if (wrong) context.addIssue({ code: 'custom', path: ['criteria'], message: `must ${wrong}` });
  });

const ipRule = z.strictObject({
  name: lineOfText(1, 100).optional(),
  value: z
    .string('must be text')
    .refine(
      isIpRuleValue,
      'must be *, an address, a range like 10.0.0.0/8, or the beginning of an address like 10.1.',
    ),
  action: z.enum(['allow', 'block'], 'must be allow or block'),
});

const fields = {
  name: lineOfText(1, 100),
  resource: z.array(entry).max(maxEntries, `must have at most ${maxEntries} entries`),
  ipAccessRule: z.array(ipRule).max(100, 'must have at most 100 entries'),
  /** `Type/id` or a parameter: stamped as account on everything that the member creates. */
  compartment: target.nullable(),
};

/** What a policy is made of (wire-spec section 1.8). An empty one opens nothing. */
export const policyCreation = z.strictObject({
  name: fields.name,
  resource: fields.resource.default([]),
  ipAccessRule: fields.ipAccessRule.default([]),
  compartment: fields.compartment.default(null),
});
export const policyEdition = z.strictObject(fields).partial();

export type AccessPolicyEntry = z.output<typeof entry>;
export type IpAccessRule = z.output<typeof ipRule>;
export type AccessPolicyInput = z.input<typeof policyCreation>;
export type AccessPolicyChanges = z.input<typeof policyEdition>;

function listOf<Item extends z.ZodType>(item: Item, max: number) {
  return z
    .array(item)
    .max(max, `must have at most ${max} entries`)
    .refine((list) => new Set(list).size === list.length, 'must name each entry once');
}
