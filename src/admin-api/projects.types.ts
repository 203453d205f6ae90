import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { ProjectView } from './project.view.js';
import { idempotencyField } from './scope.types.js';

@InputType('ProjectSettingsInput')
export class ProjectSettingsInput {
  @Field(() => Int, { nullable: true, description: 'From 8 to 15.' })
  passwordMinimum?: number;
}

@InputType('CreateProjectInput')
export class CreateProjectInput {
  @Field(() => String)
  name: string;

  @Field(() => String, { nullable: true })
  description?: string;

  @Field(() => ProjectSettingsInput, { nullable: true })
  settings?: ProjectSettingsInput;

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
