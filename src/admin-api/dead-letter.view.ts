import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import type { DeadLetter } from '../kernel/outbox.js';
import { connectionOf } from './connection.view.js';

@ObjectType('DeadLetter', { description: 'A job that was given up; never with what it carries.' })
export class DeadLetterView {
  @Field(() => ID)
  id: string;

  @Field(() => String)
  topic: string;

  @Field(() => ID, { nullable: true })
  projectId: string | null;

  @Field(() => Date)
  createdAt: Date;

  @Field(() => Date)
  deadAt: Date;

  @Field(() => Int)
  attempts: number;

  @Field(() => String)
  lastError: string;

  @Field(() => String, { description: 'What this means, in words.' })
  explain: string;
}

export const DeadLetterConnection = connectionOf(DeadLetterView, 'DeadLetter');

@InputType('RetryDeadLetterInput')
export class RetryDeadLetterInput {
  @Field(() => ID)
  id: string;
}

@ObjectType('RetryDeadLetterPayload')
export class RetryDeadLetterPayload {
  @Field(() => ID)
  retriedId: string;
}

/** What is shown of a job that was given up. */
export function deadLetterView(letter: DeadLetter): DeadLetterView {
  return {
    ...letter,
    explain: `The job was tried ${letter.attempts} times and then given up. Mend what the error names, then retry it.`,
  };
}
