import { registerEnumType } from '@nestjs/graphql';
import { extents } from '../access-policy/extent.js';
import { interactions } from '../access-policy/interactions.js';
import { auditEventTypes } from '../audit/event-types.js';
import { grantTypes } from '../auth-grants/grants/index.js';
import { directSignIns } from '../clients/client-application.entity.js';
import { clientAuthMethodNames } from '../clients/client-input.js';
import { profileTypes } from '../directory/profile-resource.js';
import { deliveryStates } from '../email/email-delivery.entity.js';
import { mailKinds } from '../email/mail-kinds.js';
import { invitationStates } from '../memberships/invitation-state.js';
import { defaultsFor, memberProfileTypes } from '../memberships/membership-input.js';

/** A GraphQL enum whose names follow from its values: `sign-in.password` is SIGN_IN_PASSWORD. */
function shouted<Value extends string>(name: string, values: readonly Value[], description: string) {
  // Of a URN only the last word names anything (RFC 8693 section 2.1).
  const nameOf = (value: Value) =>
    value
      .slice(value.lastIndexOf(':') + 1)
      .replace(/[^A-Za-z0-9]+/g, '_')
      .toUpperCase();
  return register(name, Object.fromEntries(values.map((value) => [nameOf(value), value])), description);
}

/** One whose names are its values: FHIR types and JOSE algorithms are written as their own documents write them. */
function literal<Value extends string>(name: string, values: readonly Value[], description: string) {
  return register(name, Object.fromEntries(values.map((value) => [value, value])), description);
}

function register<Value extends string>(
  name: string,
  values: Readonly<Record<string, Value>>,
  description: string,
) {
  registerEnumType(values, { name, description });
  return values;
}

export const GrantType = shouted('GrantType', grantTypes, 'The grants of the token endpoint.');
export const ClientAuthMethod = shouted(
  'ClientAuthMethod',
  clientAuthMethodNames,
  'Ways in which a client proves itself.',
);
export const AuditEventType = shouted('AuditEventType', auditEventTypes, 'What is recorded.');
export const AuditOutcome = shouted('AuditOutcome', ['success', 'refused'], 'Whether the act was done.');
export const ActorKind = shouted(
  'ActorKind',
  ['user', 'client', 'system', 'anonymous'],
  'Who acted. SYSTEM is the server itself; ANONYMOUS has proved nothing yet.',
);
export const CallerKind = shouted(
  'CallerKind',
  ['user', 'client'],
  'A person through an app, or a client for itself.',
);
export const ProfileType = literal(
  'ProfileType',
  profileTypes,
  'The FHIR types that a person can have as profile.',
);
export const MemberProfileType = literal(
  'MemberProfileType',
  memberProfileTypes,
  'What a member can be; a client is its own profile.',
);
export const DefaultFor = literal(
  'DefaultFor',
  defaultsFor,
  'Whose new memberships a default policy is for.',
);
export const InvitationState = shouted(
  'InvitationState',
  invitationStates,
  'What became of an invitation. REFUSED: the mail could not be delivered. OPENED: the person said that its page is open. UNSENT: no mail was wanted, or there is no address.',
);
export const MembershipState = shouted(
  'MembershipState',
  ['active', 'pending'],
  'PENDING until the person accepts the membership by choosing it.',
);
export const DirectSignIn = shouted(
  'DirectSignIn',
  directSignIns,
  'Whose passwords an app may take on a form of its own (POST /auth/login).',
);
export const SigningAlg = literal('SigningAlg', ['ES256', 'RS256'], 'JWS algorithms (RFC 7518).');
export const SigningKeyState = shouted(
  'SigningKeyState',
  ['pending', 'active', 'retiring', 'erased', 'revoked'],
  'Where in its life a signing key is.',
);
export const LoginMethod = shouted('LoginMethod', ['password', 'client'], 'How a login began.');
export const VouchedBy = shouted(
  'VouchedBy',
  ['person', 'server', 'domain', 'project', 'client'],
  'Who vouched for the identity behind a login.',
);
export const LoginReach = shouted(
  'LoginReach',
  ['full', 'membership'],
  'FULL: all that the member may. MEMBERSHIP: this membership and nothing else.',
);
export const PolicyInteraction = shouted('PolicyInteraction', interactions, 'FHIR interactions.');
export const AccessExtent = shouted(
  'AccessExtent',
  extents,
  'How much of a type is open. SOME: what the criteria find.',
);
export const IpAccessAction = shouted(
  'IpAccessAction',
  ['allow', 'block'],
  'What a rule about addresses does.',
);

const kindsOfMail = Object.keys(mailKinds);
export const EmailKind = shouted('EmailKind', kindsOfMail, 'The mails that the server sends.');
export const EmailPurpose = shouted(
  'EmailPurpose',
  ['invitation', ...kindsOfMail.filter((kind) => kind !== 'set-password' && kind !== 'welcome-to-project')],
  'What a mail was about.',
);
export const EmailDeliveryState = shouted(
  'EmailDeliveryState',
  deliveryStates,
  'What became of a mail. KEPT: there is no mail server. FAILED: given up after all attempts. EXPIRED, REVOKED: not sent, since its link would open nothing.',
);
