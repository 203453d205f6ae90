import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { UsersService } from '../../src/identities/users.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { BrowserAgent } from '../helpers/browser-agent.js';
import { newPkce } from '../helpers/oauth-agent.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** Signs the project's person in to its public app; the code and what it takes to redeem it. */
async function newCode(parameters: Record<string, string | undefined> = {}) {
  const { app, person } = world.project;
  const { verifier, challenge } = newPkce();
  const back = await world.agent.signIn(app, person, {
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...parameters,
  });
  return { code: back.searchParams.get('code')!, verifier, back };
}

describe('authorization_code', () => {
  it('the profile is called as the profile is, not as the account: in the answer to a code and to a refresh', async () => {
    const person = await world.addPerson(world.project.id);
    const { users, db } = { users: world.app.get(UsersService), db: world.app.get(Db) };
    const { id } = world.project;
    await db.tx((tx) => users.edit(tx, systemActor('test'), id, person.userId, 1, { givenName: 'Grace' }));
    const { body } = await world.agent.codeFlow(world.project.app, person);
    expect(body.profile.display).toMatch(/^Ada Quill\d+$/);
    const again = await world.agent.refresh(world.project.app, body.refresh_token);
    expect(again.body.profile).toEqual(body.profile);
    expect((await world.agent.userinfo(body.access_token)).body.given_name).toBe('Grace');
  });

  it('F46 F47 AT-01 AT-02 answers access token, id_token, refresh token, scope, project and profile', async () => {
    const { code, verifier } = await newCode({ nonce: 'n-1' });
    const { status, body, headers } = await world.agent.redeem(world.project.app, code, verifier);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'openid profile email offline_access',
      refresh_token: expect.any(String),
      project: { reference: `Project/${world.project.id}`, display: 'North clinic' },
      profile: { reference: expect.stringMatching(/^Practitioner\//), display: expect.any(String) },
    });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('pragma')).toBe('no-cache');
    expect(decodeProtectedHeader(body.access_token)).toMatchObject({
      alg: 'ES256',
      typ: 'at+jwt',
      kid: expect.any(String),
    });
    const claims = decodeJwt(body.access_token);
    expect(claims).toMatchObject({
      iss: world.app.baseUrl,
      aud: world.app.baseUrl,
      sub: world.project.person.userId,
      client_id: world.project.app.id,
      project: world.project.id,
      login_id: expect.any(String),
      jti: expect.any(String),
      scope: body.scope,
      acr: 'urn:carekey:loa:1fa',
      amr: ['pwd'],
    });
    expect(claims.exp! - claims.iat!).toBe(3600);
    expect(decodeProtectedHeader(body.id_token).alg).toBe('RS256');
    expect(decodeJwt(body.id_token)).toMatchObject({
      iss: world.app.baseUrl,
      aud: world.project.app.id,
      sub: world.project.person.userId,
      nonce: 'n-1',
      auth_time: expect.any(Number),
      at_hash: expect.any(String),
      amr: ['pwd'],
      acr: 'urn:carekey:loa:1fa',
      sid: claims['login_id'],
      email: world.project.person.email,
    });
  });

  it('F46 gives no id_token without openid, no nonce when none was sent, F47 drops offline_access without a refresh token', async () => {
    const plain = await newCode({ scope: 'profile' });
    const first = await world.agent.redeem(world.project.app, plain.code, plain.verifier);
    expect(first.body).not.toHaveProperty('id_token');
    expect(first.body).not.toHaveProperty('refresh_token');
    const openid = await newCode({ scope: 'openid' });
    const second = await world.agent.redeem(world.project.app, openid.code, openid.verifier);
    expect(decodeJwt(second.body.id_token)).not.toHaveProperty('nonce');
    expect(decodeJwt(second.body.id_token)).not.toHaveProperty('email');
    expect(second.body.scope).toBe('openid');
  });

  it('F8 reads an absent client_id from a PKCE-bound code of a public client', async () => {
    const { code, verifier } = await newCode();
    const { status, body } = await world.agent.redeem(world.project.app, code, verifier, { client_id: '' });
    expect([status, body.error]).toEqual([200, undefined]);
  });

  it('F2 accepts the origin of the redirect address followed by a slash from a public client', async () => {
    const { code, verifier } = await newCode();
    const form = { redirect_uri: 'https://app.example/' };
    expect((await world.agent.redeem(world.project.app, code, verifier, form)).status).toBe(200);
  });

  const refusals: [
    string,
    (made: { code: string; verifier: string }) => Record<string, string | undefined>,
    string,
  ][] = [
    ['no code', () => ({ code: undefined }), 'invalid_request'],
    ['an unknown code', () => ({ code: 'a'.repeat(43) }), 'invalid_grant'],
    ['V31 V32 BCP-03 no verifier', () => ({ code_verifier: undefined }), 'invalid_grant'],
    ['V31 an empty verifier', () => ({ code_verifier: '' }), 'invalid_grant'],
    ['V46 a wrong verifier', () => ({ code_verifier: newPkce().verifier }), 'invalid_grant'],
    [
      'a verifier that is too short',
      ({ verifier }) => ({ code_verifier: verifier.slice(0, 42) }),
      'invalid_grant',
    ],
    ['V46 no redirect address', () => ({ redirect_uri: undefined }), 'invalid_grant'],
    ['V46 another redirect address', () => ({ redirect_uri: 'https://app.example/other' }), 'invalid_grant'],
    ['another origin', () => ({ redirect_uri: 'https://evil.example/' }), 'invalid_grant'],
  ];
  it.each(refusals)('V31 V46 refuses %s, and the code stays good', async (_name, change, error) => {
    const made = await newCode();
    const refused = await world.agent.redeem(world.project.app, made.code, made.verifier, change(made));
    expect([refused.status, refused.body.error]).toEqual([400, error]);
    expect(refused.body.error_description).toMatch(/\w/);
    expect((await world.agent.redeem(world.project.app, made.code, made.verifier)).status).toBe(200);
  });

  it('V46 FAPI-30 refuses the code of another client, also of another project', async () => {
    for (const thief of [world.project.server, world.other.app]) {
      const { code, verifier } = await newCode();
      const form = { redirect_uri: world.project.app.redirectUri };
      const refused = await world.agent.redeem(thief, code, verifier, form);
      expect(refused.body.error).toBe('invalid_grant');
      expect((await world.agent.redeem(world.project.app, code, verifier)).status).toBe(200);
    }
  });

  it('BCP-07 ASVS-10.4.2 OIDF-B28 OIDF-B29 F42 a second use is refused and ends everything that came from the first', async () => {
    const { code, verifier } = await newCode();
    const { app, server } = world.project;
    const first = await world.agent.redeem(app, code, verifier);
    expect((await world.agent.userinfo(first.body.access_token)).status).toBe(200);
    const second = await world.agent.redeem(app, code, verifier);
    expect([second.status, second.body.error]).toEqual([400, 'invalid_grant']);
    expect((await world.agent.userinfo(first.body.access_token)).status).toBe(401);
    expect((await world.agent.refresh(app, first.body.refresh_token)).body.error).toBe('invalid_grant');
    expect((await world.agent.introspect(server, first.body.access_token)).body).toEqual({ active: false });
  });

  it('a replay that does not fit (no verifier) ends nothing', async () => {
    const { code, verifier } = await newCode();
    const first = await world.agent.redeem(world.project.app, code, verifier);
    await world.agent.redeem(world.project.app, code, newPkce().verifier);
    expect((await world.agent.userinfo(first.body.access_token)).status).toBe(200);
  });

  it('BCP-08 ASVS-10.4.3 F17 SMT-03 a code dies after 60 seconds', async () => {
    const late = await newCode();
    world.app.clock.advance(60_001);
    expect((await world.agent.redeem(world.project.app, late.code, late.verifier)).body.error).toBe(
      'invalid_grant',
    );
    const inTime = await newCode();
    world.app.clock.advance(59_000);
    expect((await world.agent.redeem(world.project.app, inTime.code, inTime.verifier)).status).toBe(200);
  });

  it('of twenty parallel redemptions of one code exactly one succeeds', async () => {
    const { code, verifier } = await newCode();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => world.agent.redeem(world.project.app, code, verifier)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.error === 'invalid_grant')).toHaveLength(19);
  });

  it('BCP-19 ASVS-10.4.10 a client that must authenticate is refused without, and served with its secret', async () => {
    const { server, person } = world.project;
    const { verifier, challenge } = newPkce();
    const back = await world.agent.signIn(server, person, {
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const code = back.searchParams.get('code')!;
    const { secret: _secret, ...nameless } = server;
    const refused = await world.agent.redeem(nameless, code, verifier);
    expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client']);
    expect(refused.headers.get('www-authenticate')).toBeNull();
    expect((await world.agent.redeem(server, code, verifier)).status).toBe(200);
  });

  it('BCP-04 a verifier without a stored challenge is refused', async () => {
    const client = await world.addClient(world.project.id, {
      name: 'Old portal',
      redirectUris: ['https://old.example/cb'],
      grantTypes: ['authorization_code'],
      authenticatedGrants: ['authorization_code'],
      pkceOptional: true,
    });
    const bare = await world.agent.signIn(client, world.project.person, { scope: 'openid' });
    const refused = await world.agent.redeem(client, bare.searchParams.get('code')!, newPkce().verifier);
    expect(refused.body.error).toBe('invalid_grant');
    const { status } = await world.agent.redeem(client, bare.searchParams.get('code')!, '', {
      code_verifier: undefined,
    });
    expect(status).toBe(200);
  });

  it('the session lets the same browser through without a second password, and consent is remembered', async () => {
    const browser = new BrowserAgent(world.app.baseUrl);
    const { app, person } = world.project;
    await world.agent.codeFlow(app, person, {}, browser);
    const { challenge } = newPkce();
    const again = await browser.get(
      world.agent.authorizeUrl(app, { code_challenge: challenge, code_challenge_method: 'S256' }),
    );
    expect(again.status).toBe(303);
    expect(again.headers.get('location')).toMatch(/^https:\/\/app\.example\/callback\?code=/);
  });
});
