import { ArgsType, Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { LoginView } from './login.view.js';
import { ProjectInput, ScopeInput } from './scope.types.js';
import { ProjectListArgs, ScopeListArgs } from './scope-list.types.js';

@ArgsType()
export class LoginListArgs extends ProjectListArgs {
  @Field(() => ID, { nullable: true, description: 'Only those of one person.' })
  userId?: string | null;
}

@ArgsType()
export class SessionListArgs extends ScopeListArgs {
  @Field(() => ID)
  userId: string;
}

@InputType('LoginIdInput')
export class LoginIdInput extends ProjectInput {
  @Field(() => ID)
  id: string;
}

@InputType('RevokeMembershipLoginsInput')
export class RevokeMembershipLoginsInput extends ProjectInput {
  @Field(() => ID)
  membershipId: string;
}

@InputType('EndSessionInput')
export class EndSessionInput extends ScopeInput {
  @Field(() => ID)
  id: string;

  @Field(() => ID)
  userId: string;
}

@InputType('EndAllSessionsInput')
export class EndAllSessionsInput extends ScopeInput {
  @Field(() => ID)
  userId: string;
}

@ObjectType('LoginPayload')
export class LoginPayload {
  @Field(() => LoginView)
  login: LoginView;
}

@ObjectType('RevokedLoginsPayload')
export class RevokedLoginsPayload {
  @Field(() => Int, { description: 'How many logins this ended.' })
  revoked: number;
}

@ObjectType('EndSessionPayload')
export class EndSessionPayload {
  @Field(() => ID)
  endedId: string;
}

@ObjectType('EndAllSessionsPayload')
export class EndAllSessionsPayload {
  @Field(() => ID)
  userId: string;
}
