import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { ClientApplication } from '../clients/client-application.entity.js';
import type { SecretDates } from '../clients/client-secrets.service.js';
import { explainClient, explainGrant } from './client-words.js';
import { connectionOf } from './connection.view.js';
import { ClientAuthMethod, DirectSignIn, GrantType, SigningAlg } from './enums.js';
import { Scope } from './scope.types.js';

@ObjectType('ClientGrant', { description: 'A grant that a client may use.' })
export class ClientGrantView {
  @Field(() => GrantType)
  grantType: string;

  @Field(() => Boolean, { description: 'Whether the client must prove itself for it.' })
  authenticated: boolean;

  @Field(() => String, { description: 'Why, in words.' })
  explain: string;
}

@ObjectType('ClientSecret', {
  description: 'When the secrets of a client were made and end; never the secrets.',
})
export class ClientSecretView {
  @Field(() => Date)
  createdAt: Date;

  @Field(() => Boolean, { description: 'Whether the secret before the current one still works.' })
  rotating: boolean;

  @Field(() => Date, { nullable: true, description: 'When that ends by itself.' })
  retiringExpiresAt: Date | null;
}

@ObjectType('Client', { description: 'An app or a server that asks for tokens.' })
export class ClientView {
  @Field(() => ID)
  id: string;

  @Field(() => ID, { nullable: true })
  projectId: string | null;

  @Field(() => Scope)
  scope: Scope;

  @Field(() => String)
  name: string;

  @Field(() => String)
  description: string;

  @Field(() => Boolean)
  active: boolean;

  @Field(() => Boolean, { description: 'Of this house: asks for no consent inside its own project.' })
  firstParty: boolean;

  @Field(() => [String])
  redirectUris: string[];

  @Field(() => [String])
  postLogoutRedirectUris: string[];

  @Field(() => String, {
    nullable: true,
    description: 'Is told when a login ends before its time (OpenID Connect Back-Channel Logout).',
  })
  backchannelLogoutUri: string | null;

  @Field(() => Boolean, { description: 'What the app registered; logout tokens always carry sid.' })
  backchannelLogoutSessionRequired: boolean;

  @Field(() => [String])
  allowedOrigins: string[];

  @Field(() => [String], { description: 'Every origin that may call from a browser.' })
  origins: string[];

  @Field(() => [String], { description: 'Granted when a request names no scope.' })
  defaultScope: string[];

  @Field(() => [String], {
    nullable: true,
    description: 'What it may ask for; null: every scope but system/ ones.',
  })
  allowedScopes: string[] | null;

  @Field(() => Boolean, { description: 'Reaches only what SMART scopes name.' })
  scopesOnly: boolean;

  @Field(() => Boolean, {
    description: 'As itself it may act on behalf of members of its project, as far as its own policy goes.',
  })
  mayActForMembers: boolean;

  @Field(() => [ClientGrantView])
  grants: ClientGrantView[];

  @Field(() => Boolean)
  pkceOptional: boolean;

  @Field(() => Int, { description: 'Seconds.' })
  accessTokenLifetime: number;

  @Field(() => Int, { description: 'Seconds without use.' })
  refreshTokenLifetime: number;

  @Field(() => SigningAlg)
  idTokenSignedResponseAlg: string;

  @Field(() => String, { nullable: true, description: 'Its public keys: a JWK Set as JSON.' })
  jwks: string | null;

  @Field(() => String, { nullable: true, description: 'Where it publishes its public keys.' })
  jwksUri: string | null;

  @Field(() => ClientAuthMethod, {
    nullable: true,
    description: 'The one way in which it may prove itself; null: with any credential that it has.',
  })
  tokenEndpointAuthMethod: string | null;
  @Field(() => DirectSignIn, { description: 'Whose passwords the app may take on a form of its own.' })
  directSignIn: ClientApplication['directSignIn'];

  @Field(() => String, { nullable: true, description: 'What its sign-in form greets people with.' })
  welcomeString: string | null;

  @Field(() => String, { nullable: true, description: 'The web address of a picture for its sign-in form.' })
  logoUrl: string | null;

  @Field(() => Date)
  createdAt: Date;

  @Field(() => Date)
  updatedAt: Date;

  @Field(() => Int, { description: 'Send it along with a change.' })
  version: number;

  @Field(() => [String], { description: 'What this means, in words.' })
  explain: string[];
}

export const ClientConnection = connectionOf(ClientView, 'Client');

/** What is shown of a client by itself. */
export function clientView(client: ClientApplication): ClientView {
  const { grantTypes, authenticatedGrants: _, ...shown } = client;
  return {
    ...shown,
    jwks: client.jwks && JSON.stringify(client.jwks),
    scope: client.projectId === null ? Scope.SERVER : Scope.PROJECT,
    grants: grantTypes.map((grantType) => ({
      grantType,
      authenticated: client.authenticatedGrants.includes(grantType),
      explain: explainGrant(client, grantType),
    })),
    explain: explainClient(client),
  };
}

/** What is shown of a client's secrets, when it has one. */
export function clientSecretView(dates: SecretDates | undefined): ClientSecretView | undefined {
  if (!dates?.createdAt) return undefined;
  const { createdAt, isRotating, retiringExpiresAt } = dates;
  return { createdAt, rotating: isRotating, retiringExpiresAt };
}
