import { z } from 'zod';
import { profileTypes } from '../directory/profile-resource.js';
import { type PolicyId, parseId } from '../kernel/ids.js';
import { lineOfText } from '../kernel/input.js';

/** What a member may be in a project; a client is its own profile. */
export const memberProfileTypes = [...profileTypes, 'ClientApplication'] as const;
export type MemberProfileType = (typeof memberProfileTypes)[number];

/** For whom a project has a default policy: admins of any profile type, else by profile type (wire-spec 8.4). */
export const defaultsFor = [...memberProfileTypes, 'Admin'] as const;
export type DefaultFor = (typeof defaultsFor)[number];

const policyId = z.string('must be an id').transform((text, context): PolicyId => {
  const id = parseId<'AccessPolicy'>(text);
  if (id) return id;
  context.addIssue({ code: 'custom', message: 'must be the id of an access policy' });
  return z.NEVER;
});

const reference = z.strictObject({
  reference: z
    .string('must be text')
    .regex(/^[A-Z][A-Za-z]{1,63}\/[A-Za-z0-9.-]{1,64}$/, 'must be a reference like Patient/id'),
});
const parameter = z
  .strictObject({
    name: z
      .string('must be text')
      .regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'must be a name of letters and digits'),
    valueString: lineOfText(1, 500).optional(),
    valueReference: reference.optional(),
  })
  .refine(
    ({ valueString, valueReference }) => (valueString === undefined) !== (valueReference === undefined),
    'must have either valueString or valueReference',
  );
const parameters = z
  .array(parameter)
  .max(50, 'must have at most 50 parameters')
  .refine(
    (list) => new Set(list.map(({ name }) => name)).size === list.length,
    'must name each parameter once',
  );

/** A further policy with its parameters (wire-spec section 1.3, `access`). */
export const policyAssignment = z.strictObject({ policyId, parameter: parameters.default([]) });
export type PolicyAssignment = z.output<typeof policyAssignment>;

/** What a caller may decide about a membership, besides who it is for. */
export const membershipOptions = z
  .strictObject({
    admin: z.boolean('must be true or false'),
    accessPolicyId: policyId.nullable(),
    access: z.array(policyAssignment).max(50, 'must have at most 50 entries'),
    externalId: lineOfText(1, 255).nullable(),
    label: lineOfText(1, 100).nullable(),
  })
  .partial();
export type MembershipOptions = z.input<typeof membershipOptions>;
export type CheckedMembershipOptions = z.output<typeof membershipOptions>;
