import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import type { ProfileType as Profile } from '../directory/profile-resource.js';
import { ProfileType } from './enums.js';
import { InvitationView } from './invitation.view.js';
import { MembershipView } from './membership.view.js';
import { MembershipOptionsInput } from './memberships.types.js';
import { CreationInput, ProjectInput, Scope } from './scope.types.js';

@InputType('InviteUserInput')
export class InviteUserInput extends CreationInput {
  @Field(() => String, {
    nullable: true,
    description: 'May be left out for a user of this project with an external id.',
  })
  email?: string | null;

  @Field(() => String)
  givenName: string;

  @Field(() => String)
  familyName: string;

  @Field(() => ProfileType)
  profileType: Profile;

  @Field(() => ID, {
    nullable: true,
    description: 'A profile that there is. Left out: the one with this address, or a new one.',
  })
  profileId?: string | null;

  @Field(() => Scope, {
    nullable: true,
    defaultValue: Scope.SERVER,
    description:
      'SERVER: the account of the person, whose membership waits for acceptance. PROJECT: a user of this project only.',
  })
  scope?: Scope | null;

  @Field(() => String, { nullable: true, description: 'For a user of this project only.' })
  password?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'Without a mail the link is in the answer, for a user of this project that this call made.',
  })
  sendEmail?: boolean | null;

  @Field(() => String, { nullable: true, description: 'Patient/id that a RelatedPerson relates to.' })
  patient?: string | null;

  @Field(() => MembershipOptionsInput, { nullable: true })
  membership?: MembershipOptionsInput | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Changes the membership of somebody who has one here, instead of refusing.',
  })
  upsert?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Makes a further membership, should the person have one here already.',
  })
  another?: boolean | null;
}

@InputType('InvitationIdInput')
export class InvitationIdInput extends ProjectInput {
  @Field(() => ID)
  id: string;
}

@ObjectType('InvitationLink', { description: 'Shown this once.' })
export class InvitationLinkView {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: 'For POST /auth/setpassword.' })
  secret: string;

  @Field(() => String, { description: 'The page on which the person chooses a password.' })
  url: string;

  @Field(() => Date)
  expiresAt: Date;
}

@ObjectType('InviteUserPayload')
export class InviteUserPayload {
  @Field(() => MembershipView)
  membership: MembershipView;

  @Field(() => InvitationView, {
    nullable: true,
    description: 'Absent where the membership of somebody was changed.',
  })
  invitation?: InvitationView | undefined;

  @Field(() => InvitationLinkView, { nullable: true })
  link?: InvitationLinkView | undefined;
}

@ObjectType('InvitationPayload')
export class InvitationPayload {
  @Field(() => InvitationView)
  invitation: InvitationView;
}
