import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const names = [
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'code',
  'code_verifier',
  'redirect_uri',
  'refresh_token',
  'scope',
  'token',
  'token_type_hint',
  'response_type',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'prompt',
  'max_age',
  'request',
  'access_token',
  'email',
  'password',
  'csrf',
  'decision',
  'membership',
  '__proto__',
  'constructor',
];

/** Values that break careless readers, and good ones to get further in. */
const value = () =>
  fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '',
      ' ',
      '\0',
      '%00',
      '%',
      '%zz',
      '../../etc/passwd',
      "' OR 1=1 --",
      '${7*7}',
      '<script>x</script>',
      'null',
      '-1',
      '1e309',
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'code',
      'openid',
      'S256',
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      'e30.e30.e30',
      'none',
      'true',
      '[object Object]',
    ),
    fc.constantFrom('\ud800', '\u202e', '𝕏'.repeat(50), 'a'.repeat(9000)),
    fc.constant(null).map(() => world.project.app.id),
    fc.constant(null).map(() => world.project.server.secret!),
    fc.constant(null).map(() => world.project.app.redirectUri),
  );

const parameters = () =>
  fc.array(fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string()), value()), { maxLength: 12 });

const doors: [string, string][] = [
  ['GET', 'oauth2/authorize'],
  ['POST', 'oauth2/authorize'],
  ['POST', 'oauth2/token'],
  ['POST', 'oauth2/introspect'],
  ['POST', 'oauth2/revoke'],
  ['GET', 'oauth2/userinfo'],
  ['POST', 'oauth2/userinfo'],
  ['GET', 'signin'],
  ['POST', 'signin'],
  ['POST', 'choose-profile'],
  ['POST', 'select-account'],
  ['POST', 'consent'],
  ['GET', 'me'],
  ['GET', '.well-known/openid-configuration'],
  ['GET', '.well-known/jwks.json'],
];

describe('random parameters at every public endpoint: no 5xx, no stack trace', () => {
  it.each(doors)('%s /%s', async (method, path) => {
    await fc.assert(
      fc.asyncProperty(parameters(), fc.option(value(), { nil: undefined }), async (pairs, authorization) => {
        const query = new URLSearchParams(pairs as [string, string][]);
        const headers: Record<string, string> = {};
        if (authorization !== undefined && /^[\x20-\x7e]*$/.test(authorization))
          headers['authorization'] = authorization;
        const { status, body } = await world.agent.request(method === 'GET' ? `${path}?${query}` : path, {
          method,
          headers,
          ...(method === 'POST' && { body: query }),
        });
        expect(status).toBeLessThan(500);
        expect(typeof body === 'string' ? body : JSON.stringify(body)).not.toMatch(
          /\bat .*\.(?:js|ts):\d+|node_modules|SELECT |QueryFailed/,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('malformed bodies, encodings and paths', async () => {
    const send = (path: string, init: RequestInit) => world.agent.request(path, init);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const answers = [
      await send('oauth2/token', { method: 'POST', body: '%', headers: form }),
      await send('oauth2/token', { method: 'POST', body: '=&=&&;', headers: form }),
      await send('oauth2/token', {
        method: 'POST',
        body: '{',
        headers: { 'content-type': 'application/json' },
      }),
      await send('oauth2/token', { method: 'POST', body: 'a'.repeat(2_000_000), headers: form }),
      await send('oauth2/token', { method: 'POST', body: new Uint8Array([0xff, 0xfe, 0]), headers: form }),
      await send('oauth2/%E0%A4%A', {}),
      await send('nothing/here', {}),
      await send('graphql', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }),
    ];
    for (const { status } of answers) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
  });
});
