import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import type {
  AccessPolicyChanges,
  AccessPolicyEntry,
  IpAccessRule,
} from '../access-policy/access-policy-input.js';
import { defined } from '../kernel/input.js';
import type { DefaultFor as DefaultForName } from '../memberships/membership-input.js';
import { AccessPolicyView, DefaultAccessPolicyView } from './access-policy.view.js';
import { DefaultFor, IpAccessAction, PolicyInteraction } from './enums.js';
import { CreationInput, ProjectInput } from './scope.types.js';

@InputType('PolicyConstraintInput')
export class PolicyConstraintInput {
  @Field(() => String, { nullable: true })
  description?: string;

  @Field(() => String, { description: 'FHIRPath that must hold for a write.' })
  expression: string;
}

@InputType('PolicyEntryInput')
export class PolicyEntryInput {
  @Field(() => String, { description: 'A FHIR type, or * for all.' })
  resourceType: string;

  @Field(() => String, { nullable: true, description: 'Type?search: opens only what it finds.' })
  criteria?: string;

  @Field(() => Boolean, { nullable: true })
  readonly?: boolean;

  @Field(() => [PolicyInteraction], { nullable: true, description: 'All when left out.' })
  interaction?: NonNullable<AccessPolicyEntry['interaction']>;

  @Field(() => [String], { nullable: true })
  hiddenFields?: string[];

  @Field(() => [String], { nullable: true })
  readonlyFields?: string[];

  @Field(() => [PolicyConstraintInput], { nullable: true })
  writeConstraint?: PolicyConstraintInput[];

  @Field(() => String, { nullable: true, description: 'Type/id, or a parameter like %patient.' })
  compartment?: string;
}

@InputType('IpAccessRuleInput')
export class IpAccessRuleInput {
  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => String, { description: '*, an address, a range or the beginning of an address.' })
  value: string;

  @Field(() => IpAccessAction)
  action: IpAccessRule['action'];
}

@InputType('CreateAccessPolicyInput')
export class CreateAccessPolicyInput extends CreationInput {
  @Field(() => String)
  name: string;

  @Field(() => [PolicyEntryInput], { nullable: true })
  resource?: PolicyEntryInput[];

  @Field(() => [IpAccessRuleInput], { nullable: true })
  ipAccessRule?: IpAccessRuleInput[];

  @Field(() => String, { nullable: true })
  compartment?: string | null;
}

@InputType('RemoveAccessPolicyInput')
export class RemoveAccessPolicyInput extends ProjectInput {
  @Field(() => ID)
  id: string;
}

@ObjectType('RemoveAccessPolicyPayload')
export class RemoveAccessPolicyPayload {
  @Field(() => ID)
  removedId: string;
}

@InputType('EditAccessPolicyInput')
export class EditAccessPolicyInput extends ProjectInput {
  @Field(() => ID)
  id: string;

  @Field(() => Int, { description: 'The version that you read.' })
  version: number;

  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => [PolicyEntryInput], { nullable: true })
  resource?: PolicyEntryInput[];

  @Field(() => [IpAccessRuleInput], { nullable: true })
  ipAccessRule?: IpAccessRuleInput[];

  @Field(() => String, { nullable: true })
  compartment?: string | null;
}

@InputType('SetDefaultAccessPolicyInput')
export class SetDefaultAccessPolicyInput extends ProjectInput {
  @Field(() => DefaultFor, { description: 'Whose new memberships get it; those that exist keep theirs.' })
  for: DefaultForName;

  @Field(() => ID)
  accessPolicyId: string;
}

@ObjectType('AccessPolicyPayload')
export class AccessPolicyPayload {
  @Field(() => AccessPolicyView)
  accessPolicy: AccessPolicyView;
}

@ObjectType('DefaultAccessPolicyPayload')
export class DefaultAccessPolicyPayload {
  @Field(() => DefaultAccessPolicyView)
  defaultAccessPolicy: DefaultAccessPolicyView;
}

type PolicyInput = Pick<CreateAccessPolicyInput, 'resource' | 'ipAccessRule' | 'compartment'> & {
  readonly name?: string;
};

/** The input as the service takes it: a compartment of an entry is a reference there, as FHIR has it. */
export function policyChanges({
  name,
  resource,
  ipAccessRule,
  compartment,
}: PolicyInput): AccessPolicyChanges {
  return defined({
    name,
    resource: resource?.map(({ compartment: within, ...entry }) => ({
      ...entry,
      ...(within != null && { compartment: { reference: within } }),
    })),
    ipAccessRule,
    compartment,
  });
}
