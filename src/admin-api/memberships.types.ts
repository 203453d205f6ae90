import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import type { ProfileType as Profile } from '../directory/profile-resource.js';
import type { MembershipOptions } from '../memberships/membership-input.js';
import { ProfileType } from './enums.js';
import { MembershipView } from './membership.view.js';
import { CreationInput, ProjectInput, Scope } from './scope.types.js';

@InputType('PolicyParameterInput')
export class PolicyParameterInput {
  @Field(() => String)
  name: string;

  @Field(() => String, { nullable: true })
  valueString?: string | null;

  @Field(() => String, { nullable: true, description: 'Type/id.' })
  valueReference?: string | null;
}

@InputType('PolicyAssignmentInput')
export class PolicyAssignmentInput {
  @Field(() => ID)
  policyId: string;

  @Field(() => [PolicyParameterInput], { nullable: true })
  parameter?: PolicyParameterInput[] | null;
}

@InputType('MembershipOptionsInput')
export class MembershipOptionsInput {
  @Field(() => Boolean, { nullable: true })
  admin?: boolean;

  @Field(() => ID, {
    nullable: true,
    description: 'The default of the project for this profile type when left out.',
  })
  accessPolicyId?: string;

  @Field(() => [PolicyAssignmentInput], { nullable: true })
  access?: PolicyAssignmentInput[];

  @Field(() => String, { nullable: true })
  externalId?: string | null;

  @Field(() => String, { nullable: true })
  label?: string | null;
}

@InputType('CreateMembershipInput')
export class CreateMembershipInput extends CreationInput {
  @Field(() => ID)
  userId: string;

  @Field(() => Scope, {
    nullable: true,
    defaultValue: Scope.PROJECT,
    description:
      'SERVER, for super admins only: a server-scoped user. Others invite such a person by e-mail with createUser.',
  })
  userScope?: Scope | null;

  @Field(() => ProfileType)
  profileType: Profile;

  @Field(() => String, { nullable: true, description: 'Patient/id that a RelatedPerson relates to.' })
  patient?: string;

  @Field(() => MembershipOptionsInput, { nullable: true })
  membership?: MembershipOptionsInput;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Makes a further membership, should the user have one here already.',
  })
  another?: boolean | null;
}

@InputType('EditMembershipInput')
export class EditMembershipInput extends ProjectInput {
  @Field(() => ID)
  id: string;

  @Field(() => Int, { description: 'The version that you read.' })
  version: number;

  @Field(() => MembershipOptionsInput)
  changes: MembershipOptionsInput;
}

@InputType('MembershipIdInput')
export class MembershipIdInput extends ProjectInput {
  @Field(() => ID)
  id: string;
}

@ObjectType('MembershipPayload')
export class MembershipPayload {
  @Field(() => MembershipView)
  membership: MembershipView;
}

@ObjectType('RemoveMembershipPayload')
export class RemoveMembershipPayload {
  @Field(() => ID)
  removedId: string;
}

/** The options as the service takes them: a reference is an object there, as FHIR has it. */
export function membershipOptions(input: MembershipOptionsInput | null | undefined): MembershipOptions {
  if (!input) return {};
  const { access, ...rest } = input;
  return { ...rest, ...(access !== undefined && { access: access?.map(assignment) ?? access }) };
}

function assignment({ policyId, parameter }: PolicyAssignmentInput) {
  return {
    policyId,
    parameter: (parameter ?? []).map(({ name, valueString, valueReference }) => ({
      name,
      ...(valueString != null && { valueString }),
      ...(valueReference != null && { valueReference: { reference: valueReference } }),
    })),
  };
}
