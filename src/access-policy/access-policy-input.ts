import { z } from 'zod';
import { lineOfText } from '../kernel/input.js';

const interactions = ['create', 'read', 'update', 'delete', 'search', 'history', 'vread'] as const;
const typeName = z.string('must be text').regex(/^(\*|[A-Z][A-Za-z]{1,63})$/, 'must be a FHIR type or *');
const fieldName = z
  .string('must be text')
  .regex(/^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*$/, 'must be a path of field names');
const expression = z.strictObject({
  language: z.literal('text/fhirpath').default('text/fhirpath'),
  expression: z.string('must be text').min(1).max(2000),
});

const entry = z
  .strictObject({
    resourceType: typeName,
    /** `Type?search`: begins with its own type. */
    criteria: z.string('must be text').max(2000).optional(),
    readonly: z.boolean().optional(),
    interaction: z.array(z.enum(interactions)).max(7).optional(),
    hiddenFields: z.array(fieldName).max(100).optional(),
    readonlyFields: z.array(fieldName).max(100).optional(),
    writeConstraint: z.array(expression).max(20).optional(),
  })
  .refine(
    ({ resourceType, criteria }) => criteria === undefined || criteria.startsWith(`${resourceType}?`),
    'must have criteria that begin with its own type and a question mark',
  );

const ipRule = z.strictObject({
  name: lineOfText(1, 100).optional(),
  /** `*`, an address, a CIDR range or a prefix. */
  value: z
    .string('must be text')
    .regex(/^(\*|[0-9A-Fa-f:.]+(\/\d{1,3})?)$/, 'must be *, an address, a range or a prefix'),
  action: z.enum(['allow', 'block']),
});

const fields = {
  name: lineOfText(1, 100),
  resource: z.array(entry).max(500),
  ipAccessRule: z.array(ipRule).max(100),
};

/** What a policy is made of (wire-spec section 1.8). An empty one opens nothing. */
export const policyCreation = z.strictObject({
  ...fields,
  resource: fields.resource.default([]),
  ipAccessRule: fields.ipAccessRule.default([]),
});
export const policyEdition = z.strictObject(fields).partial();

export type AccessPolicyEntry = z.output<typeof entry>;
export type IpAccessRule = z.output<typeof ipRule>;
export type AccessPolicyInput = z.input<typeof policyCreation>;
export type AccessPolicyChanges = z.input<typeof policyEdition>;
