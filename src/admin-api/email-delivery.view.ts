import { Field, ID, ObjectType } from '@nestjs/graphql';
import type { DeliveryRecord } from '../email/email.service.js';
import type { DeliveryState } from '../email/email-delivery.entity.js';
import { connectionOf } from './connection.view.js';
import { EmailDeliveryState, EmailPurpose } from './enums.js';

@ObjectType('EmailDelivery', { description: 'One mail to one address, without what it says.' })
export class EmailDeliveryView {
  @Field(() => ID)
  id: string;

  @Field(() => ID, { nullable: true, description: 'Absent for mail in the name of the server.' })
  projectId: string | null;

  @Field(() => EmailPurpose)
  purpose: string;

  @Field(() => String)
  recipient: string;

  @Field(() => EmailDeliveryState)
  state: DeliveryState;

  @Field(() => String, { nullable: true, description: 'What the mail server answered, or why it did not.' })
  words: string | null;

  @Field(() => Date)
  createdAt: Date;

  @Field(() => Date, { nullable: true, description: 'When the state became what it is.' })
  settledAt: Date | null;
}

export const EmailDeliveryConnection = connectionOf(EmailDeliveryView, 'EmailDelivery');

/**
 * What is shown of a delivery. Which of the two invitations it was would tell whether the address had an account (rulings 24),
 * and so would the time of its link.
 */
export function emailDeliveryView(row: DeliveryRecord): EmailDeliveryView {
  const { id, projectId, kind, recipient, state, words, createdAt, settledAt } = row;
  const purpose = kind === 'set-password' || kind === 'welcome-to-project' ? 'invitation' : kind;
  return { id, projectId, purpose, recipient, state, words, createdAt, settledAt };
}
