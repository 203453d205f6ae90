import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { AssertionSigner, newClientKey } from '../helpers/client-keys.js';

let world: AdminWorld;
beforeAll(async () => {
  world = await startAdminWorld();
});
afterAll(() => world.close());

const shown = 'id version jwks jwksUri tokenEndpointAuthMethod secret { rotating } explain';
const create = `mutation($input: CreateClientInput!) { createClient(input: $input) { secret client { ${shown} } } }`;
const edit = `mutation($input: EditClientInput!) { editClient(input: $input) { client { ${shown} } } }`;

it('ASVS-10.4.16 a client is made with keys of its own, shown, used, changed to an address, and freed of both', async () => {
  const key = await newClientKey('RS384');
  const input = {
    name: 'Backend service',
    grantTypes: ['CLIENT_CREDENTIALS'],
    jwks: JSON.stringify({ keys: [key.jwk] }),
    tokenEndpointAuthMethod: 'PRIVATE_KEY_JWT',
  };
  const made = (await world.graphql('admin', create, { input })).data.createClient;
  expect(made.secret).toBeNull();
  expect(made.client).toMatchObject({
    jwksUri: null,
    tokenEndpointAuthMethod: 'PRIVATE_KEY_JWT',
    secret: null,
  });
  expect(JSON.parse(made.client.jwks)).toEqual({ keys: [key.jwk] });
  expect(made.client.explain.join(' ')).toMatch(/1 public keys here.*private_key_jwt only/);

  const { id } = made.client;
  const signer = new AssertionSigner(id, world.app.baseUrl, key);
  const token = async () =>
    (await world.agent.token({ grant_type: 'client_credentials', ...(await signer.form()) })).status;
  expect(await token()).toBe(200);

  const change = async (changes: object, version: number) => {
    const { data, errors } = await world.graphql('admin', edit, { input: { id, version, ...changes } });
    expect(errors).toEqual([]);
    return data.editClient.client;
  };
  const jwksUri = 'https://keys.example.org/jwks.json';
  const moved = await change({ jwks: null, jwksUri }, made.client.version);
  expect(moved).toMatchObject({ jwks: null, jwksUri });
  expect(await token()).toBe(401);
  const freed = await change({ jwksUri: null, tokenEndpointAuthMethod: null }, moved.version);
  expect(freed).toMatchObject({ jwks: null, jwksUri: null, tokenEndpointAuthMethod: null });
});

it.each([
  ['jwks', { jwks: 'not JSON' }],
  ['jwks', { jwks: '{"keys":[]}' }],
  ['jwks', { jwks: '{"keys":[{"kty":"oct","k":"AA"}]}' }],
  ['jwksUri', { jwksUri: 'http://keys.example.org/jwks.json' }],
  ['jwksUri', { jwksUri: 'com.example.app:/keys' }],
  ['jwksUri', { jwksUri: 'https://user@keys.example.org/' }],
  ['tokenEndpointAuthMethod', { tokenEndpointAuthMethod: 'PRIVATE_KEY_JWT' }],
])('a client with a wrong %s is refused: %j', async (field, wrong) => {
  const { errors } = await world.graphql('admin', create, { input: { name: 'Wrong', ...wrong } });
  expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
});
