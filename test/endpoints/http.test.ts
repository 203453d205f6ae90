import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ env: { CAREKEY_ALLOWED_ORIGINS: 'https://listed.example' } });
});
afterAll(() => world.close());

/** Sends a request with headers that `fetch` would not let through, such as Host and Origin. */
function raw(
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number; headers: Record<string, string | string[] | undefined> }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(world.app.baseUrl);
    httpRequest({ hostname, port, path, method, headers, setHost: !('host' in headers) }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
    })
      .on('error', reject)
      .end();
  });
}

describe('host (rulings 26, F77)', () => {
  it.each(['evil.example', 'carekey.evil.example:80', '169.254.169.254', '', 'localhost.evil.example'])(
    'a request for host "%s" is refused with 421',
    async (host) => {
      for (const path of ['/', '/me', '/oauth2/authorize', '/dev/app', '/.well-known/jwks.json']) {
        expect((await raw(path, { host })).status).toBe(421);
      }
    },
  );

  it('development pages answer to nobody behind a proxy', async () => {
    const { host } = new URL(world.app.baseUrl);
    expect((await raw('/dev/app', { host })).status).toBe(200);
    for (const header of ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'x-real-ip']) {
      expect((await raw('/dev/app', { host, [header]: '127.0.0.1' })).status).toBe(404);
    }
  });
});

describe('CORS (rulings 13)', () => {
  const preflight = (path: string, origin: string) =>
    raw(
      path,
      {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-medplum,content-type',
      },
      'OPTIONS',
    );

  it.each([
    '/oauth2/token',
    '/oauth2/userinfo',
    '/oauth2/revoke',
    '/oauth2/introspect',
    '/graphql',
    '/auth/login',
  ])(
    'F11 W-552 %s answers origins of redirect addresses and listed ones, with credentials, and no others',
    async (path) => {
      for (const origin of ['https://app.example', 'https://listed.example']) {
        const { headers } = await preflight(path, origin);
        expect(headers['access-control-allow-origin']).toBe(origin);
        expect(headers['access-control-allow-credentials']).toBe('true');
        expect(String(headers['access-control-allow-headers']).toLowerCase()).toContain('x-medplum');
        expect(String(headers['vary'])).toMatch(/origin/i);
      }
      for (const origin of [
        'https://evil.example',
        'null',
        'https://app.example.evil.example',
        'http://app.example',
      ]) {
        expect((await preflight(path, origin)).headers['access-control-allow-origin']).toBeUndefined();
      }
    },
  );

  it('RV-07 W-553 the answer itself carries the headers too', async () => {
    const { headers } = await raw('/oauth2/userinfo', { origin: 'https://app.example' });
    expect(headers['access-control-allow-origin']).toBe('https://app.example');
    expect(String(headers['access-control-expose-headers'])).toMatch(/RateLimit/);
  });

  it('INF-1.1.03 discovery is for every origin', async () => {
    const { headers } = await raw('/.well-known/openid-configuration', { origin: 'https://anybody.example' });
    expect(headers['access-control-allow-origin']).toBe('https://anybody.example');
  });

  it.each(['/oauth2/authorize', '/signin', '/me', '/consent', '/dev/app', '/'])(
    'BCP-33 %s is for no origin',
    async (path) => {
      const { headers } = await raw(path, { origin: 'https://app.example' });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );
});

describe('headers', () => {
  it.each([
    '/',
    '/signin',
    '/healthcheck',
    '/oauth2/authorize',
    '/oauth2/userinfo',
    '/nothing',
    '/.well-known/jwks.json',
  ])('BCP-22 BCP-23 %s carries the protective ones', async (path) => {
    const { headers } = await raw(path, {});
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
      'cache-control': expect.any(String),
    });
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  it('W-555 every door answers under /api as well', async () => {
    expect((await raw('/api/.well-known/openid-configuration', {})).status).toBe(200);
    expect((await raw('/api/oauth2/userinfo', {})).status).toBe(401);
  });
});
