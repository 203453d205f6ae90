import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { ClientSecretsService } from '../../src/clients/client-secrets.service.js';
import { ClientsService } from '../../src/clients/clients.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { startWorld, type World, type WorldClient } from '../helpers/world.js';

const actor = systemActor('test');
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const inBody = ({ id, secret }: WorldClient) =>
  world.agent.token({ grant_type: 'client_credentials', client_id: id, client_secret: secret });

const newServer = () =>
  world.addClient(world.project.id, {
    name: 'Another server',
    redirectUris: ['https://server.example/callback'],
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    authenticatedGrants: ['authorization_code', 'refresh_token', 'client_credentials'],
  });

describe('the token endpoint', () => {
  it('W-037 without grant_type says what is missing', async () => {
    const { status, body } = await world.agent.token({ client_id: world.project.app.id });
    expect([status, body]).toEqual([
      400,
      { error: 'invalid_request', error_description: 'Missing grant_type' },
    ]);
  });

  it('W-039 W-051 an active client with id and secret in the body gets a token', async () => {
    const { status, body } = await inBody(world.project.server);
    expect([status, body.token_type]).toEqual([200, 'Bearer']);
    expect(body.access_token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it('W-051 a client that was switched off and on again works', async () => {
    const server = await newServer();
    const change = (to: 'activate' | 'deactivate') =>
      world.app.get(Db).tx((tx) => world.app.get(ClientsService)[to](tx, actor, world.project.id, server.id));
    await change('deactivate');
    expect((await inBody(server)).body.error).toBe('invalid_client');
    await change('activate');
    expect((await inBody(server)).status).toBe(200);
  });

  it('W-044 takes the retiring secret, for tokens, refreshes and introspection', async () => {
    const server = await newServer();
    const tokens = (await world.agent.codeFlow(server, world.project.person)).body;
    const { secret } = await world.app
      .get(Db)
      .tx((tx) => world.app.get(ClientSecretsService).rotate(tx, actor, world.project.id, server.id));
    for (const one of [server, { ...server, secret }]) {
      expect((await inBody(one)).status).toBe(200);
      expect((await world.agent.introspect(one, tokens.access_token)).body.active).toBe(true);
    }
    expect((await world.agent.refresh(server, tokens.refresh_token)).status).toBe(200);
  });

  it('W-096 a refresh token of a revoked login is invalid_grant', async () => {
    const tokens = (await world.agent.codeFlow(world.project.app, world.project.person)).body;
    await world.agent.revoke(world.project.app, tokens.access_token);
    const { status, body } = await world.agent.refresh(world.project.app, tokens.refresh_token);
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  });

  it('W-097 a refresh with the right Basic header is served', async () => {
    const { server, person } = world.project;
    const tokens = (await world.agent.codeFlow(server, person)).body;
    expect((await world.agent.refresh(server, tokens.refresh_token)).status).toBe(200);
  });

  it('W-107 a refresh that fails for another reason leaves the login alone', async () => {
    const { app, person } = world.project;
    const tokens = (await world.agent.codeFlow(app, person)).body;
    for (const [form, error] of [
      [{ scope: 'openid email everything' }, 'invalid_scope'],
      [{ client_id: world.other.app.id }, 'invalid_grant'],
      [{ client_secret: 'wrong' }, 'invalid_client'],
    ] as const) {
      expect((await world.agent.refresh(app, tokens.refresh_token, form)).body.error).toBe(error);
    }
    expect((await world.agent.userinfo(tokens.access_token)).status).toBe(200);
    expect((await world.agent.refresh(app, tokens.refresh_token)).status).toBe(200);
  });
});

describe('tokens', () => {
  const login = async (scope: string) =>
    (await world.agent.codeFlow(world.project.app, world.project.person, { scope })).body;

  it('W-179 W-180 one without a key id, or with one that nobody knows, is refused', async () => {
    const { access_token: token } = await login('openid');
    const [, payload, signature] = token.split('.');
    const { kid: _, ...header } = decodeProtectedHeader(token);
    for (const changed of [
      header,
      { ...header, kid: 'unknown' },
      { ...header, kid: '' },
      { ...header, kid: 7 },
    ]) {
      const first = Buffer.from(JSON.stringify(changed)).toString('base64url');
      expect((await world.agent.userinfo([first, payload, signature].join('.'))).status).toBe(401);
    }
    expect((await world.agent.userinfo(token)).status).toBe(200);
  });

  it('W-182 W-183 each has an id of its own, and an access token starts when it is made', async () => {
    const tokens = await login('openid offline_access');
    const access = decodeJwt(tokens.access_token);
    const id = decodeJwt(tokens.id_token);
    expect(access.jti).toEqual(expect.any(String));
    expect(id.jti).toEqual(expect.any(String));
    expect(access.jti).not.toBe(id.jti);
    expect(access.nbf).toBe(access.iat);
    const again = (await world.agent.refresh(world.project.app, tokens.refresh_token)).body;
    expect(decodeJwt(again.access_token).jti).not.toBe(access.jti);
  });

  it('W-186 W-188 the id_token has the address with the scope email, and nothing has it without', async () => {
    const { email } = world.project.person;
    const withIt = await login('openid email');
    expect(decodeJwt(withIt.id_token)).toMatchObject({ email, email_verified: false });
    const without = await login('openid profile');
    for (const token of [without.id_token, without.access_token, withIt.access_token])
      expect(decodeJwt(token)).not.toHaveProperty('email');
  });

  it('F45 id_tokens are RS256 unless the client asks for ES256, access tokens ES256; the JWK Set has both keys', async () => {
    const { keys } = (await world.agent.get('.well-known/jwks.json')).body;
    const options = { redirectUris: ['https://alg.example/cb'], authenticatedGrants: [] };
    for (const idTokenSignedResponseAlg of [undefined, 'RS256', 'ES256'] as const) {
      const client = await world.addClient(world.project.id, {
        name: 'Signed',
        grantTypes: ['authorization_code'],
        ...options,
        ...(idTokenSignedResponseAlg && { idTokenSignedResponseAlg }),
      });
      const { body } = await world.agent.codeFlow(client, world.project.person, { scope: 'openid' });
      const access = decodeProtectedHeader(body.access_token);
      const id = decodeProtectedHeader(body.id_token);
      expect(access).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
      expect(id).toEqual({ alg: idTokenSignedResponseAlg ?? 'RS256', typ: 'JWT', kid: expect.any(String) });
      for (const { kid, alg } of [access, id]) {
        expect(keys).toContainEqual(expect.objectContaining({ kid, alg, use: 'sig' }));
      }
    }
  });

  it('W-189 a client never gets an address', async () => {
    const { body } = await world.agent.clientCredentials(world.project.server);
    expect(decodeJwt(body.access_token)).not.toHaveProperty('email');
  });
});
