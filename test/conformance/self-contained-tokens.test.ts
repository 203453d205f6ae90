import { createHmac, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, exportJWK, type JWTPayload, SignJWT } from 'jose';
import { KeysService } from '../../src/keys/keys.service.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
let tokens: { access_token: string; id_token: string };
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  tokens = (await world.agent.codeFlow(world.project.app, world.project.person)).body;
});

/** What every door that takes a Bearer says to a token: 401, or for introspection `active: false`. */
async function answers(token: string): Promise<unknown[]> {
  const authorization = `Bearer ${token}`;
  const { agent } = world;
  const doors = await Promise.all([
    agent.get('oauth2/userinfo', { authorization }),
    agent.get('auth/me', { authorization }),
    agent.get('fhir/R4/Patient/x', { authorization }),
    agent.request('graphql', {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: '{"query":"{ me { user { id } } }"}',
    }),
  ]);
  const { body } = await agent.introspect(world.project.server, token);
  return [...doors.map(({ status }) => status === 401), body];
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = () => decodeJwt(tokens.access_token);
const header = () => decodeProtectedHeader(tokens.access_token);

/** The claims of the good token, changed, signed by this server. */
const ours = (changes: JWTPayload, typ = 'at+jwt', alg: 'ES256' | 'RS256' = 'ES256') =>
  world.app.get(KeysService).sign(alg, typ, { ...claims(), ...changes });

/** The claims of the good token, signed with a key that somebody else made. */
const foreign = (key: KeyObject, changes: object, alg = 'ES256') =>
  new SignJWT(claims()).setProtectedHeader({ ...header(), alg, ...changes } as never).sign(key);

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

describe('access tokens at every door that takes one', () => {
  it('ASVS-9.1.1 ASVS-9.2.3 one that is as it should be opens them: the table below can fail', async () => {
    const good = [false, false, false, false, expect.objectContaining({ active: true })];
    expect(await answers(tokens.access_token)).toEqual(good);
    expect(await answers(await ours({}))).toEqual(good);
  });

  it.each<[string, () => string | Promise<string>]>([
    [
      'ASVS-9.1.1 claims that were changed under a good signature',
      () => {
        const [head, , signature] = tokens.access_token.split('.');
        return [head, part({ ...claims(), sub: randomUUID() }), signature].join('.');
      },
    ],
    [
      'ASVS-9.1.1 a signature with one bit changed',
      () => {
        const [head, body, signature] = tokens.access_token.split('.') as [string, string, string];
        const bytes = Buffer.from(signature, 'base64url');
        bytes[5] = bytes[5]! ^ 1;
        return [head, body, bytes.toString('base64url')].join('.');
      },
    ],
    ['ASVS-9.1.1 no signature', () => tokens.access_token.replace(/[^.]+$/, '')],
    ['ASVS-9.1.2 alg none', () => `${part({ ...header(), alg: 'none' })}.${part(claims())}.`],
    ['ASVS-9.1.2 alg None', () => `${part({ ...header(), alg: 'None' })}.${part(claims())}.`],
    [
      'ASVS-9.1.2 a HMAC with the published key as its secret',
      async () => {
        const { kid } = header();
        const { body } = await world.agent.get('.well-known/jwks.json');
        const secret = JSON.stringify(body.keys.find((key: { kid: string }) => key.kid === kid));
        const signed = `${part({ ...header(), alg: 'HS256' })}.${part(claims())}`;
        return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
      },
    ],
    ['ASVS-9.1.2 our RS256 key, which is for id_tokens', () => ours({}, 'at+jwt', 'RS256')],
    ['ASVS-9.1.3 a key of somebody else under our kid', () => foreign(newKeys().privateKey, {})],
    ['ASVS-9.1.3 an unknown kid', () => foreign(newKeys().privateKey, { kid: 'another' })],
    [
      'ASVS-9.1.3 a key in the header',
      async () => {
        const { privateKey, publicKey } = newKeys();
        return foreign(privateKey, { kid: undefined, jwk: await exportJWK(publicKey) });
      },
    ],
    [
      'ASVS-9.1.3 an address of keys in the header',
      () => foreign(newKeys().privateKey, { jku: 'https://keys.example/', x5u: 'https://keys.example/' }),
    ],
    ['ASVS-9.2.1 exp in the past', () => ours({ exp: Math.floor(world.app.clock.now() / 1000) - 1 })],
    ['ASVS-9.2.1 nbf in the future', () => ours({ nbf: Math.floor(world.app.clock.now() / 1000) + 120 })],
    ['ASVS-9.2.2 an id_token', () => tokens.id_token],
    ['ASVS-9.2.2 another type of token, signed by this server', () => ours({}, 'logout+jwt')],
    ['ASVS-9.2.2 a token without a type', () => ours({}, 'JWT')],
    ['ASVS-9.2.3 ASVS-9.2.4 another audience', () => ours({ aud: 'https://elsewhere.example/' })],
    ['ASVS-9.2.3 ASVS-9.2.4 the client as audience', () => ours({ aud: world.project.app.id })],
    ['ASVS-9.2.3 ASVS-9.2.4 no audience', () => ours({ aud: undefined as never })],
    ['ASVS-9.2.3 another issuer', () => ours({ iss: 'https://elsewhere.example/' })],
  ])('%s opens nothing', async (_name, forge) => {
    expect(await answers(await forge())).toEqual([true, true, true, true, { active: false }]);
  });

  it('ASVS-9.2.4 who asks for another audience gets no token for it', async () => {
    const { body } = await world.agent.clientCredentials(world.project.server, {
      resource: 'https://elsewhere.example/',
    });
    expect(body).toMatchObject({ error: 'invalid_target' });
    expect(body).not.toHaveProperty('access_token');
  });
});
