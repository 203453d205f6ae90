import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const login = async (scope: string) =>
  (await world.agent.codeFlow(world.project.app, world.project.person, { scope })).body;

describe('userinfo (OIDC Core section 5.3)', () => {
  it('OIDF-B05 OIDF-B06 OIDF-B07 F44 answers by GET, by POST with header and by POST with form; sub as in the id_token', async () => {
    const { access_token: token, id_token: idToken } = await login('openid');
    const authorization = `Bearer ${token}`;
    const answers = [
      await world.agent.userinfo(token),
      await world.agent.request('oauth2/userinfo', { method: 'POST', headers: { authorization } }),
      await world.agent.post('oauth2/userinfo', { access_token: token }),
    ];
    for (const { status, body } of answers) {
      expect([status, body]).toEqual([200, { sub: decodeJwt(idToken).sub }]);
    }
  });

  it('opens claims by scope', async () => {
    const { person } = world.project;
    const all = await world.agent.userinfo((await login('openid profile email')).access_token);
    expect(all.body).toMatchObject({
      sub: person.userId,
      email: person.email,
      email_verified: false,
      given_name: 'Ada',
      name: expect.stringContaining('Ada'),
      profile: expect.stringMatching(/^Practitioner\//),
      updated_at: expect.any(Number),
    });
    const email = await world.agent.userinfo((await login('openid email')).access_token);
    expect(Object.keys(email.body).sort()).toEqual(['email', 'email_verified', 'sub']);
  });

  it('F44 refuses a token without openid, and a client of its own, with 403', async () => {
    const plain = await world.agent.userinfo((await login('profile')).access_token);
    expect([plain.status, plain.body.error]).toEqual([403, 'insufficient_scope']);
    const { body } = await world.agent.clientCredentials(world.project.server);
    expect((await world.agent.userinfo(body.access_token)).status).toBe(403);
  });

  it('BCP-11 takes no token from the query', async () => {
    const { access_token: token } = await login('openid');
    expect((await world.agent.get(`oauth2/userinfo?access_token=${token}`)).status).toBe(401);
  });

  it('AT-07 F80 F33 refuses id_tokens, altered, expired and foreign tokens with 401 and a challenge', async () => {
    const tokens = await login('openid');
    const [header, payload, signature] = tokens.access_token.split('.');
    const widened = Buffer.from(
      JSON.stringify({ ...decodeJwt(tokens.access_token), scope: 'openid email' }),
    ).toString('base64url');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    const hs256 = Buffer.from('{"alg":"HS256","typ":"at+jwt","kid":"x"}').toString('base64url');
    await world.agent.userinfo(tokens.access_token);
    const bad = [
      tokens.id_token,
      `${header}.${widened}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      `${none}.${payload}.`,
      `${hs256}.${payload}.${signature}`,
      'rubbish',
    ];
    for (const token of bad) {
      const answer = await world.agent.userinfo(token);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/);
    }
    const nothing = await world.agent.get('oauth2/userinfo');
    expect([nothing.status, nothing.headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer resource_metadata="${world.app.baseUrl}.well-known/oauth-protected-resource", realm="carekey"`,
    ]);
    world.app.clock.advance(3_600_000);
    expect((await world.agent.userinfo(tokens.access_token)).status).toBe(401);
  });
});
