import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { builtInClientId } from '../../src/clients/built-in-client.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { LoginAgent, said } from '../helpers/login-agent.js';
import { newPkce } from '../helpers/oauth-agent.js';
import type { WorldPerson } from '../helpers/world.js';

let world: AdminWorld;
let logins: LoginAgent;
beforeAll(async () => {
  world = await startAdminWorld();
  logins = new LoginAgent(world.agent);
});
afterAll(() => world.close());

const stateOf = async ({ membershipId }: WorldPerson): Promise<string> => {
  const query = 'query($id: ID!) { membership(id: $id) { state } }';
  return (await world.graphql('admin', query, { id: membershipId })).data.membership.state;
};

describe("an account of the server on an app's own form (F89, rulings 18, 24)", () => {
  it('F89 is refused with 403 by an app for its own users, after the right password only', async () => {
    const person = await world.addServerPerson(world.project.id);
    const { app } = world.project;
    const wrong = await logins.login(app, { ...person, password: 'not the password' });
    expect(said(wrong)).toEqual([400, 'Email or password is invalid']);
    const right = await logins.login(app, person);
    expect(said(right)).toEqual([403, expect.stringMatching(/own users only/)]);
    expect(right.headers.getSetCookie()).toEqual([]);
    expect(await stateOf(person)).toBe('PENDING');
    // The right password gave the tries back: the refusal is none of a guess.
    for (let turn = 0; turn < 12; turn++) expect((await logins.login(app, person)).status).toBe(403);
  });

  it('F89 the same person signs in there on the hosted page, which accepts the invitation', async () => {
    const person = await world.addServerPerson(world.project.id);
    expect((await world.agent.codeFlow(world.project.app, person)).status).toBe(200);
    expect(await stateOf(person)).toBe('ACTIVE');
  });

  it('a super admin may let an app take everybody; a project admin may not', async () => {
    const person = await world.addServerPerson(world.project.id);
    const client = await world.addClient(world.project.id, { name: 'Trusted' });
    const open =
      'mutation($id: ID!) { editClient(input: { id: $id, version: 1, directSignIn: EVERYONE }) { client { version } } }';
    const refused = await world.graphql('admin', open, { id: client.id });
    expect(refused.errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    expect((await logins.login(client, person)).status).toBe(403);
    const allowed = open.replace('id: $id,', `id: $id, projectId: "${world.project.id}",`);
    expect((await world.graphql('super', allowed, { id: client.id })).errors).toEqual([]);
    const { status, body } = await logins.login(client, person);
    expect([status, body.code]).toEqual([200, expect.any(String)]);
  });

  it('through the built-in client a membership that waits is never chosen by itself', async () => {
    const person = await world.addServerPerson(world.project.id);
    for (const projectId of [undefined, world.project.id]) {
      const { status, headers, body } = await logins.login(undefined, person, { projectId });
      expect(status).toBe(200);
      expect(body).toEqual({
        login: expect.any(String),
        memberships: [expect.objectContaining({ id: person.membershipId })],
      });
      expect(headers.getSetCookie()).toEqual([]);
      expect((await logins.status(body.login)).body).not.toHaveProperty('code');
      expect(said(await logins.scope(body.login, 'openid'))).toEqual([400, 'Login profile not set']);
    }
    expect(await stateOf(person)).toBe('PENDING');

    const { verifier, challenge } = newPkce();
    const pkce = { codeChallenge: challenge, codeChallengeMethod: 'S256' };
    const { login } = (await logins.login(undefined, person, pkce)).body;
    const { code } = (await logins.profile(login, person.membershipId)).body;
    expect(await stateOf(person)).toBe('ACTIVE');
    const form = { grant_type: 'authorization_code', code, code_verifier: verifier };
    expect((await world.agent.token(form)).body.project.reference).toBe(`Project/${world.project.id}`);
    expect((await logins.login(undefined, person)).body.code).toEqual(expect.any(String));
  });
});

describe('the client of logins that name none', () => {
  const read = async () =>
    (
      await world.graphql(
        'super',
        'query($id: ID!) { client(id: $id, scope: SERVER) { version active name redirectUris grants { grantType authenticated } directSignIn } }',
        { id: builtInClientId },
      )
    ).data.client;
  const edit = async (as: 'admin' | 'super', changes: string) => {
    const { version } = await read();
    const scope = as === 'super' ? 'scope: SERVER, ' : '';
    return world.graphql(
      as,
      `mutation($id: ID!) { editClient(input: { id: $id, ${scope}version: ${version}, ${changes} }) { client { name } } }`,
      { id: builtInClientId },
    );
  };

  it.each([
    'redirectUris: ["https://evil.example/cb"]',
    'postLogoutRedirectUris: ["https://evil.example/"]',
    'backchannelLogoutUri: "https://evil.example/logout"',
    'grantTypes: [AUTHORIZATION_CODE]',
    'authenticatedGrants: [AUTHORIZATION_CODE]',
    'authenticatedGrants: [AUTHORIZATION_CODE], pkceOptional: true',
    'directSignIn: NONE',
    'firstParty: false',
    'jwksUri: "https://evil.example/keys"',
    'tokenEndpointAuthMethod: CLIENT_SECRET_BASIC',
  ])('F8 cannot be made into another client, not by a super admin either: %s', async (changes) => {
    const before = await read();
    const { errors } = await edit('super', changes);
    expect(errors.map(({ extensions }) => extensions.reason)).toEqual(['client-built-in']);
    expect(await read()).toEqual(before);
  });

  it('F8 does not exist for a project admin: no look, no edit, no end, no secret', async () => {
    const id = { id: builtInClientId };
    const asked = [
      await edit('admin', 'name: "Mine"'),
      await world.graphql('admin', 'query($id: ID!) { client(id: $id) { name } }', id),
      await world.graphql(
        'admin',
        'mutation($id: ID!) { deactivateClient(input: { id: $id }) { client { id } } }',
        id,
      ),
      await world.graphql(
        'admin',
        'mutation($id: ID!) { rotateClientSecret(input: { id: $id }) { secret } }',
        id,
      ),
    ];
    for (const { errors } of asked) {
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND']);
    }
    expect(await read()).toMatchObject({ active: true });
  });

  it('a super admin may name it and switch it off and on; while it is off nobody signs in without an app', async () => {
    expect((await edit('super', 'name: "Without an app"')).data.editClient.client.name).toBe(
      'Without an app',
    );
    const turn = (to: 'activate' | 'deactivate') =>
      world.graphql(
        'super',
        `mutation($id: ID!) { ${to}Client(input: { id: $id, scope: SERVER }) { client { active } } }`,
        { id: builtInClientId },
      );
    const signIn = () =>
      logins
        .login(undefined, world.project.person, { projectId: world.project.id })
        .then(({ status }) => status);
    expect(await signIn()).toBe(200);
    expect((await turn('deactivate')).errors).toEqual([]);
    expect(await signIn()).toBe(404);
    expect((await turn('activate')).errors).toEqual([]);
    expect(await signIn()).toBe(200);
  });
});
