import { Field, ID, ObjectType } from '@nestjs/graphql';
import type { Caller } from '../authentication/caller.js';
import { CallerKind } from './enums.js';

/** Flat on purpose: nothing leads from here to what only admins may see. */
@ObjectType('Me', { description: 'The caller.' })
export class MeView {
  @Field(() => CallerKind)
  kind: string;

  @Field(() => ID, { nullable: true, description: 'Absent for a client on its own.' })
  userId?: string | undefined;

  @Field(() => String, { nullable: true })
  email?: string | undefined;

  @Field(() => String, { nullable: true })
  givenName?: string | undefined;

  @Field(() => String, { nullable: true })
  familyName?: string | undefined;

  @Field(() => ID, {
    description: 'The app that the token was given to, or the client that called with its secret.',
  })
  clientId: string;

  @Field(() => String)
  clientName: string;

  @Field(() => ID, { nullable: true, description: 'Absent for a client that called with its secret.' })
  loginId?: string | undefined;

  @Field(() => ID, { nullable: true })
  membershipId?: string | undefined;

  @Field(() => String, { nullable: true, description: 'Type/id of the profile.' })
  profile?: string | undefined;

  @Field(() => ID, { nullable: true })
  projectId?: string | undefined;

  @Field(() => String, { nullable: true })
  projectName?: string | undefined;

  @Field(() => Boolean, { description: 'Whether you are an admin of your project.' })
  admin: boolean;

  @Field(() => Boolean, { description: 'Whether you look after the whole server.' })
  superAdmin: boolean;

  @Field(() => [String])
  scopes: string[];

  @Field(() => [String], { description: 'What this means, in words.' })
  explain: string[];
}

/** What a caller is told about itself. */
export function meView(caller: Caller): MeView {
  const { client, project, membership, user } = caller.standing;
  return {
    kind: caller.actor.kind,
    userId: user?.id,
    email: user?.email ?? undefined,
    givenName: user?.givenName,
    familyName: user?.familyName,
    clientId: client.id,
    clientName: client.name,
    loginId: caller.actor.loginId,
    membershipId: membership?.id,
    profile: membership && `${membership.profileType}/${membership.profileId}`,
    projectId: project?.id,
    projectName: project?.name,
    admin: caller.admin,
    superAdmin: caller.superAdmin,
    scopes: [...caller.scopes],
    explain: [
      user
        ? `You are signed in as ${user.email ?? `${user.givenName} ${user.familyName}`}, through ${client.name}.`
        : caller.actor.loginId
          ? `You are the client ${client.name}, signed in for itself.`
          : `You are the client ${client.name}, and called with your secret.`,
      ...(project ? [`You act in the project ${project.name}.`] : []),
      caller.superAdmin
        ? 'You are a super admin: you may do everything here, in every project.'
        : caller.admin
          ? 'You are an admin of the project: you may do here what concerns it.'
          : 'You are no admin: here you may ask who you are, and nothing else.',
    ],
  };
}
