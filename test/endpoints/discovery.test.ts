import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { KeyRotationService } from '../../src/keys/key-rotation.service.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const jwks = async () =>
  (await world.agent.get('.well-known/jwks.json')).body.keys as Record<string, string>[];

describe('metadata', () => {
  it('MD-01 MD-02 MD-03 OIDF-C01 F49 both documents are the same and name the issuer exactly', async () => {
    const oidc = await world.agent.get('.well-known/openid-configuration');
    const oauth = await world.agent.get('.well-known/oauth-authorization-server');
    expect(oidc.body).toEqual(oauth.body);
    expect(oidc.body.issuer).toBe(world.app.baseUrl);
    for (const name of ['authorization', 'token', 'userinfo', 'introspection', 'revocation']) {
      expect(oidc.body[`${name}_endpoint`]).toMatch(new RegExp(`^${world.app.baseUrl}oauth2/`));
    }
  });

  it('MD-04 MD-05 BCP-05 BCP-32 F50 IS-03 lists what works, nothing empty, nothing unbuilt', async () => {
    const { body } = await world.agent.get('.well-known/openid-configuration');
    expect(body).toMatchObject({
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      code_challenge_methods_supported: ['S256'],
      subject_types_supported: ['public'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      authorization_response_iss_parameter_supported: true,
      id_token_signing_alg_values_supported: expect.arrayContaining(['RS256']),
    });
    for (const value of Object.values(body)) expect(value).not.toEqual([]);
    for (const name of [
      'registration_endpoint',
      'pushed_authorization_request_endpoint',
      'device_authorization_endpoint',
    ]) {
      expect(body).not.toHaveProperty(name);
    }
    for (const name of ['jwks_uri', 'userinfo_endpoint']) {
      expect((await fetch(body[name])).status).not.toBe(404);
    }
  });

  it('answers 304 to an ETag that is still right', async () => {
    const first = await world.agent.get('.well-known/openid-configuration');
    const etag = first.headers.get('etag')!;
    expect(
      (await world.agent.get('.well-known/openid-configuration', { 'if-none-match': etag })).status,
    ).toBe(304);
  });
});

describe('keys', () => {
  it('OIDF-C03 OIDF-B03 AT-03 publishes an ES256 and an RS256 key without private parts', async () => {
    const keys = await jwks();
    expect(keys.map((key) => key['alg']).sort()).toEqual(['ES256', 'RS256']);
    for (const key of keys) {
      expect(key).toMatchObject({ kid: expect.any(String), use: 'sig' });
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(key).not.toHaveProperty(secret);
    }
  });

  it('a rotated key is published ahead, then signs, and the old one verifies until its end', async () => {
    const db = world.app.get(Db);
    const keys = world.app.get(KeyRotationService);
    const before = (await jwks()).find((key) => key['alg'] === 'ES256')!['kid'];
    const old = (await world.agent.clientCredentials(world.project.server)).body.access_token;
    const added = await db.tx((tx) => keys.rotate(tx, systemActor('test'), 'ES256'));
    expect((await jwks()).map((key) => key['kid'])).toContain(added.kid);
    const kidOf = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid;
    expect(kidOf((await world.agent.clientCredentials(world.project.server)).body.access_token)).toBe(before);
    world.app.clock.advance(421_000);
    const fresh = (await world.agent.clientCredentials(world.project.server)).body.access_token;
    expect(kidOf(fresh)).toBe(added.kid);
    for (const token of [old, fresh]) {
      expect((await world.agent.introspect(world.project.server, token)).body.active).toBe(true);
    }
    world.app.clock.advance(25 * 3_600_000);
    expect((await jwks()).map((key) => key['kid'])).not.toContain(before);
  });

  it('a key revoked in an emergency takes its tokens along at once, and another one signs', async () => {
    const db = world.app.get(Db);
    const keys = world.app.get(KeyRotationService);
    const token = (await world.agent.clientCredentials(world.project.server)).body.access_token;
    expect((await world.agent.introspect(world.project.server, token)).body.active).toBe(true);
    const { kid } = JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString());
    await db.tx((tx) => keys.revoke(tx, systemActor('test'), kid));
    expect((await world.agent.introspect(world.project.server, token)).body).toEqual({ active: false });
    expect((await jwks()).map((key) => key['kid'])).not.toContain(kid);
    const next = (await world.agent.clientCredentials(world.project.server)).body.access_token;
    expect((await world.agent.introspect(world.project.server, next)).body.active).toBe(true);
  });
});
