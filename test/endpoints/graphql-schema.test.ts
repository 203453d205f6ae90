import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import {
  buildClientSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { root } from '../architecture/sources.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';

let world: AdminWorld;
beforeAll(async () => {
  world = await startAdminWorld();
});
afterAll(() => world.close());

const committed = readFileSync(join(root, 'schema.graphql'), 'utf8');

describe('the schema', () => {
  it('is the one in schema.graphql; if this fails, run npm run generate and read the difference', () => {
    const { schema } = world.app.get(GraphQLSchemaHost);
    expect(`${printSchema(lexicographicSortSchema(schema))}\n`).toBe(committed);
  });

  it('is told to admins, by the query that tools send', async () => {
    const { status, errors, data } = await world.graphql('admin', getIntrospectionQuery());
    expect(errors).toEqual([]);
    expect(status).toBe(200);
    const told = buildClientSchema(data as IntrospectionQuery);
    expect(`${printSchema(lexicographicSortSchema(told))}\n`).toBe(committed);
  });

  it.each([
    '{ __schema { queryType { name } } }',
    '{ __type(name: "Client") { name } }',
    'query { ...deep } fragment deep on Query { me { kind } ... on Query { renamed: __schema { description } } }',
  ])('is not told to a member who is no admin: %s', async (query) => {
    const { status, errors, data } = await world.graphql('member', query);
    expect(status).toBe(403);
    expect(errors).toEqual([
      expect.objectContaining({ extensions: { code: 'FORBIDDEN', reason: 'introspection-for-admins' } }),
    ]);
    expect(data).toBeUndefined();
  });

  it('lets a member ask for the name of a type', async () => {
    const { data } = await world.graphql('member', '{ me { __typename } }');
    expect(data).toEqual({ me: { __typename: 'Me' } });
  });

  it('has words for every operation', () => {
    const { schema } = world.app.get(GraphQLSchemaHost);
    const operations = [schema.getQueryType()!, schema.getMutationType()!].flatMap((type) =>
      Object.values(type.getFields()),
    );
    expect(operations.filter(({ description }) => !description).map(({ name }) => name)).toEqual([]);
  });

  it('gives out no field that a secret could be in, but those that show a new one once', () => {
    const { schema } = world.app.get(GraphQLSchemaHost);
    const given = Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .filter(({ name }) => !['Query', 'Mutation'].includes(name) && !name.startsWith('__'))
      .flatMap((type) =>
        Object.values(type.getFields()).map((field) => `${type.name}.${field.name}: ${field.type}`),
      )
      .filter((text) => /\.\w*(?:secret|password|hash|private|token)/i.test(text));
    expect(given.sort()).toEqual([
      'Client.accessTokenLifetime: Int!',
      'Client.idTokenSignedResponseAlg: SigningAlg!',
      'Client.refreshTokenLifetime: Int!',
      'Client.secret: ClientSecret',
      'Client.tokenEndpointAuthMethod: ClientAuthMethod',
      'ClientSecretPayload.secret: String!',
      'CreateClientPayload.secret: String',
      'InvitationLink.secret: String!',
      'ProjectLimits.clientTokens: Int',
      'ProjectLimits.projectTokens: Int',
      'ProjectSettings.passwordMinimum: Int!',
    ]);
  });
});
