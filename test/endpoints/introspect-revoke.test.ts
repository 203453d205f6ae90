import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const login = async () => (await world.agent.codeFlow(world.project.app, world.project.person)).body;

describe('introspection (RFC 7662)', () => {
  it('IN-01 IN-04 W-217 tells an authenticated client of the project about an access token', async () => {
    const tokens = await login();
    const { status, body, headers } = await world.agent.introspect(world.project.server, tokens.access_token);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({
      active: true,
      scope: tokens.scope,
      client_id: world.project.app.id,
      sub: world.project.person.userId,
      iss: world.app.baseUrl,
      aud: world.app.baseUrl,
      token_type: 'Bearer',
      project: world.project.id,
      exp: expect.any(Number),
      iat: expect.any(Number),
      nbf: expect.any(Number),
      jti: expect.any(String),
    });
  });

  it('IN-05 finds a refresh token whatever the hint says', async () => {
    const tokens = await login();
    for (const hint of ['access_token', 'refresh_token', 'nonsense']) {
      const form = { token: tokens.refresh_token, token_type_hint: hint };
      const { body } = await world.agent.post('oauth2/introspect', form, { basic: world.project.server });
      expect(body).toMatchObject({ active: true, client_id: world.project.app.id, scope: tokens.scope });
    }
  });

  it('IN-02 IN-03 F16 F106 answers exactly active false for anything else, other projects included', async () => {
    const tokens = await login();
    const { server } = world.other;
    for (const token of [
      tokens.access_token,
      tokens.refresh_token,
      tokens.id_token,
      'rubbish',
      'a.b.c',
      '...',
      'x'.repeat(5000),
    ]) {
      const { status, body } = await world.agent.introspect(server, token);
      expect([status, body]).toEqual([200, { active: false }]);
    }
    expect((await world.agent.introspect(world.project.server, tokens.id_token)).body).toEqual({
      active: false,
    });
  });

  it('IN-06 reflects a revocation and an expiry at once', async () => {
    const tokens = await login();
    await world.agent.revoke(world.project.app, tokens.access_token);
    expect((await world.agent.introspect(world.project.server, tokens.access_token)).body).toEqual({
      active: false,
    });
    const later = await login();
    world.app.clock.advance(3_600_000);
    expect((await world.agent.introspect(world.project.server, later.access_token)).body).toEqual({
      active: false,
    });
  });

  it.each([
    ['nobody', () => ({})],
    ['a public client', () => ({ client_id: world.project.app.id })],
    ['a wrong secret', () => ({ client_id: world.project.server.id, client_secret: 'wrong' })],
  ] as const)('IN-01 refuses %s', async (_name, credentials) => {
    const { status, body } = await world.agent.post('oauth2/introspect', { token: 'x', ...credentials() });
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  it('W-219 a missing token is invalid_request', async () => {
    const { status, body } = await world.agent.post('oauth2/introspect', {}, { basic: world.project.server });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });
});

describe('revocation (RFC 7009)', () => {
  it('RV-01 answers 200 for tokens that nobody knows', async () => {
    for (const token of ['rubbish', 'a.b.c', 'x'.repeat(3000)]) {
      expect((await world.agent.revoke(world.project.app, token)).status).toBe(200);
    }
  });

  it('RV-03 revoking the refresh token ends its access tokens', async () => {
    const tokens = await login();
    expect((await world.agent.revoke(world.project.app, tokens.refresh_token)).status).toBe(200);
    expect((await world.agent.userinfo(tokens.access_token)).status).toBe(401);
    expect((await world.agent.refresh(world.project.app, tokens.refresh_token)).body.error).toBe(
      'invalid_grant',
    );
    expect((await world.agent.revoke(world.project.app, tokens.refresh_token)).status).toBe(200);
  });

  it('RV-03 a refresh token that was replaced ends the login too: who lost the answer has no other', async () => {
    const tokens = await login();
    const newer = await world.agent.refresh(world.project.app, tokens.refresh_token);
    expect(newer.status).toBe(200);
    expect((await world.agent.revoke(world.project.app, tokens.refresh_token)).status).toBe(200);
    expect((await world.agent.userinfo(newer.body.access_token)).status).toBe(401);
    const last = await world.agent.refresh(world.project.app, newer.body.refresh_token);
    expect(last.body.error).toBe('invalid_grant');
  });

  it('RV-03 W-218 revoking the access token ends the login', async () => {
    const tokens = await login();
    await world.agent.revoke(world.project.app, tokens.access_token);
    expect((await world.agent.refresh(world.project.app, tokens.refresh_token)).body.error).toBe(
      'invalid_grant',
    );
  });

  it('RV-02 a client cannot revoke the token of another', async () => {
    const tokens = await login();
    for (const thief of [world.project.server, world.other.app, world.other.server]) {
      const { status, body } = await world.agent.revoke(thief, tokens.refresh_token);
      expect([status, body.error]).toEqual([400, 'unauthorized_client']);
    }
    expect((await world.agent.userinfo(tokens.access_token)).status).toBe(200);
  });

  it.each([
    ['no client', () => ({ token: 'x' }), 401, 'invalid_client'],
    ['no token', () => ({ client_id: world.project.app.id }), 400, 'invalid_request'],
    [
      'ASVS-10.4.10 a client by its name alone that must always authenticate',
      () => ({ token: 'x', client_id: world.project.server.id }),
      401,
      'invalid_client',
    ],
    [
      'a wrong secret',
      () => ({ token: 'x', client_id: world.project.server.id, client_secret: 'w' }),
      401,
      'invalid_client',
    ],
  ] as const)('refuses %s', async (_name, form, status, error) => {
    const answer = await world.agent.post('oauth2/revoke', form());
    expect([answer.status, answer.body.error]).toEqual([status, error]);
  });
});
