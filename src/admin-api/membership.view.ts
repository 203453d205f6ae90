import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { MemberProfileType as MemberType, PolicyAssignment } from '../memberships/membership-input.js';
import type { ProjectMembership } from '../memberships/project-membership.entity.js';
import { connectionOf } from './connection.view.js';
import { MemberProfileType, MembershipState } from './enums.js';

@ObjectType('PolicyParameter')
export class PolicyParameterView {
  @Field(() => String)
  name: string;

  @Field(() => String, { nullable: true })
  valueString?: string | undefined;

  @Field(() => String, { nullable: true, description: 'Type/id.' })
  valueReference?: string | undefined;
}

@ObjectType('PolicyAssignment', { description: 'A further policy with its parameters.' })
export class PolicyAssignmentView {
  @Field(() => ID)
  policyId: string;

  @Field(() => [PolicyParameterView])
  parameter: PolicyParameterView[];
}

@ObjectType('Profile', {
  description: 'Who the member is in the project: a FHIR resource, or the client itself.',
})
export class ProfileView {
  @Field(() => String, { description: 'Type/id, as fhirUser names it.' })
  reference: string;

  @Field(() => MemberProfileType)
  resourceType: MemberType;

  @Field(() => String)
  display: string;
}

@ObjectType('Membership', { description: 'Who belongs to a project, as which profile, under which policy.' })
export class MembershipView {
  /** For the fields that are read when asked for. */
  readonly row: ProjectMembership;

  @Field(() => ID)
  id: string;

  @Field(() => ID)
  projectId: string;

  @Field(() => MembershipState)
  state: ProjectMembership['state'];

  @Field(() => Boolean)
  active: boolean;

  @Field(() => Boolean)
  admin: boolean;

  @Field(() => [PolicyAssignmentView])
  access: PolicyAssignmentView[];

  @Field(() => String, { nullable: true })
  externalId: string | null;

  @Field(() => String, { nullable: true, description: 'Tells several memberships of one person apart.' })
  label: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'User/id or ClientApplication/id of who made it or changed it by an invitation.',
  })
  invitedBy: string | null;

  @Field(() => Date)
  createdAt: Date;

  @Field(() => Date)
  updatedAt: Date;

  @Field(() => Int, { description: 'Send it along with a change.' })
  version: number;

  @Field(() => [String], { description: 'What this means, in words.' })
  explain: string[];
}

export const MembershipConnection = connectionOf(MembershipView, 'Membership');

/** What is shown of a membership by itself. */
export function membershipView(row: ProjectMembership): MembershipView {
  const { id, projectId, state, active, admin, externalId, label, createdAt, updatedAt, version } = row;
  return {
    row,
    id,
    projectId,
    state,
    active,
    admin,
    access: row.access.map(assignmentView),
    externalId,
    label,
    invitedBy: row.invitedBy && `${row.invitedByType ?? 'User'}/${row.invitedBy}`,
    createdAt,
    updatedAt,
    version,
    explain: explain(row),
  };
}

function assignmentView({ policyId, parameter }: PolicyAssignment): PolicyAssignmentView {
  return {
    policyId,
    parameter: parameter.map(({ name, valueString, valueReference }) => ({
      name,
      valueString,
      valueReference: valueReference?.reference,
    })),
  };
}

function explain({ state, active, admin, accessPolicyId, access, clientId, profileType }: ProjectMembership) {
  const who = clientId ? 'The client' : 'The person';
  return [
    active
      ? `${who} may enter the project as ${profileType}.`
      : `The membership is deactivated: ${who.toLowerCase()} cannot use it, and nothing that was issued under it works.`,
    ...(state === 'pending' ? ['It waits until the person accepts it by choosing it at a sign-in.'] : []),
    ...(admin ? ['It carries admin rights in the project.'] : []),
    accessPolicyId || access.length > 0
      ? 'Its access policies say what it may reach.'
      : 'It has no access policy, so it reaches no resource.',
  ];
}
