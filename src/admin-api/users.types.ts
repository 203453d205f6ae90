import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import type { ProfileType as Profile } from '../directory/profile-resource.js';
import { ProfileType } from './enums.js';
import { MembershipView } from './membership.view.js';
import { MembershipOptionsInput } from './memberships.types.js';
import { CreationInput, Scope, ScopeInput } from './scope.types.js';
import { UserView } from './user.view.js';

@InputType('CreateUserInput')
export class CreateUserInput extends CreationInput {
  @Field(() => String)
  email: string;

  @Field(() => String)
  givenName: string;

  @Field(() => String)
  familyName: string;

  @Field(() => ProfileType)
  profileType: Profile;

  @Field(() => Scope, {
    nullable: true,
    defaultValue: Scope.PROJECT,
    description:
      'PROJECT: a user of this project only. SERVER: the account of the person, whose membership waits for acceptance.',
  })
  scope?: Scope | null;

  @Field(() => String, { nullable: true, description: 'For a user of this project only.' })
  password?: string | null;

  @Field(() => String, { nullable: true, description: 'Patient/id that a RelatedPerson relates to.' })
  patient?: string;

  @Field(() => MembershipOptionsInput, { nullable: true })
  membership?: MembershipOptionsInput;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Makes a further membership, should the person have one here already.',
  })
  another?: boolean | null;
}

@InputType('EditUserInput')
export class EditUserInput extends ScopeInput {
  @Field(() => ID)
  id: string;

  @Field(() => Int, { description: 'The version that you read.' })
  version: number;

  @Field(() => String, { nullable: true })
  givenName?: string;

  @Field(() => String, { nullable: true })
  familyName?: string;
}

@InputType('UserIdInput')
export class UserIdInput extends ScopeInput {
  @Field(() => ID)
  id: string;
}

@ObjectType('UserPayload')
export class UserPayload {
  @Field(() => UserView)
  user: UserView;
}

@ObjectType('CreateUserPayload')
export class CreateUserPayload {
  @Field(() => MembershipView)
  membership: MembershipView;
}
