import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import type {
  ClientApplication,
  ClientAuthMethodName,
  IdTokenAlg,
} from '../clients/client-application.entity.js';
import { ClientView } from './client.view.js';
import { ClientAuthMethod, DirectSignIn, GrantType, SigningAlg } from './enums.js';
import { MembershipView } from './membership.view.js';
import { MembershipOptionsInput } from './memberships.types.js';
import { idempotencyField, ScopeInput } from './scope.types.js';

@InputType({ isAbstract: true })
class ClientSettingsInput extends ScopeInput {
  @Field(() => String, { nullable: true })
  description?: string;

  @Field(() => Boolean, { nullable: true })
  firstParty?: boolean;

  @Field(() => [String], { nullable: true, description: 'Compared exactly.' })
  redirectUris?: string[];

  @Field(() => [String], { nullable: true })
  postLogoutRedirectUris?: string[];

  @Field(() => String, { nullable: true, description: 'https; null takes it away.' })
  backchannelLogoutUri?: string | null;

  @Field(() => Boolean, { nullable: true })
  backchannelLogoutSessionRequired?: boolean;

  @Field(() => [String], { nullable: true })
  allowedOrigins?: string[];

  @Field(() => [String], { nullable: true })
  defaultScope?: string[];

  @Field(() => [String], {
    nullable: true,
    description:
      'What the client may ask for; null: every scope but system/ ones. A SMART scope allows all that it covers.',
  })
  allowedScopes?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'For apps of other houses: the client reaches only what SMART scopes name.',
  })
  scopesOnly?: boolean;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'With client_credentials or Basic it may act on behalf of members, as far as its own policy goes.',
  })
  mayActForMembers?: boolean;

  @Field(() => [GrantType], { nullable: true })
  grantTypes?: string[];

  @Field(() => [GrantType], {
    nullable: true,
    description: 'Those of them for which the client must prove itself.',
  })
  authenticatedGrants?: string[];

  @Field(() => Boolean, { nullable: true })
  pkceOptional?: boolean;

  @Field(() => Int, { nullable: true, description: 'Seconds, from 600 to 86400.' })
  accessTokenLifetime?: number;

  @Field(() => Int, { nullable: true, description: 'Seconds without use, from a day to a year.' })
  refreshTokenLifetime?: number;

  @Field(() => SigningAlg, { nullable: true })
  idTokenSignedResponseAlg?: IdTokenAlg;

  @Field(() => String, {
    nullable: true,
    description: 'Public keys for private_key_jwt: a JWK Set as JSON. Null removes them.',
  })
  jwks?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where the client publishes its keys, instead of jwks. Null removes it.',
  })
  jwksUri?: string | null;

  @Field(() => ClientAuthMethod, {
    nullable: true,
    description: 'The one way in which the client may prove itself; null: with any credential that it has.',
  })
  tokenEndpointAuthMethod?: ClientAuthMethodName | null;
  @Field(() => DirectSignIn, {
    nullable: true,
    description: 'PROJECT_USERS unless said otherwise; EVERYONE is for a super admin to give.',
  })
  directSignIn?: ClientApplication['directSignIn'];

  @Field(() => String, { nullable: true, description: 'What its sign-in form greets people with.' })
  welcomeString?: string | null;

  @Field(() => String, { nullable: true, description: 'The web address of a picture for its sign-in form.' })
  logoUrl?: string | null;
}

@InputType('CreateClientInput')
export class CreateClientInput extends ClientSettingsInput {
  @Field(() => String)
  name: string;

  @Field(() => MembershipOptionsInput, {
    nullable: true,
    description: 'What the client may do for itself in its project.',
  })
  membership?: MembershipOptionsInput | null;

  @Field(() => String, idempotencyField)
  idempotencyKey?: string | null;
}

@InputType('EditClientInput')
export class EditClientInput extends ClientSettingsInput {
  @Field(() => ID)
  id: string;

  @Field(() => Int, { description: 'The version that you read.' })
  version: number;

  @Field(() => String, { nullable: true })
  name?: string;
}

@InputType('ClientIdInput')
export class ClientIdInput extends ScopeInput {
  @Field(() => ID)
  id: string;
}

@ObjectType('RemoveClientPayload')
export class RemoveClientPayload {
  @Field(() => ID)
  removedId: string;
}

@InputType('RotateClientSecretInput')
export class RotateClientSecretInput extends ClientIdInput {
  @Field(() => Date, {
    nullable: true,
    description: 'When the secret before stops working; without it, when you say finishClientSecretRotation.',
  })
  expiresAt?: Date | null;

  @Field(() => String, idempotencyField)
  idempotencyKey?: string | null;
}

@ObjectType('ClientPayload')
export class ClientPayload {
  @Field(() => ClientView)
  client: ClientView;
}

@ObjectType('CreateClientPayload')
export class CreateClientPayload extends ClientPayload {
  @Field(() => String, {
    nullable: true,
    description:
      'Shown this once. Absent for a client that never has to prove itself, or that has keys to do it with.',
  })
  secret?: string | undefined;

  @Field(() => MembershipView, { nullable: true, description: 'Absent for a client of the server.' })
  membership?: MembershipView | undefined;
}

@ObjectType('ClientSecretPayload')
export class ClientSecretPayload extends ClientPayload {
  @Field(() => String, { description: 'Shown this once.' })
  secret: string;
}
