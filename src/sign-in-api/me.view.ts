import type { EffectivePolicy } from '../access-policy/effective-policy.js';
import type { Caller } from '../authentication/caller.js';
import type { Client } from '../clients/clients.service.js';
import type { User } from '../identities/user.entity.js';
import { deviceOf } from '../logins/device.js';
import type { Login } from '../logins/login.entity.js';
import type { ProjectMembership } from '../memberships/project-membership.entity.js';
import type { Project } from '../projects/project.entity.js';
import { defaultMenu } from './default-menu.js';

/** What of a caller has to be looked up. */
export interface MeFacts {
  /** The caller's profile (FHIR), as it is kept; a client is its own. */
  readonly profile: object;
  /** Live sign-ins of the person that this caller may know of, newest first. */
  readonly logins: readonly Login[];
  /** Whether the person has a second factor. */
  readonly mfaEnrolled: boolean;
  /** Active memberships of the person in this project. */
  readonly memberships: readonly ProjectMembership[];
}

/** The body of `GET /auth/me` (wire-spec section 2.5.1). `accessPolicy` is always there: the SDK reads none as all. */
export function meView(
  { standing, policy }: Caller,
  { profile, logins, memberships, mfaEnrolled }: MeFacts,
): object {
  const { user, project, membership } = standing;
  return {
    ...(user && { user: userView(user) }),
    ...(project && { project: projectView(project) }),
    ...(membership && { membership: membershipView(membership, standing) }),
    profile,
    config: { resourceType: 'UserConfiguration', menu: defaultMenu(membership, project) },
    accessPolicy: policyView(policy?.effective()),
    ...(user && {
      security: {
        mfaEnrolled,
        sessions: logins.map(sessionView),
        memberships: memberships.map((one) => shortMembershipView(one)),
      },
    }),
  };
}

/** A client as the FHIR profile of itself (wire-spec section 1.4); never its credentials. */
export function clientProfile({ id, name, description, active, updatedAt }: Client): object {
  return {
    resourceType: 'ClientApplication',
    id,
    meta: { lastUpdated: updatedAt.toISOString() },
    status: active ? 'active' : 'off',
    name,
    ...(description && { description }),
  };
}

function userView({ id, email }: User): object {
  return { resourceType: 'User', id, email };
}

function projectView({ id, name, description, superAdmin }: Project): object {
  return {
    resourceType: 'Project',
    id,
    name,
    ...(description && { description }),
    features: [],
    strictMode: true,
    superAdmin,
  };
}

function membershipView(
  membership: ProjectMembership,
  { user, client, project }: Caller['standing'],
): object {
  return {
    ...shortMembershipView(membership),
    ...(project && { project: { reference: `Project/${project.id}`, display: project.name } }),
    user: user
      ? { reference: `User/${user.id}`, display: `${user.givenName} ${user.familyName}` }
      : { reference: `ClientApplication/${client.id}`, display: client.name },
  };
}

function shortMembershipView({ id, label, profileType, profileId, admin }: ProjectMembership): object {
  return {
    resourceType: 'ProjectMembership',
    id,
    ...(label && { identifier: [{ system: 'https://medplum.com/identifier/label', value: label }] }),
    profile: { reference: `${profileType}/${profileId}` },
    admin,
  };
}

function sessionView({ id, createdAt, method, remoteAddress, userAgent }: Login): object {
  const { browser, system } = deviceOf(userAgent);
  return {
    id,
    lastUpdated: createdAt.toISOString(),
    authMethod: method,
    remoteAddress,
    ...(browser && { browser }),
    ...(system && { os: system }),
  };
}

function policyView(policy: EffectivePolicy = { resource: [], ipAccessRule: [], basedOn: [] }): object {
  return {
    resourceType: 'AccessPolicy',
    basedOn: policy.basedOn.map((id) => ({ reference: `AccessPolicy/${id}` })),
    resource: policy.resource,
    ...(policy.ipAccessRule.length > 0 && { ipAccessRule: policy.ipAccessRule }),
  };
}
