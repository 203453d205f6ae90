import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CryptoKey, exportSPKI, importJWK, type JWK, SignJWT } from 'jose';
import { AuditService } from '../../src/audit/audit.service.js';
import { ClientsService } from '../../src/clients/clients.service.js';
import { clientSigningAlgs } from '../../src/clients/jwk-set.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import type { ClientId } from '../../src/kernel/ids.js';
import { Purges } from '../../src/kernel/purges.js';
import { startApp, type TestApp } from '../helpers/app.js';
import {
  AssertionSigner,
  assertionForm,
  type ClientKey,
  type JwksHost,
  newClientKey,
  startJwksHost,
} from '../helpers/client-keys.js';
import { type JsonAnswer, newPkce, OAuthAgent } from '../helpers/oauth-agent.js';
import { redirectUri, startWorld, type World, type WorldClient } from '../helpers/world.js';

let world: World;
let host: JwksHost;
let key: ClientKey;
/** A client with one key of its own and no secret. */
let service: WorldClient;
let signer: AssertionSigner;
const actor = systemActor('test');

beforeAll(async () => {
  host = await startJwksHost();
  world = await startWorld({ env: { CAREKEY_OUTBOUND_ALLOW: host.host } });
  key = await newClientKey('ES384');
  service = await world.addClient(world.project.id, {
    name: 'Service',
    redirectUris: [redirectUri],
    grantTypes: ['client_credentials', 'authorization_code', 'refresh_token'],
    authenticatedGrants: ['client_credentials', 'authorization_code', 'refresh_token'],
    jwks: { keys: [key.jwk] },
  });
  signer = signerOf(service, key);
});
afterAll(async () => {
  await world.close();
  await host.close();
});

const tokenUrl = () => `${world.app.baseUrl}oauth2/token`;
const signerOf = (client: { id: string }, its: ClientKey) =>
  new AssertionSigner(client.id, tokenUrl(), its, () => Math.floor(world.app.clock.now() / 1000));
const ask = (form: Record<string, string | undefined>, agent = world.agent) =>
  agent.token({ grant_type: 'client_credentials', ...form });
const withKeys = (keys: JWK[], more: object = {}) =>
  world.addClient(world.project.id, {
    name: 'Keys',
    grantTypes: ['client_credentials'],
    jwks: { keys },
    ...more,
  });
const published = () =>
  world.addClient(world.project.id, {
    name: 'Publishes its keys',
    grantTypes: ['client_credentials'],
    jwksUri: host.url,
  });
const outcome = ({ status, body }: JsonAnswer) => [status, body.error ?? 'granted'];

describe('private_key_jwt', () => {
  it.each([...clientSigningAlgs])('MD-05 BCP-20 ASVS-10.4.16 takes %s', async (alg) => {
    const own = await newClientKey(alg);
    const client = await withKeys([own.jwk]);
    expect(client.secret).toBeUndefined();
    const { status, body } = await ask(await signerOf(client, own).form());
    expect([status, body.expires_in, body.token_type]).toEqual([200, 3600, 'Bearer']);
    const { body: metadata } = await world.agent.get('.well-known/openid-configuration');
    for (const endpoint of ['token', 'introspection', 'revocation']) {
      expect(metadata[`${endpoint}_endpoint_auth_methods_supported`]).toContain('private_key_jwt');
      expect(metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`]).toContain(alg);
    }
  });

  it('takes issuer or token endpoint as audience, a client_id that fits, and neither iat nor nbf (OIDF-D20)', async () => {
    const granted = [
      await ask(await signer.form({ aud: world.app.baseUrl })),
      await ask({ ...(await signer.form()), client_id: service.id }),
      await ask(await signer.form({ iat: undefined })),
      await ask(await signer.form({}, { typ: undefined })),
      await ask(await signer.form({}, { typ: 'client-authentication+jwt' })),
    ];
    expect(granted.map(outcome)).toEqual(granted.map(() => [200, 'granted']));
  });

  it('serves every grant: a family that began with an assertion is refreshed with one', async () => {
    const { verifier, challenge } = newPkce();
    const back = await world.agent.signIn(service, world.project.person, {
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const code = {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code')!,
      code_verifier: verifier,
      redirect_uri: redirectUri,
    };
    expect(outcome(await world.agent.token({ ...code, client_id: service.id }))).toEqual([
      401,
      'invalid_client',
    ]);
    const { body } = await world.agent.token({ ...code, ...(await signer.form()) });
    const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
    expect(outcome(await world.agent.token({ ...refresh, client_id: service.id }))).toEqual([
      401,
      'invalid_client',
    ]);
    expect(outcome(await world.agent.token({ ...refresh, ...(await signer.form()) }))).toEqual([
      200,
      'granted',
    ]);
  });

  it('authenticates introspection and revocation, each assertion once', async () => {
    const { body } = await ask(await signer.form());
    const form = await signer.form();
    const token = { token: body.access_token };
    expect((await world.agent.post('oauth2/introspect', { ...token, ...form })).body.active).toBe(true);
    expect(outcome(await world.agent.post('oauth2/introspect', { ...token, ...form }))).toEqual([
      401,
      'invalid_client',
    ]);
    expect(outcome(await world.agent.post('oauth2/revoke', { ...token, ...form }))).toEqual([
      401,
      'invalid_client',
    ]);
    expect((await world.agent.post('oauth2/revoke', { ...token, ...(await signer.form()) })).status).toBe(
      200,
    );
    const after = await world.agent.post('oauth2/introspect', { ...token, ...(await signer.form()) });
    expect(after.body).toEqual({ active: false });
  });

  const now = () => Math.floor(world.app.clock.now() / 1000);
  const nobody = '01890000-0000-7000-8000-000000000000';
  const claims = () => ({
    iss: service.id,
    sub: service.id,
    aud: tokenUrl(),
    jti: 'once',
    exp: now() + 100,
  });
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = (header: object) => `${part({ kid: key.jwk.kid, ...header })}.${part(claims())}.`;

  it.each(
    (
      [
        [
          'another audience (W-118)',
          () => signer.form({ aud: 'https://other.example/' }),
          'invalid_client',
          /audience/,
        ],
        [
          'its own issuer as a list (F41)',
          () => signer.form({ aud: [tokenUrl()] }),
          'invalid_client',
          /audience/,
        ],
        ['two audiences', () => signer.form({ aud: [tokenUrl(), 'x'] }), 'invalid_client', /audience/],
        [
          'the audience without its slash',
          () => signer.form({ aud: world.app.baseUrl.slice(0, -1) }),
          'invalid_client',
        ],
        ['no audience', () => signer.form({ aud: undefined }), 'invalid_client', /audience/],
        [
          'iss that is not sub (W-119)',
          () => signer.form({ sub: world.project.server.id }),
          'invalid_client',
          /issuer/,
        ],
        ['no iss', () => signer.form({ iss: undefined }), 'invalid_client', /issuer/],
        ['no exp', () => signer.form({ exp: undefined }), 'invalid_client', /exp is missing/],
        ['exp as text', () => signer.form({ exp: 'soon' }), 'invalid_client', /exp/],
        [
          'an expired one (ASVS-9.2.1)',
          () => signer.form({ iat: now() - 300, exp: now() - 61 }),
          'invalid_client',
          /expired/,
        ],
        [
          'a life of more than five minutes (F84)',
          () => signer.form({ exp: now() + 302 }),
          'invalid_client',
          /lives/,
        ],
        [
          'a far exp without iat',
          () => signer.form({ iat: undefined, exp: now() + 3600 }),
          'invalid_client',
          /300 seconds ahead/,
        ],
        [
          'iat in the future',
          () => signer.form({ iat: now() + 120, exp: now() + 200 }),
          'invalid_client',
          /iat/,
        ],
        ['nbf in the future', () => signer.form({ nbf: now() + 120 }), 'invalid_client', /nbf/],
        ['no jti', () => signer.form({ jti: undefined }), 'invalid_client', /jti/],
        ['an empty jti', () => signer.form({ jti: '' }), 'invalid_client', /jti/],
        ['a jti that is a number', () => signer.form({ jti: 7 }), 'invalid_client', /jti/],
        ['an access token (ASVS-9.2.2)', () => signer.form({}, { typ: 'at+jwt' }), 'invalid_client', /type/],
        ['crit that nobody understands', () => signer.form({}, { crit: ['x'], x: 1 }), 'invalid_client'],
        [
          'an unknown client (W-116)',
          () => signer.form({ iss: nobody, sub: nobody }),
          'invalid_client',
          /^Invalid client$/,
        ],
        [
          'a client id that is no id',
          () => signer.form({ iss: 'x', sub: 'x' }),
          'invalid_client',
          /^Invalid client$/,
        ],
        [
          'a client without keys (W-117)',
          () => signerOf(world.project.server, key).form(),
          'invalid_client',
          /^Invalid client$/,
        ],
        [
          'a key of somebody else under the same kid (W-120)',
          async () => signerOf(service, await newClientKey('ES384', key.jwk.kid)).form(),
          'invalid_client',
          /^Invalid client$/,
        ],
        [
          'a key that the assertion brings along (ASVS-9.1.3)',
          async () => {
            const stranger = await newClientKey('ES384', key.jwk.kid);
            return signerOf(service, stranger).form({}, { jwk: stranger.jwk, jku: host.url, x5u: host.url });
          },
          'invalid_client',
        ],
        ['no signature (ASVS-9.1.2)', async () => assertionForm(unsigned({ alg: 'none' })), 'invalid_client'],
        ['alg none in capitals', async () => assertionForm(unsigned({ alg: 'NONE' })), 'invalid_client'],
        [
          'the public key as HMAC secret',
          async () => {
            const pem = await exportSPKI((await importJWK(key.jwk, key.alg)) as CryptoKey);
            const jwt = new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: key.jwk.kid! });
            return assertionForm(await jwt.sign(Buffer.from(pem)));
          },
          'invalid_client',
        ],
        [
          'another alg than the key is for',
          async () => assertionForm(unsigned({ alg: 'RS256' })),
          'invalid_client',
        ],
        [
          'an unknown type (W-123)',
          async () => ({ ...(await signer.form()), client_assertion_type: 'urn:x' }),
          'invalid_client',
          /^Unsupported client assertion type$/,
        ],
        [
          'no type',
          async () => ({ ...(await signer.form()), client_assertion_type: undefined }),
          'invalid_request',
          /client_assertion_type/,
        ],
        [
          'a type and nothing else (W-124)',
          async () => ({ ...(await signer.form()), client_assertion: undefined }),
          'invalid_request',
          /^Invalid client assertion$/,
        ],
        [
          'what is no JWT (W-125)',
          async () => assertionForm('abc'),
          'invalid_client',
          /^Invalid client assertion$/,
        ],
        ['a JWT that is no JSON', async () => assertionForm('e30.e30x.e30'), 'invalid_client'],
        ['JSON that is no object', async () => assertionForm('e30.W10.e30'), 'invalid_client'],
        [
          'a client_id of somebody else',
          async () => ({ ...(await signer.form()), client_id: world.project.server.id }),
          'invalid_request',
        ],
        [
          'a secret beside it',
          async () => ({
            ...(await signer.form()),
            client_id: service.id,
            client_secret: world.project.server.secret!,
          }),
          'invalid_request',
          /Only one way/,
        ],
      ] as [string, () => Promise<Record<string, string | undefined>>, string, RegExp?][]
    ).map(([name, form, error, words = /./]) => [name, form, error, words] as const),
  )('refuses %s', async (_, form, error, words) => {
    const answer = await ask(await form());
    expect(outcome(answer)).toEqual([error === 'invalid_client' ? 401 : 400, error]);
    expect(answer.body.error_description).toMatch(words);
    expect(answer.headers.get('www-authenticate')).toBeNull();
    // Whoever guesses is told to wait; this table does not guess.
    world.app.clock.advance(5_000);
  });

  it('refuses an assertion beside Basic', async () => {
    const { server } = world.project;
    const form = { grant_type: 'client_credentials', ...(await signer.form()) };
    expect(outcome(await world.agent.token(form, { basic: server }))).toEqual([400, 'invalid_request']);
  });

  it('V48 refuses a client that was deactivated, and one whose keys were taken away', async () => {
    const own = await newClientKey('ES256');
    const client = await withKeys([own.jwk]);
    const db = world.app.get(Db);
    const clients = world.app.get(ClientsService);
    const its = signerOf(client, own);
    const change = (act: 'deactivate' | 'activate') =>
      db.tx((tx) => clients[act](tx, actor, world.project.id, client.id));
    await change('deactivate');
    expect(outcome(await ask(await its.form()))).toEqual([401, 'invalid_client']);
    const { version } = await change('activate');
    expect(outcome(await ask(await its.form()))).toEqual([200, 'granted']);
    await db.tx((tx) => clients.edit(tx, actor, world.project.id, client.id, version, { jwks: null }));
    expect(outcome(await ask(await its.form()))).toEqual([401, 'invalid_client']);
  });

  it('holds a client to the one way that it is registered for', async () => {
    const own = await newClientKey('ES256');
    const client = await withKeys([own.jwk], { tokenEndpointAuthMethod: 'client_secret_basic' });
    expect(outcome(await ask(await signerOf(client, own).form()))).toEqual([401, 'invalid_client']);
    await expect(withKeys([], {})).rejects.toMatchObject({ code: 'invalid-input', field: 'jwks' });
    await expect(
      world.addClient(world.project.id, { name: 'No keys', tokenEndpointAuthMethod: 'private_key_jwt' }),
    ).rejects.toMatchObject({ field: 'tokenEndpointAuthMethod' });
    await expect(withKeys([own.jwk], { jwksUri: host.url })).rejects.toMatchObject({ field: 'jwksUri' });
  });
});

describe('an assertion works once', () => {
  it('V26 F84 BCP-44 refuses it the second time, says so, and keeps no assertion in the record', async () => {
    const form = await signer.form();
    expect(outcome(await ask(form))).toEqual([200, 'granted']);
    const again = await ask(form);
    expect(outcome(again)).toEqual([401, 'invalid_client']);
    expect(again.body.error_description).toMatch(/used before/);
    const records = await world.app
      .get(Db)
      .read((tx) => world.app.get(AuditService).page(tx, { projectId: world.project.id, limit: 2 }));
    expect(records.map(({ outcome: result, detail }) => [result, detail])).toEqual([
      ['refused', { grant: 'client_credentials', error: 'invalid_client' }],
      ['success', { grant: 'client_credentials', scope: '', clientAuth: 'private_key_jwt' }],
    ]);
    expect(JSON.stringify(records)).not.toContain(form.client_assertion.slice(0, 40));
  });

  it('lets two clients have the same jti', async () => {
    const own = await newClientKey('ES256');
    const client = await withKeys([own.jwk]);
    const answers = [
      await ask(await signer.form({ jti: 'same' })),
      await ask(await signerOf(client, own).form({ jti: 'same' })),
    ];
    expect(answers.map(outcome)).toEqual([
      [200, 'granted'],
      [200, 'granted'],
    ]);
  });

  it('F41 gives it back when the request fails here, so that the same request can be repeated', async () => {
    const db = world.app.get(Db);
    const form = await signer.form();
    db.faults = {
      beforeCommit: () => {
        throw new Error('injected');
      },
    };
    const failed = await ask(form).finally(() => {
      db.faults = {};
    });
    expect(failed.status).toBe(500);
    expect(outcome(await ask(form))).toEqual([200, 'granted']);
    expect(outcome(await ask(form))).toEqual([401, 'invalid_client']);
  });

  it('gives it back when the grant is refused', async () => {
    const form = await signer.form();
    expect(outcome(await ask({ ...form, scope: 'no-such-scope' }))).toEqual([400, 'invalid_scope']);
    expect(outcome(await ask(form))).toEqual([200, 'granted']);
  });

  it('V26 at two nodes at once: exactly one is granted', async () => {
    const other: TestApp = await startApp({
      database: world.app.database,
      clock: world.app.clock,
      env: { CAREKEY_BASE_URL: world.app.baseUrl },
    });
    try {
      const nodes = [world.agent, new OAuthAgent(other.listensOn)];
      for (let round = 0; round < 5; round++) {
        const form = await signer.form();
        const answers = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((at) => ask(form, nodes[at % 2])));
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
        expect(answers.filter(({ body }) => body.error === 'invalid_client')).toHaveLength(7);
      }
    } finally {
      await other.close();
    }
  });

  it('is forgotten after its time, and refused for its age then', async () => {
    const form = await signer.form();
    expect(outcome(await ask(form))).toEqual([200, 'granted']);
    world.app.clock.advance(361_000);
    await world.app.get(Purges).send({}, { signal: AbortSignal.timeout(10_000) });
    const answer = await ask(form);
    expect(outcome(answer)).toEqual([401, 'invalid_client']);
    expect(answer.body.error_description).toMatch(/expired/);
  });
});

describe('keys that a client publishes (BCP-42)', () => {
  /** The address was not asked for longer than any memory of it. */
  const forget = () => world.app.clock.advance(3_700_000);

  it('OIDF-D17 are fetched once, and again when the client has rotated them', async () => {
    forget();
    const [first, second] = [await newClientKey('RS384'), await newClientKey('ES256')];
    host.keys = [first.jwk];
    const client = await published();
    const before = host.asked;
    for (let at = 0; at < 3; at++)
      expect(outcome(await ask(await signerOf(client, first).form()))).toEqual([200, 'granted']);
    expect(host.asked - before).toBe(1);

    host.keys = [second.jwk];
    expect(outcome(await ask(await signerOf(client, second).form()))).toEqual([401, 'invalid_client']);
    expect(host.asked - before).toBe(1);
    world.app.clock.advance(30_000);
    expect(outcome(await ask(await signerOf(client, second).form()))).toEqual([200, 'granted']);
    expect(outcome(await ask(await signerOf(client, first).form()))).toEqual([401, 'invalid_client']);
    expect(host.asked - before).toBe(2);
  });

  it('are asked for at most every 30 seconds, however many unknown keys are named', async () => {
    forget();
    host.keys = [];
    const client = await published();
    const before = host.asked;
    const strangers = await Promise.all([1, 2, 3].map(() => newClientKey('ES256')));
    const answers = await Promise.all(
      strangers.map(async (stranger) => ask(await signerOf(client, stranger).form())),
    );
    expect(answers.map(outcome)).toEqual(answers.map(() => [401, 'invalid_client']));
    expect(host.asked - before).toBe(1);
  });

  it('serve on for an hour while the address is out of order, then no more', async () => {
    forget();
    const own = await newClientKey('ES384');
    host.keys = [own.jwk];
    const client = await published();
    const its = signerOf(client, own);
    expect(outcome(await ask(await its.form()))).toEqual([200, 'granted']);
    host.status = 503;
    try {
      world.app.clock.advance(50 * 60_000);
      expect(outcome(await ask(await its.form()))).toEqual([200, 'granted']);
      world.app.clock.advance(11 * 60_000);
      expect(outcome(await ask(await its.form()))).toEqual([401, 'invalid_client']);
    } finally {
      host.status = 200;
    }
    world.app.clock.advance(30_000);
    expect(outcome(await ask(await its.form()))).toEqual([200, 'granted']);
  });

  it('W-121 are each tried when the assertion names none', async () => {
    forget();
    const keys = await Promise.all([1, 2, 3].map(() => newClientKey('ES256')));
    host.keys = keys.map(({ jwk: { kid: _, ...jwk } }) => jwk);
    const client = await published();
    for (const own of keys) {
      const form = await signerOf(client, own).form({}, { kid: undefined });
      expect(outcome(await ask(form))).toEqual([200, 'granted']);
    }
    const stranger = await newClientKey('ES256');
    const form = await signerOf(client, stranger).form({}, { kid: undefined });
    expect(outcome(await ask(form))).toEqual([401, 'invalid_client']);
  });

  it.each([
    ['a private address', 'https://127.0.0.1/jwks.json'],
    ['this server', undefined],
    ['a host that does not exist', 'https://keys.invalid/jwks.json'],
  ])('are not fetched from %s, and the client is refused', async (_, jwksUri) => {
    const client = await world.addClient(world.project.id, {
      name: 'Elsewhere',
      grantTypes: ['client_credentials'],
      jwksUri: jwksUri ?? `${world.app.baseUrl}.well-known/jwks.json`,
    });
    expect(outcome(await ask(await signerOf(client, key).form()))).toEqual([401, 'invalid_client']);
  });

  it('do not include what is no public key for signatures', async () => {
    forget();
    const own = await newClientKey('ES256');
    const weak = { kty: 'RSA', n: Buffer.alloc(128, 0xff).toString('base64url'), e: 'AQAB', kid: 'weak' };
    host.keys = [
      { kty: 'oct', k: 'c2VjcmV0', kid: own.jwk.kid! },
      { ...own.jwk, kid: 'for-encryption', use: 'enc' },
      weak,
      own.jwk,
    ];
    const client = await published();
    expect(outcome(await ask(await signerOf(client, own).form()))).toEqual([200, 'granted']);
    const wrongUse = await signerOf(client, own).form({}, { kid: 'for-encryption' });
    expect(outcome(await ask(wrongUse))).toEqual([401, 'invalid_client']);
  });
});

it('a client without rights of its own is refused with an assertion too', async () => {
  const own = await newClientKey('ES256');
  const client = await world.addClient(world.project.id, {
    name: 'App with a key',
    redirectUris: [redirectUri],
    grantTypes: ['authorization_code'],
    jwks: { keys: [own.jwk] },
  });
  expect(outcome(await ask(await signerOf(client as { id: ClientId }, own).form()))).toEqual([
    400,
    'unauthorized_client',
  ]);
});
