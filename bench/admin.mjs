import { token } from './code-flow.mjs';

/** Makes a policy; answers its id. */
export async function policy(server, admin, name, resource) {
  const { createAccessPolicy } = await server.graphql(
    admin,
    'mutation($input: CreateAccessPolicyInput!) { createAccessPolicy(input: $input) { accessPolicy { id } } }',
    { input: { name, resource } },
  );
  return createAccessPolicy.accessPolicy.id;
}

/** Makes a client of the project with a token; answers the headers that its requests carry. */
export async function client(server, admin, membership) {
  const { createClient } = await server.graphql(
    admin,
    'mutation($input: CreateClientInput!) { createClient(input: $input) { secret client { id } } }',
    { input: { name: 'Bench', grantTypes: ['CLIENT_CREDENTIALS'], accessTokenLifetime: 86_400, membership } },
  );
  const credentials = { id: createClient.client.id, secret: createClient.secret };
  const { access_token } = await token(
    { ...names(server), client: credentials },
    { grant_type: 'client_credentials' },
  );
  return { authorization: `Bearer ${access_token}` };
}

const names = ({ origin, paths, name }) => ({ origin, paths, name });

/** Makes a practitioner under a policy; answers the id of the membership. */
export async function person(server, admin, accessPolicyId) {
  const { createUser } = await server.graphql(
    admin,
    'mutation($input: CreateUserInput!) { createUser(input: $input) { membership { id } } }',
    {
      input: {
        email: 'grace@example.org',
        givenName: 'Grace',
        familyName: 'Hopper',
        profileType: 'Practitioner',
        membership: { accessPolicyId },
      },
    },
  );
  return createUser.membership.id;
}
