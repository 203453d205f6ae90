import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { BrowserAgent } from '../helpers/browser-agent.js';
import { basicHeader, newPkce, type TestPerson } from '../helpers/oauth-agent.js';

const here = '198.51.100.7';
const blocked = '203.0.113.9';
type Rule = readonly [value: string, action: 'ALLOW' | 'BLOCK'];
const sentence = 'IP address not allowed. The access policy lets you in from other addresses only.';
const from = (address: string) => ({ 'x-forwarded-for': address });

let world: AdminWorld;
beforeAll(async () => {
  world = await startAdminWorld({ env: { CAREKEY_TRUSTED_PROXIES: '127.0.0.1' } });
});
afterAll(() => world.close());

async function ask(query: string, variables: object) {
  const { data, errors } = await world.graphql('admin', query, variables);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return data;
}

/** Gives a membership a policy of its own with these address rules. */
async function limit(membershipId: string, ...rules: readonly Rule[]) {
  const { createAccessPolicy } = await ask(
    'mutation($input: CreateAccessPolicyInput!) { createAccessPolicy(input: $input) { accessPolicy { id } } }',
    { input: { name: 'Addresses', ipAccessRule: rules.map(([value, action]) => ({ value, action })) } },
  );
  const { membership } = await ask('query($id: ID!) { membership(id: $id) { version } }', {
    id: membershipId,
  });
  await ask(
    'mutation($input: EditMembershipInput!) { editMembership(input: $input) { membership { id } } }',
    {
      input: {
        id: membershipId,
        version: membership.version,
        changes: { accessPolicyId: createAccessPolicy.accessPolicy.id },
      },
    },
  );
}

/** A client of the project that signs in for itself, and its membership. */
async function server() {
  const client = await world.addClient(world.project.id, {
    name: 'A server',
    grantTypes: ['client_credentials'],
  });
  const { memberships } = await ask(
    'query { memberships(first: 100) { edges { node { id client { id } } } } }',
    {},
  );
  const found = memberships.edges.find(
    ({ node }: { node: { client?: { id: string } } }) => node.client?.id === client.id,
  );
  return { client, membershipId: found.node.id as string };
}

const clientToken = (client: Awaited<ReturnType<typeof server>>['client'], address: string) =>
  world.agent.post(
    'oauth2/token',
    { grant_type: 'client_credentials' },
    { headers: { authorization: basicHeader(client), ...from(address) } },
  );

describe('V36 W14 where a member may come from (wire-spec section 7.4)', () => {
  it.each<[string, readonly Rule[]]>([
    ['an address', [[blocked, 'BLOCK']]],
    ['a range', [['203.0.113.0/24', 'BLOCK']]],
    ['the beginning of an address', [['203.0.', 'BLOCK']]],
    [
      'the first rule that names the address',
      [
        ['198.51.100.0/24', 'ALLOW'],
        ['*', 'BLOCK'],
        ['203.0.113.9', 'ALLOW'],
      ],
    ],
  ])('W-053 client credentials: %s', async (_, rules) => {
    const { client, membershipId } = await server();
    await limit(membershipId, ...rules);
    const refused = await clientToken(client, blocked);
    expect(refused.status).toBe(400);
    expect(refused.body).toEqual({ error: 'invalid_request', error_description: 'IP address not allowed' });
    expect((await clientToken(client, `::ffff:${blocked}`)).status).toBe(400);
    expect((await clientToken(client, here)).status).toBe(200);
  });

  it('no beginning of another address: 203. is not 20.', async () => {
    const { client, membershipId } = await server();
    await limit(membershipId, ['20.', 'BLOCK'], ['203.0.113.90', 'BLOCK'], ['2001:db8:', 'BLOCK']);
    expect((await clientToken(client, blocked)).status).toBe(200);
    expect((await clientToken(client, '2001:db8:1::1')).status).toBe(400);
    expect((await clientToken(client, '2001:db80::1')).status).toBe(200);
  });

  const scope = 'openid offline_access';
  /** A person who is signed in, and then limited. */
  const signedIn = async () => {
    const person = await world.addPerson(world.project.id);
    const tokens = await world.agent.codeFlow(world.project.app, person, { scope });
    expect(tokens.status).toBe(200);
    await limit(person.membershipId, [blocked, 'BLOCK']);
    return { person, ...tokens.body } as { person: TestPerson; access_token: string; refresh_token: string };
  };

  it('W-088 W-114 sign-in, code and refresh: a refused request uses nothing up', async () => {
    const { person, refresh_token } = await signedIn();
    const { app } = world.project;
    const post = (form: Record<string, string>, address: string) =>
      world.agent.post('oauth2/token', { client_id: app.id, ...form }, { headers: from(address) });
    const refresh = { grant_type: 'refresh_token', refresh_token };
    expect((await post(refresh, blocked)).body.error_description).toBe('IP address not allowed');
    expect((await post(refresh, here)).status).toBe(200);

    const { verifier, challenge } = newPkce();
    const pkce = { scope, code_challenge: challenge, code_challenge_method: 'S256' };
    const back = await world.agent.signIn(app, person, pkce);
    const code = {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code')!,
      code_verifier: verifier,
      redirect_uri: app.redirectUri,
    };
    expect((await post(code, blocked)).body.error).toBe('invalid_request');
    expect((await post(code, here)).status).toBe(200);
  });

  it('W-088 sign-in ends without a code, with and without pages', async () => {
    const person = await world.addPerson(world.project.id);
    const browser = new BrowserAgent(world.app.baseUrl);
    const { verifier, challenge } = newPkce();
    const pkce = { scope, code_challenge: challenge, code_challenge_method: 'S256' };
    const code = (await world.agent.signIn(world.project.app, person, pkce, browser)).searchParams.get(
      'code',
    )!;
    expect((await world.agent.redeem(world.project.app, code, verifier)).status).toBe(200);
    await limit(person.membershipId, ['127.0.0.0/8', 'BLOCK']);
    for (const prompt of [undefined, 'none']) {
      const back = await world.agent.signIn(world.project.app, person, { ...pkce, prompt }, browser);
      expect(Object.fromEntries(back.searchParams)).toMatchObject({
        error: 'access_denied',
        error_description: 'IP address not allowed',
      });
    }
  });

  it('W-088 the JSON sign-in: at the password, and at the choice of a membership', async () => {
    const { app, id } = world.project;
    const sendFrom = (address: string, path: string, body: object) =>
      world.agent.request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...from(address) },
        body: JSON.stringify(body),
      });
    const person = await world.addPerson(id);
    const login = (address: string, { email, password } = person) =>
      sendFrom(address, 'auth/login', { email, password, clientId: app.id });
    expect((await login(blocked)).body.code).toEqual(expect.any(String));
    await limit(person.membershipId, [blocked, 'BLOCK']);
    const refused = await login(blocked);
    expect(refused.status).toBe(403);
    expect(refused.body.issue[0].details.text).toBe(sentence);
    expect(refused.headers.getSetCookie()).toEqual([]);
    // The right password gives its tries back, so the address can go on to be refused and is not closed.
    for (let turn = 0; turn < 12; turn++) expect((await login(blocked)).status).toBe(403);
    expect((await login(here)).body.code).toEqual(expect.any(String));

    const several = await world.addPerson(id);
    const user = await ask('query($id: ID!) { membership(id: $id) { user { id } } }', {
      id: several.membershipId,
    });
    const { createMembership } = await ask(
      'mutation($input: CreateMembershipInput!) { createMembership(input: $input) { membership { id } } }',
      { input: { userId: user.membership.user.id, profileType: 'Patient', another: true } },
    );
    await limit(several.membershipId, [blocked, 'BLOCK']);
    const open = (await login(blocked, several)).body;
    expect(open.memberships).toHaveLength(2);
    const choose = (address: string, profile: string) =>
      sendFrom(address, 'auth/profile', { login: open.login, profile });
    const chosen = await choose(blocked, several.membershipId);
    expect([chosen.status, chosen.body.issue[0].details.text]).toEqual([403, sentence]);
    expect((await choose(blocked, createMembership.membership.id)).body.code).toEqual(expect.any(String));
    const other = (await login(here, several)).body;
    const home = await sendFrom(here, 'auth/profile', { login: other.login, profile: several.membershipId });
    expect(home.body.code).toEqual(expect.any(String));
  });

  it('every call: 403, which keeps the app signed in, from the next request on', async () => {
    const { access_token } = await signedIn();
    const call = (address: string) =>
      world.agent.request('graphql', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${access_token}`,
          ...from(address),
        },
        body: JSON.stringify({ query: '{ me { projectId } }' }),
      });
    const userinfo = (address: string) =>
      world.agent.get('oauth2/userinfo', { authorization: `Bearer ${access_token}`, ...from(address) });
    expect((await call(here)).body.errors).toBeUndefined();
    expect((await userinfo(here)).status).toBe(200);
    const refused = await call(blocked);
    expect(refused.body.errors[0].extensions).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'address-not-allowed',
    });
    expect(await userinfo(blocked)).toMatchObject({
      status: 403,
      body: { error: 'access_denied', error_description: 'IP address not allowed' },
    });
    const { auditRecords } = await ask(
      '{ auditRecords(types: [ACCESS_REFUSED], first: 1) { edges { node { outcome detail { name value } } } } }',
      {},
    );
    expect(auditRecords.edges[0].node.detail).toEqual(
      expect.arrayContaining([{ name: 'rule', value: 'address' }]),
    );
  });

  it('a change of the policy bites at the next request', async () => {
    const { client, membershipId } = await server();
    await limit(membershipId, [blocked, 'ALLOW']);
    expect((await clientToken(client, blocked)).status).toBe(200);
    const { membership } = await ask(
      'query($id: ID!) { membership(id: $id) { accessPolicy { id version } } }',
      { id: membershipId },
    );
    const { id, version } = membership.accessPolicy;
    await ask(
      'mutation($input: EditAccessPolicyInput!) { editAccessPolicy(input: $input) { accessPolicy { id } } }',
      {
        input: { id, version, ipAccessRule: [{ value: '*', action: 'BLOCK' }] },
      },
    );
    expect((await clientToken(client, blocked)).status).toBe(400);
  });
});
