import { Field, ID, ObjectType } from '@nestjs/graphql';
import type { Login } from '../logins/login.entity.js';
import type { Session } from '../logins/sessions.service.js';
import { connectionOf } from './connection.view.js';
import { LoginMethod, LoginReach, VouchedBy } from './enums.js';

@ObjectType('Login', { description: 'One sign-in of one person, or client, to one app.' })
export class LoginView {
  /** For the fields that are read when asked for. */
  readonly row: Login;

  @Field(() => ID)
  id: string;

  @Field(() => ID, { nullable: true })
  membershipId: string | null;

  @Field(() => ID)
  clientId: string;

  @Field(() => LoginMethod)
  method: Login['method'];

  @Field(() => VouchedBy)
  vouchedBy: Login['vouchedBy'];

  @Field(() => LoginReach)
  reach: Login['reach'];

  @Field(() => [String])
  scope: string[];

  @Field(() => [String], { description: 'What the app asked for.' })
  requestedScope: string[];

  @Field(() => [String], {
    description: 'Claims that the app named one by one and was allowed, besides what the scope opens.',
  })
  namedClaims: string[];

  @Field(() => Date)
  authTime: Date;

  @Field(() => [String], { description: 'How the person proved who they are (RFC 8176).' })
  amr: string[];

  @Field(() => String)
  remoteAddress: string;

  @Field(() => String)
  userAgent: string;

  @Field(() => Date)
  createdAt: Date;

  @Field(() => Date, { description: 'After this no token of it can be alive.' })
  expiresAt: Date;

  @Field(() => Date, { nullable: true })
  revokedAt: Date | null;

  @Field(() => [String], { description: 'What this means, in words.' })
  explain: string[];
}

export const LoginConnection = connectionOf(LoginView, 'Login');

@ObjectType('Session', { description: 'A signed-in browser of a person.' })
export class SessionView {
  @Field(() => ID)
  id: string;

  @Field(() => VouchedBy)
  vouchedBy: Login['vouchedBy'];

  @Field(() => Date)
  authTime: Date;

  @Field(() => [String])
  amr: readonly string[];

  @Field(() => String)
  remoteAddress: string;

  @Field(() => String)
  userAgent: string;

  @Field(() => Date)
  createdAt: Date;

  @Field(() => Date)
  lastUsedAt: Date;

  @Field(() => Date)
  expiresAt: Date;
}

export const SessionConnection = connectionOf(SessionView, 'Session');

const vouchers: Readonly<Record<Login['vouchedBy'], string>> = {
  person: 'The person proved who they are to this server.',
  server: 'A provider that a super admin set up vouched for the person.',
  domain: 'The provider of the mail domain vouched for the person.',
  project: 'Only the project vouched for the person, so the login is good inside of it and nowhere else.',
  client: 'A client signed in for itself.',
};

/** What is shown of a login by itself. */
export function loginView(row: Login): LoginView {
  const { id, membershipId, clientId, method, vouchedBy, reach, authTime, amr } = row;
  const { remoteAddress, userAgent, createdAt, expiresAt, revokedAt } = row;
  return {
    row,
    id,
    membershipId,
    clientId,
    method,
    vouchedBy,
    reach,
    scope: row.scope.split(' ').filter(Boolean),
    requestedScope: row.requestedScope.split(' ').filter(Boolean),
    namedClaims: [...new Set([...(row.claims?.userinfo ?? []), ...(row.claims?.idToken ?? [])])],
    authTime,
    amr,
    remoteAddress,
    userAgent,
    createdAt,
    expiresAt,
    revokedAt,
    explain: [
      revokedAt ? 'The login was ended: none of its tokens works.' : 'The login is live.',
      vouchers[vouchedBy],
      reach === 'membership'
        ? 'It reaches this one membership and nothing else.'
        : 'It reaches all that its member may.',
    ],
  };
}

/** What is shown of a browser session. */
export function sessionView(session: Session): SessionView {
  const { id, vouchedBy, authTime, amr, remoteAddress, userAgent, createdAt, lastUsedAt, expiresAt } =
    session;
  return { id, vouchedBy, authTime, amr, remoteAddress, userAgent, createdAt, lastUsedAt, expiresAt };
}
