import { z } from 'zod';
import { profileTypes } from '../directory/profile-resource.js';
import { emailInput } from '../identities/email-address.js';
import { invalidField } from '../kernel/errors.js';
import { parseInput } from '../kernel/input.js';
import type { NewInvitation } from '../memberships/inviting.service.js';
import { invitedFields } from '../memberships/project-membership.fhir.js';
import { fieldRequired } from './admin-rest.errors.js';

const text = z.string('must be text');
const flag = z.boolean('must be true or false');
const reference = z.object({ reference: text }, 'must be a reference');

/** The members of an invitation (wire-spec section 8.1). Others are refused: nothing that was said is lost in silence. */
const invitation = z.strictObject({
  resourceType: z.enum(profileTypes, 'must be Patient, Practitioner or RelatedPerson'),
  firstName: text,
  lastName: text,
  email: emailInput.optional(),
  externalId: text.optional(),
  scope: z.enum(['project', 'server'], 'must be project or server').optional(),
  password: text.max(1024, 'is too long').optional(),
  sendEmail: flag.default(true),
  upsert: flag.default(false),
  forceNewMembership: flag.default(false),
  patient: reference.optional(),
  membership: z.record(z.string(), z.unknown(), 'must be an object').default({}),
  accessPolicy: z.unknown().optional(),
  access: z.unknown().optional(),
  admin: z.unknown().optional(),
});

/** What the wire calls missing, in its words. */
const required = [
  ['resourceType', 'Resource type is required'],
  ['firstName', 'First name is required'],
  ['lastName', 'Last name is required'],
] as const;

/** An invitation as it came, its password still in the clear. */
export type InviteInput = Omit<NewInvitation, 'password'> & { readonly password: string | undefined };

/**
 * Reads an invitation. Who has no address, is a patient, is known by an external id or gets a password from the inviter is
 * a user of the project, unless the caller says otherwise; everybody else has one account for many projects.
 * @throws AppError `field-required`, `invalid-input`
 */
export function readInvitation(body: Readonly<Record<string, unknown>>): InviteInput {
  const given = saidIn(body);
  for (const [field, sentence] of required)
    if (given[field] === undefined) throw fieldRequired({ field, sentence });
  if (given['mfaRequired'] === true)
    throw invalidField('mfaRequired', 'is a setting of the project here: require a second factor there');
  delete given['mfaRequired'];
  const said = parseInput(invitation, given);
  const { resourceType, email, password, accessPolicy, access, admin, externalId } = said;
  // The old way of saying these, on the top level, goes below what the membership says.
  const old = saidIn({ accessPolicy, access, admin, externalId });
  const { profileId, options } = invitedFields({ ...old, ...saidIn(said.membership) }, resourceType);
  const ofProject =
    resourceType === 'Patient' || email === undefined || options.externalId != null || password !== undefined;
  return {
    profileType: resourceType,
    givenName: said.firstName,
    familyName: said.lastName,
    email,
    password,
    scope: said.scope ?? (ofProject ? 'project' : 'server'),
    sendEmail: said.sendEmail,
    upsert: said.upsert,
    another: said.forceNewMembership,
    patient: said.patient?.reference,
    profileId,
    membership: options,
  };
}

/** What is empty or null counts as absent (rulings 3). */
function saidIn(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  );
}
