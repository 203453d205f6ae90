import type { AccessPolicyEntry } from './access-policy-input.js';
import { type Interaction, readInteractions } from './interactions.js';

/** Who a policy is compiled for. */
export interface PolicySubject {
  readonly projectId: string;
  /** `Type/id` of the membership's profile. */
  readonly profile: string;
  readonly admin: boolean;
  readonly superAdmin: boolean;
}

/** Opened by admin rights, never by an entry (wire-spec section 1; clients and policies are added: they give access). */
const adminTypes: readonly string[] = [
  'AccessPolicy',
  'ClientApplication',
  'Project',
  'ProjectMembership',
  'User',
  'UserSecurityRequest',
];
/** Only for those who look after the whole server. */
const serverTypes: readonly string[] = ['DomainConfiguration', 'JsonWebKey', 'Login'];

/** Whether entries have no say about the type. */
export function isGovernedByRights(resourceType: string): boolean {
  return adminTypes.includes(resourceType) || serverTypes.includes(resourceType);
}

/** Whether more is needed than what a policy opens: what gives access is written by whoever has admin rights, and read by it or where scopes name it. */
export function needsAdminRights(interaction: Interaction, resourceType: string): boolean {
  return isGovernedByRights(resourceType) && !readInteractions.includes(interaction);
}

/** Whether `*` leaves the type out: what admin rights govern, and the record of who did what. */
export function isOutsideWildcard(resourceType: string): boolean {
  return isGovernedByRights(resourceType) || resourceType === 'AuditEvent';
}

const reading = ['search', 'read', 'vread', 'history'] as const;
const changing = [...reading, 'create', 'update'] as const;

/** The entries that come with admin rights, whatever the policy says (wire-spec section 1.8, the admin rule). */
export function entriesOfRights({ admin, superAdmin, projectId }: PolicySubject): AccessPolicyEntry[] {
  if (superAdmin) return [...adminTypes, ...serverTypes].map((resourceType) => ({ resourceType }));
  if (!admin) return [];
  const ours = (resourceType: string) => `${resourceType}?_project=Project/${projectId}`;
  return [
    {
      resourceType: 'Project',
      criteria: `Project?_id=${projectId}`,
      interaction: [...reading, 'update'],
      hiddenFields: ['superAdmin', 'systemSecret', 'strictMode'],
      readonlyFields: ['features', 'link', 'systemSetting'],
    },
    {
      resourceType: 'ProjectMembership',
      criteria: ours('ProjectMembership'),
      interaction: [...reading, 'update', 'delete'],
      readonlyFields: ['project', 'user'],
    },
    // A new one has to say whose it is.
    { resourceType: 'ProjectMembership', criteria: ours('ProjectMembership'), interaction: ['create'] },
    { resourceType: 'UserSecurityRequest', criteria: ours('UserSecurityRequest'), interaction: [...reading] },
    {
      resourceType: 'User',
      criteria: ours('User'),
      interaction: [...changing],
      hiddenFields: ['passwordHash', 'mfaSecret'],
      readonlyFields: ['email', 'emailVerified', 'mfaEnrolled', 'project'],
    },
    {
      resourceType: 'ClientApplication',
      criteria: ours('ClientApplication'),
      hiddenFields: ['secret', 'retiringSecret', 'identityProvider.clientSecret'],
    },
    { resourceType: 'AccessPolicy', criteria: ours('AccessPolicy') },
  ];
}
