import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { ProjectView } from './project.view.js';
import { idempotencyField } from './scope.types.js';

@InputType('ProjectSettingsInput')
export class ProjectSettingsInput {
  @Field(() => Int, { nullable: true, description: 'From 8 to 15.' })
  passwordMinimum?: number;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Admins, too, act on behalf of a member only as far as their own policy goes.',
  })
  onBehalfOfWithinOwnPolicy?: boolean;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Members sign in with a second factor; those who have none set one up at their next sign-in.',
  })
  secondFactorRequired?: boolean;
}

const limit = 'A minute; null: what the configuration says.';

@InputType('ProjectLimitsInput', { description: 'What may be used up of the server in a minute.' })
export class ProjectLimitsInput {
  @Field(() => Int, { nullable: true, description: `Tokens that one client gets for itself. ${limit}` })
  clientTokens?: number | null;

  @Field(() => Int, { nullable: true, description: `Points of one member at the FHIR door. ${limit}` })
  memberFhirPoints?: number | null;

  @Field(() => Int, { nullable: true, description: `Tokens of all clients. For super admins. ${limit}` })
  projectTokens?: number | null;

  @Field(() => Int, { nullable: true, description: `FHIR points of all members. For super admins. ${limit}` })
  projectFhirPoints?: number | null;
}

@InputType('CreateProjectInput')
export class CreateProjectInput {
  @Field(() => String)
  name: string;

  @Field(() => String, { nullable: true })
  description?: string;

  @Field(() => ProjectSettingsInput, { nullable: true })
  settings?: ProjectSettingsInput;

  @Field(() => ProjectLimitsInput, { nullable: true })
  limits?: ProjectLimitsInput;

  @Field(() => String, idempotencyField)
  idempotencyKey?: string | null;
}

@InputType('EditProjectInput')
export class EditProjectInput {
  @Field(() => ID)
  id: string;

  @Field(() => Int, { description: 'The version that you read.' })
  version: number;

  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => String, { nullable: true })
  description?: string;

  @Field(() => ProjectSettingsInput, { nullable: true, description: 'What is not named stays.' })
  settings?: ProjectSettingsInput;

  @Field(() => ProjectLimitsInput, { nullable: true, description: 'What is not named stays.' })
  limits?: ProjectLimitsInput;
}

@InputType('ProjectIdInput')
export class ProjectIdInput {
  @Field(() => ID)
  id: string;
}

@ObjectType('ProjectPayload')
export class ProjectPayload {
  @Field(() => ProjectView)
  project: ProjectView;
}
