import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { ClientSecretsService } from '../../src/clients/client-secrets.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { Visitor } from '../helpers/visitor.js';
import { startWorld, type World, type WorldClient } from '../helpers/world.js';

let world: World;
let server: WorldClient;
/** Signed in, has allowed everything. */
let ada: Visitor;

beforeAll(async () => {
  world = await startWorld();
  server = world.project.server;
  ada = await Visitor.of(world, 'openid profile email fhirUser offline_access');
  world.app.clock.advance(60_000);
});
afterAll(() => world.close());

/** What comes back at once, without a page. */
async function silently(parameters: Record<string, string | undefined> = {}) {
  const stop = await ada.ask(parameters);
  expect(stop.answer).toHaveProperty('code');
  return (await ada.redeem(stop)).body;
}
const userinfo = async (token: string) => (await world.agent.userinfo(token)).body;

describe('the checks of the Basic OP plan, in our words', () => {
  it('OIDF-B01 OIDF-B03 OIDF-B38 the whole flow with PKCE and client_secret_basic; the id_token verifies', async () => {
    const visitor = new Visitor(world, await world.addPerson(world.project.id), server);
    const { body } = await visitor.tokens({ nonce: 'n-0S6_WzA2Mj' });
    const keys = createRemoteJWKSet(new URL('.well-known/jwks.json', world.app.baseUrl));
    const { payload, protectedHeader } = await jwtVerify(body.id_token, keys, {
      issuer: world.app.baseUrl,
      audience: server.id,
      algorithms: ['RS256'],
      currentDate: world.app.clock.date(),
    });
    expect(protectedHeader.kid).toBeTruthy();
    expect(payload).toMatchObject({ nonce: 'n-0S6_WzA2Mj', sub: visitor.person.userId });
    expect(payload).not.toHaveProperty('azp');
  });

  it('ASVS-10.1.1 the browser carries a code and no token; a refresh token comes only when it was asked for', async () => {
    const stop = await ada.ask({ scope: 'openid email' });
    expect(Object.keys(stop.answer).sort()).toEqual(['code', 'iss', 'state']);
    expect(stop.url.hash).toBe('');
    expect((await ada.redeem(stop)).body).not.toHaveProperty('refresh_token');
  });

  it('BCP-29 nobody chooses the id of a client, and a client is never mistaken for a person', async () => {
    const chosen = { name: 'Chosen', id: ada.person.userId } as never;
    await expect(world.addClient(world.project.id, chosen)).rejects.toThrow(/id/);
    const { sub } = decodeJwt((await world.agent.clientCredentials(server)).body.access_token);
    expect(sub).toBe(server.id);
    expect(sub).not.toBe(ada.person.userId);
  });

  it('OIDF-B04 no id_token is ever unsigned', async () => {
    expect(decodeProtectedHeader((await silently()).id_token).alg).toBe('RS256');
    const { body } = await world.agent.get('.well-known/openid-configuration');
    expect(body.id_token_signing_alg_values_supported).not.toContain('none');
    const unsigned = { name: 'Unsigned', idTokenSignedResponseAlg: 'none' as never };
    await expect(world.addClient(world.project.id, unsigned)).rejects.toThrow(/RS256 or ES256/);
  });

  it('OIDF-B08 no nonce asked, none given', async () => {
    expect(decodeJwt((await silently()).id_token)).not.toHaveProperty('nonce');
  });

  it.each([
    ['OIDF-B09', 'openid profile', ['name', 'given_name', 'family_name', 'updated_at', 'profile']],
    ['OIDF-B10 W-064', 'openid email', ['email', 'email_verified']],
    ['F51 SMT-17 fhirUser, relative', 'openid fhirUser', ['fhirUser']],
    [
      'OIDF-B13 W-212 every scope together',
      'openid profile email fhirUser',
      ['email', 'email_verified', 'family_name', 'fhirUser', 'given_name', 'name', 'profile', 'updated_at'],
    ],
    ['OIDF-B14 openid stands last', 'email openid', ['email', 'email_verified']],
    ['W-216 nothing but the subject', 'openid', []],
  ])('%s: the scope %s opens its claims, the same in both places', async (_id, scope, claims) => {
    const { id_token: idToken, access_token: token, scope: granted } = await silently({ scope });
    const { sub, ...rest } = await userinfo(token);
    expect(granted).toBe(scope);
    expect(Object.keys(rest).sort()).toEqual([...claims].sort());
    expect(decodeJwt(idToken)).toMatchObject({ sub, ...rest });
    if (scope.includes('fhirUser')) expect(rest.fhirUser).toMatch(/^Practitioner\/[\w-]+$/);
  });

  it.each([
    ['OIDF-B15', { display: 'page' }],
    ['OIDF-B16', { display: 'popup' }],
    ['OIDF-B22', { surprise: 'yes', 'weird name': '[]' }],
    ['OIDF-B25', { ui_locales: 'se de-CH en' }],
    ['OIDF-B26', { claims_locales: 'se de' }],
    ['OIDF-B27 acr_values are a wish', { acr_values: 'urn:mace:incommon:iap:gold 1' }],
    ['a malformed ui_locales', { ui_locales: ';;,*' }],
  ])('%s goes on with %j', async (_id, parameters) => {
    expect(decodeJwt((await silently(parameters)).id_token)['acr']).toBe('urn:carekey:loa:1fa');
  });

  it('OIDF-B17 prompt=login asks for the password and renews auth_time', async () => {
    const before = decodeJwt((await silently()).id_token)['auth_time'] as number;
    world.app.clock.advance(60_000);
    const page = await ada.ask({ prompt: 'login' });
    expect(page.url.pathname).toBe('/signin');
    const after = decodeJwt((await ada.redeem(await ada.signIn(page))).body.id_token);
    expect(after['auth_time']).toBeGreaterThanOrEqual(before + 60);
    expect(after.sub).toBe(ada.person.userId);
  });

  it('OIDF-B18 prompt=none of somebody who is not signed in', async () => {
    const stranger = new Visitor(world, ada.person);
    expect((await stranger.ask({ prompt: 'none' })).answer).toMatchObject({
      error: 'login_required',
      state: 'a-state',
    });
  });

  it('OIDF-B19 W-020 prompt=none of somebody who is: the same subject, another code each time', async () => {
    const stops = [await ada.ask({ prompt: 'none' }), await ada.ask({ prompt: 'none' })];
    expect(stops[0]!.answer['code']).not.toBe(stops[1]!.answer['code']);
    expect(decodeJwt((await ada.redeem(stops[1]!)).body.id_token).sub).toBe(ada.person.userId);
  });

  it('OIDF-B20 max_age=1 signs in again; OIDF-B21 max_age=10000 does not; both give auth_time', async () => {
    world.app.clock.advance(60_000);
    const fresh = decodeJwt((await silently({ max_age: '10000' })).id_token)['auth_time'] as number;
    const page = await ada.ask({ max_age: '1' });
    expect(page.url.pathname).toBe('/signin');
    const renewed = decodeJwt((await ada.redeem(await ada.signIn(page))).body.id_token);
    expect(renewed['auth_time']).toBeGreaterThan(fresh);
  });

  it('OIDF-B23 prompt=none with a hint of the same person', async () => {
    const { id_token: hint } = await silently();
    const stop = await ada.ask({ prompt: 'none', id_token_hint: hint });
    expect(decodeJwt((await ada.redeem(stop)).body.id_token).sub).toBe(ada.person.userId);
  });

  it('OIDF-B32 client_secret_post, and a wrong secret that is not good enough there', async () => {
    const visitor = new Visitor(world, await world.addPerson(world.project.id), server);
    const stop = await visitor.send(await visitor.signIn(await visitor.ask()), { decision: 'allow' });
    const { id, redirectUri } = server;
    const redeem = (client_secret: string) =>
      world.agent.redeem({ id, redirectUri }, stop.answer['code']!, visitor.verifier, { client_secret });
    expect((await redeem('0'.repeat(64))).body.error).toBe('invalid_client');
    expect((await redeem(server.secret!)).status).toBe(200);
  });

  it.each([
    ['OIDF-B33', { request_uri: 'https://app.example/r.jwt' }, 'request_uri_not_supported'],
    ['OIDF-B34', { request: 'e30.e30.' }, 'request_not_supported'],
    ['self-registration', { registration: '{}' }, 'registration_not_supported'],
    ['an essential acr that cannot be', essentialAcr(['urn:x:gold']), 'unmet_authentication_requirements'],
    ['claims that are no JSON', { claims: '{' }, 'invalid_request'],
    ['claims that are a list', { claims: '[1]' }, 'invalid_request'],
    ['claims with a wish that is a number', { claims: '{"userinfo":{"email":1}}' }, 'invalid_request'],
    ['a resource elsewhere', { resource: 'https://elsewhere.example/' }, 'invalid_target'],
    ['F31 an aud elsewhere', { aud: 'https://elsewhere.example/fhir/R4' }, 'invalid_request'],
    ['an aud that is no address', { aud: 'fhir' }, 'invalid_request'],
  ])('%s is told to the app: %j', async (_id, parameters, error) => {
    const { answer } = await new Visitor(world, ada.person).ask(parameters);
    expect(answer).toMatchObject({ error, state: 'a-state', iss: world.app.baseUrl });
  });

  it('OIDF-B36 a redirect address inside a request object does not count', async () => {
    const request = `e30.${Buffer.from(JSON.stringify({ redirect_uri: server.redirectUri })).toString('base64url')}.`;
    const url = world.agent.authorizeUrl(server, { redirect_uri: undefined, request });
    const response = await ada.browser.get(url);
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
  });

  it('F31 aud and resource that name this server', async () => {
    const here = `${world.app.baseUrl}fhir/R4`;
    await silently({ aud: here, resource: here });
    const { body } = await world.agent.clientCredentials(server, { resource: here });
    expect(decodeJwt(body.access_token).aud).toBe(world.app.baseUrl);
    const elsewhere = await world.agent.clientCredentials(server, { resource: 'https://elsewhere.example/' });
    expect([elsewhere.status, elsewhere.body.error]).toEqual([400, 'invalid_target']);
  });

  it('W-029 each registered address is good; W-217 a live token is active, W-218 a revoked token is exactly not active', async () => {
    const redirectUris = ['https://one.example/cb', 'https://two.example/cb'];
    const client = await world.addClient(world.project.id, {
      name: 'Two addresses',
      redirectUris,
      firstParty: true,
      grantTypes: ['authorization_code'],
      authenticatedGrants: [],
    });
    for (const redirectUri of redirectUris) {
      const stop = await ada.ask({}, { ...client, redirectUri });
      expect(stop.url.origin).toBe(new URL(redirectUri).origin);
      const { body } = await ada.redeem(stop, { ...client, redirectUri });
      expect((await world.agent.introspect(server, body.access_token)).body).toMatchObject({
        active: true,
        iss: world.app.baseUrl,
        sub: ada.person.userId,
      });
      await world.agent.revoke(client, body.access_token);
      expect((await world.agent.introspect(server, body.access_token)).body).toEqual({ active: false });
    }
  });

  it('F32 F35 F55 what the SDK does not know about does not hurt: iss, sid, at_hash, sub, extra members', async () => {
    const stop = await ada.ask({ scope: 'openid offline_access' });
    expect(stop.answer['iss']).toBe(world.app.baseUrl);
    const { body } = await ada.redeem(stop);
    expect(body).toMatchObject({ project: { reference: expect.any(String) }, profile: expect.any(Object) });
    const claims = decodeJwt(body.id_token);
    expect(claims).toMatchObject({ sid: expect.any(String), at_hash: expect.any(String) });
    expect(claims).not.toHaveProperty('cid');
    expect((await userinfo(body.access_token)).sub).toBe(claims.sub);
  });

  it('a long state and a long nonce are kept; longer ones get a page that says so', async () => {
    const state = 's'.repeat(4000);
    const stop = await ada.ask({ state, nonce: 'n'.repeat(1000) });
    expect(stop.answer['state']).toBe(state);
    expect(decodeJwt((await ada.redeem(stop)).body.id_token)['nonce']).toBe('n'.repeat(1000));
    const response = await ada.browser.get(world.agent.authorizeUrl(server, { state: 's'.repeat(8193) }));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('state is too long');
    const body = new URLSearchParams({ state: 's'.repeat(8000), nonce: 'n'.repeat(8000) });
    const posted = await ada.browser.send('/oauth2/authorize', { method: 'POST', body });
    expect([posted.status, posted.headers.get('location')]).toEqual([400, null]);
    expect(await posted.text()).toContain('more than fits');
  });
});

describe('the claims parameter (OIDC Core section 5.5)', () => {
  const ask = (wanted: object, parameters = {}) => ada.ask({ claims: JSON.stringify(wanted), ...parameters });

  it('OIDF-B35 OIDF-C05 an essential claim comes where it was asked for, and only there', async () => {
    const wanted = { userinfo: { name: { essential: true } }, id_token: { email: null, unknown: null } };
    const { body } = await ada.redeem(await ask(wanted));
    expect(body.scope).toBe('openid');
    expect(await userinfo(body.access_token)).toEqual({
      sub: ada.person.userId,
      name: expect.stringContaining('Ada'),
    });
    const claims = decodeJwt(body.id_token);
    expect(claims['email']).toBe(ada.person.email);
    for (const name of ['name', 'unknown']) expect(claims).not.toHaveProperty(name);
  });

  it('stays what it was across refresh', async () => {
    const stop = await ask({ id_token: { email: null } }, { scope: 'openid offline_access' });
    const first = (await ada.redeem(stop)).body;
    const { body } = await world.agent.refresh(world.project.app, first.refresh_token);
    expect(decodeJwt(body.id_token)['email']).toBe(ada.person.email);
    expect(await userinfo(body.access_token)).not.toHaveProperty('email');
  });

  it('asks the person what the scope would ask, and gives nothing that was not allowed', async () => {
    const grace = await Visitor.of(world);
    world.app.clock.advance(60_000);
    const claims = JSON.stringify({ userinfo: { email: { essential: true }, name: null } });
    expect((await grace.ask({ prompt: 'none', claims })).answer['error']).toBe('consent_required');
    const page = await grace.ask({ claims });
    expect(page.url.pathname).toBe('/consent');
    const html = await (await grace.browser.get(page.url.href)).text();
    expect(html).toContain('See your e-mail address');
    const untick = Object.fromEntries(
      [...html.matchAll(/name="(scope_\d+)" value="(\w+)"/g)].map(([, name, scope]) => [
        name!,
        scope === 'email' ? '' : scope!,
      ]),
    );
    const { body } = await grace.redeem(await grace.send(page, { ...untick, decision: 'allow' }));
    expect(Object.keys(await userinfo(body.access_token)).sort()).toEqual(['name', 'sub']);
  });

  it('an essential acr that the sign-in has', async () => {
    const stop = await ada.ask(essentialAcr(['urn:x:gold', 'urn:carekey:loa:1fa']));
    expect(decodeJwt((await ada.redeem(stop)).body.id_token)['acr']).toBe('urn:carekey:loa:1fa');
  });

  it.each(['null', '{}', '{"userinfo":null}', '{"other":{"x":1},"id_token":{}}'])(
    'a request that asks for nothing: %s',
    async (claims) => {
      const { answer } = await ada.ask({ claims });
      expect(answer).toHaveProperty(claims === 'null' ? 'error' : 'code');
    },
  );
});

describe('offline access', () => {
  it.each([
    ['offline_access', 'openid offline_access'],
    ['F47 W-072 W-078 offline, kept as asked', 'openid offline'],
  ])('%s brings a refresh token that works', async (_name, scope) => {
    const { body } = await ada.tokens({ scope });
    expect(body).toMatchObject({ scope, refresh_token: expect.any(String) });
    const again = await world.agent.refresh(world.project.app, body.refresh_token);
    expect(again.body).toMatchObject({ scope, refresh_token: expect.any(String) });
  });

  it('F47 neither name is answered to a client that may not refresh', async () => {
    const client = await world.addClient(world.project.id, {
      name: 'No refresh',
      redirectUris: ['https://short.example/cb'],
      grantTypes: ['authorization_code'],
      authenticatedGrants: [],
    });
    const visitor = new Visitor(world, await world.addPerson(world.project.id), client);
    const { body } = await visitor.tokens({ scope: 'openid offline offline_access' });
    expect(body.scope).toBe('openid');
    expect(body).not.toHaveProperty('refresh_token');
  });

  it('the default scopes of a client are asked for when it names none', async () => {
    const client = await world.addClient(world.project.id, {
      name: 'Has defaults',
      redirectUris: ['https://default.example/cb'],
      defaultScope: ['openid', 'email'],
      grantTypes: ['authorization_code'],
      authenticatedGrants: [],
    });
    const visitor = new Visitor(world, await world.addPerson(world.project.id), client);
    expect((await visitor.tokens({ scope: undefined })).body.scope).toBe('openid email');
  });

  it.each(['system/*.*', 'launch', 'launch/encounter', 'fhircast/x', 'patient/*.sr'])(
    'W-055 the scope %s is refused: it would not work for a person',
    async (scope) => {
      const { answer } = await new Visitor(world, ada.person).ask({ scope: `openid ${scope}` });
      expect(answer['error']).toBe('invalid_scope');
    },
  );
});

describe('token requests of the code flow', () => {
  it('W-057 without a code; W-074 with the client_id of the login', async () => {
    const missing = await world.agent.token({
      grant_type: 'authorization_code',
      client_id: world.project.app.id,
    });
    expect(missing.body).toMatchObject({ error: 'invalid_request', error_description: 'Missing code' });
    await silently();
  });

  it('W-068 W-069 a client that is excused from PKCE redeems with its secret, the retiring one too', async () => {
    const client = await world.addClient(world.project.id, {
      name: 'Old server',
      redirectUris: ['https://old.example/cb'],
      pkceOptional: true,
      grantTypes: ['authorization_code'],
      authenticatedGrants: ['authorization_code'],
    });
    const { secret: rotated } = await world.app
      .get(Db)
      .tx((tx) =>
        world.app.get(ClientSecretsService).rotate(tx, systemActor('test'), world.project.id, client.id),
      );
    const secrets = [client.secret!, rotated];
    for (const secret of secrets) {
      const visitor = new Visitor(world, await world.addPerson(world.project.id), client);
      const back = await world.agent.signIn(client, visitor.person, { scope: 'openid' });
      const { status } = await world.agent.token(
        {
          grant_type: 'authorization_code',
          code: back.searchParams.get('code')!,
          redirect_uri: client.redirectUri,
        },
        { basic: { ...client, secret } },
      );
      expect(status).toBe(200);
    }
  });
});

function essentialAcr(values: readonly string[]): Record<string, string> {
  return { claims: JSON.stringify({ id_token: { acr: { essential: true, values } } }) };
}
