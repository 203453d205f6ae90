import { z } from 'zod';
import { profileTypes } from '../directory/profile-resource.js';
import { type PolicyId, parseId } from '../kernel/ids.js';
import { lineOfText } from '../kernel/input.js';

/** What a member may be in a project; a client is its own profile. */
export const memberProfileTypes = [...profileTypes, 'ClientApplication'] as const;
export type MemberProfileType = (typeof memberProfileTypes)[number];

const policyId = z.string('must be an id').transform((text, context): PolicyId => {
  const id = parseId<'AccessPolicy'>(text);
  if (id) return id;
  context.addIssue({ code: 'custom', message: 'must be the id of an access policy' });
  return z.NEVER;
});
const parameter = z.strictObject({
  name: z.string().regex(/^[A-Za-z]\w{0,63}$/, 'must be a name'),
  value: z.string().min(1).max(500),
});

/** A further policy with its parameters (wire-spec section 1.3, `access`). */
export const policyAssignment = z.strictObject({
  policyId,
  parameter: z.array(parameter).max(50).default([]),
});
export type PolicyAssignment = z.output<typeof policyAssignment>;

const fields = {
  admin: z.boolean('must be true or false'),
  accessPolicyId: policyId.nullable(),
  access: z.array(policyAssignment).max(50),
  externalId: lineOfText(1, 255).nullable(),
  label: lineOfText(1, 100).nullable(),
};

/** What a caller may decide about a membership, besides who it is for. */
export const membershipOptions = z.strictObject(fields).partial();
export type MembershipOptions = z.input<typeof membershipOptions>;
