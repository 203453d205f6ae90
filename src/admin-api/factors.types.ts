import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import type { FactorView as Factor } from '../mfa/factor.types.js';
import { MembershipView } from './membership.view.js';
import { ProjectInput, ScopeInput } from './scope.types.js';
import { UserView } from './user.view.js';

@ObjectType('Factor', { description: 'A second factor of a person: what it is, never what it knows.' })
export class FactorView {
  @Field(() => ID)
  id: string;

  @Field(() => String, {
    description: '`totp`: an authenticator app. `recovery-code`: codes on paper that are left.',
  })
  kind: string;

  @Field(() => Date)
  createdAt: Date;

  @Field(() => Date, { nullable: true })
  lastUsedAt: Date | null;
}

/** What is shown of a factor. */
export function factorView({ id, kind, createdAt, lastUsedAt }: Factor): FactorView {
  return { id, kind, createdAt, lastUsedAt };
}

@InputType('RequireSecondFactorInput')
export class RequireSecondFactorInput extends ScopeInput {
  @Field(() => ID)
  id: string;

  @Field(() => Boolean)
  required: boolean;
}

@InputType('RequireSecondFactorOfMemberInput')
export class RequireSecondFactorOfMemberInput extends ProjectInput {
  @Field(() => ID, { description: 'The membership.' })
  id: string;

  @Field(() => Boolean)
  required: boolean;
}

@ObjectType('FactorsPayload')
export class FactorsPayload {
  @Field(() => UserView)
  user: UserView;
}

@ObjectType('MemberFactorPayload')
export class MemberFactorPayload {
  @Field(() => MembershipView)
  membership: MembershipView;
}
