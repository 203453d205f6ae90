import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { Caller } from '../authentication/caller.js';
import type { User } from '../identities/user.entity.js';
import { connectionOf } from './connection.view.js';
import { Scope } from './scope.types.js';

export const unlessForeign = {
  nullable: true,
  description: 'Not shown of a server-scoped person, except to super admins.',
};

@ObjectType('User', { description: 'A person who signs in.' })
export class UserView {
  @Field(() => ID)
  id: string;

  @Field(() => Scope, {
    description: 'PROJECT: a user of one project only. SERVER: one account for many projects.',
  })
  scope: Scope;

  @Field(() => String, {
    nullable: true,
    description: 'Absent for a person whom the project knows by an external id.',
  })
  email: string | null;

  @Field(() => String, unlessForeign)
  givenName?: string;

  @Field(() => String, unlessForeign)
  familyName?: string;

  @Field(() => Boolean, unlessForeign)
  emailVerified?: boolean;

  @Field(() => Date, {
    nullable: true,
    description: "When the person first proved the address by the server's own mail, if ever.",
  })
  claimedAt?: Date | null;

  @Field(() => Boolean, unlessForeign)
  active?: boolean;

  @Field(() => Date, unlessForeign)
  createdAt?: Date;

  @Field(() => Date, unlessForeign)
  updatedAt?: Date;

  @Field(() => Int, unlessForeign)
  version?: number;

  @Field(() => [String], { description: 'What this means, in words.' })
  explain: string[];
}

export const UserConnection = connectionOf(UserView, 'User');

/** All of a user; for who looks after the account. */
export function userView(user: User): UserView {
  const { id, email, givenName, familyName, emailVerified, claimedAt, active } = user;
  const { createdAt, updatedAt, version } = user;
  return {
    id,
    scope: scopeOf(user),
    email,
    givenName,
    familyName,
    emailVerified,
    claimedAt,
    active,
    createdAt,
    updatedAt,
    version,
    explain: explain(user),
  };
}

/**
 * A user as seen through a membership or login of a project: of a person who belongs to no project, its admin sees who
 * it is and no more (rulings 24).
 */
export function userViewFor({ superAdmin }: Pick<Caller, 'superAdmin'>, user: User): UserView {
  if (user.projectId !== null || superAdmin) return userView(user);
  return {
    id: user.id,
    scope: Scope.SERVER,
    email: user.email,
    explain: [
      'The account belongs to the person and not to your project: you can act on its memberships here, and on nothing else of it.',
    ],
  };
}

function scopeOf({ projectId }: Pick<User, 'projectId'>): Scope {
  return projectId === null ? Scope.SERVER : Scope.PROJECT;
}

function explain({ projectId, active, claimedAt, emailVerified }: User): string[] {
  const isOpen = projectId !== null || claimedAt !== null;
  return [
    projectId === null
      ? 'The account belongs to the person and may have memberships in many projects.'
      : 'The account belongs to the project, whose admins look after it.',
    active
      ? 'It is active.'
      : 'It is deactivated: the person cannot sign in, and nothing that was issued to the person works.',
    ...(isOpen
      ? []
      : ['Nobody has proved the address yet: until then no password opens this account for anybody.']),
    emailVerified ? 'The e-mail address is proved.' : 'The e-mail address is not proved.',
  ];
}
