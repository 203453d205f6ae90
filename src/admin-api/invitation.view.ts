import { Field, ID, ObjectType } from '@nestjs/graphql';
import type { Invitation } from '../memberships/invitation.entity.js';
import type { InvitationState as State } from '../memberships/invitation-state.js';
import { connectionOf } from './connection.view.js';
import { InvitationState } from './enums.js';

@ObjectType('Invitation', { description: 'Somebody was asked into a project.' })
export class InvitationView {
  @Field(() => ID)
  id: string;

  @Field(() => ID)
  projectId: string;

  @Field(() => InvitationState)
  state: State;

  @Field(() => String, { nullable: true, description: 'As it was given.' })
  email: string | null;

  @Field(() => ID, { nullable: true, description: 'Absent once the membership was removed.' })
  membershipId: string | null;

  @Field(() => Date)
  createdAt: Date;

  @Field(() => Date, { description: 'When it was last sent, or made.' })
  sentAt: Date;

  @Field(() => Date, { description: 'Until when it can be accepted.' })
  expiresAt: Date;

  @Field(() => Date, { nullable: true })
  acceptedAt: Date | null;

  @Field(() => [String], { description: 'What this means, in words.' })
  explain: string[];
}

export const InvitationConnection = connectionOf(InvitationView, 'Invitation');

/** What is shown of an invitation: nothing that tells whether the address had an account before (rulings 24). */
export function invitationView(row: Invitation, state: State): InvitationView {
  const { id, projectId, email, membershipId, createdAt, sentAt, expiresAt, acceptedAt } = row;
  return {
    id,
    projectId,
    state,
    email,
    membershipId,
    createdAt,
    sentAt,
    expiresAt,
    acceptedAt,
    explain: [words[state]],
  };
}

const words: Readonly<Record<State, string>> = {
  unsent: 'No mail was sent. The person can sign in, or ask for a password at the sign-in page.',
  queued: 'The mail is about to be sent.',
  'handed-over': 'The mail was handed over to the mail server.',
  refused: 'The mail could not be delivered. Check the address, then send it again.',
  opened: 'The person has opened the page of the invitation.',
  accepted: 'The person has accepted.',
  expired: 'Its time has run out. Send it again.',
  revoked: 'It was taken back, or the membership was removed.',
};
