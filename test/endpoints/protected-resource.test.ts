import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const path = '.well-known/oauth-protected-resource';

describe('protected resource metadata (RFC 9728)', () => {
  it('W-551 names this server as the issuer of what its API takes, and says nothing that does not hold', async () => {
    const { status, body, headers } = await world.agent.get(path);
    const { baseUrl } = world.app;
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(body).toMatchObject({
      resource: baseUrl,
      authorization_servers: [baseUrl],
      bearer_methods_supported: ['header'],
      introspection_endpoint: `${baseUrl}oauth2/introspect`,
      jwks_uri: `${baseUrl}.well-known/jwks.json`,
    });
    const server = (await world.agent.get('.well-known/oauth-authorization-server')).body;
    expect(body.scopes_supported).toEqual(server.scopes_supported);
    expect(body.authorization_servers).toEqual([server.issuer]);
  });

  it('W-551 echoes a resource below the base URL, by path and by parameter', async () => {
    for (const below of ['graphql', 'fhir/R4', 'fhir/R4/', 'a/b%20c']) {
      const resource = `${world.app.baseUrl}${below}`;
      expect((await world.agent.get(`${path}/${below}`)).body.resource).toBe(resource);
      const asked = await world.agent.get(`${path}?resource=${encodeURIComponent(resource)}`);
      expect(asked.body.resource).toBe(resource);
    }
  });

  it.each([
    ['another server', 'https://evil.example/'],
    ['a server whose name begins alike', (base: string) => `${base.slice(0, -1)}.evil.example/`],
    ['a name before ours', (base: string) => `${base.replace('//', '//user@')}graphql`],
    ['a fragment', (base: string) => `${base}graphql#x`],
    ['a path out of it', (base: string) => `${base}a/../../b`],
    ['no address', 'graphql'],
    ['nothing that a URL could be', 'http://['],
    ['too much', (base: string) => base + 'x'.repeat(3000)],
  ])('W-551 refuses %s', async (_, resource) => {
    const value = typeof resource === 'string' ? resource : resource(world.app.baseUrl);
    const answer = await world.agent.get(`${path}?resource=${encodeURIComponent(value)}`);
    expect([answer.status, answer.body]).toEqual([
      400,
      { error: 'invalid_request', error_description: 'Invalid resource URL' },
    ]);
  });

  it('W-551 refuses a repeated resource', async () => {
    const one = `resource=${encodeURIComponent(world.app.baseUrl)}`;
    expect((await world.agent.get(`${path}?${one}&${one}`)).status).toBe(400);
  });

  it('is where the 401 of a protected door points', async () => {
    for (const answer of [
      await world.agent.get('oauth2/userinfo'),
      await world.agent.get('oauth2/userinfo', { authorization: 'Bearer rubbish' }),
      await world.agent.request('graphql', { method: 'POST', body: '{}' }),
    ]) {
      expect(answer.status).toBe(401);
      const challenge = answer.headers.get('www-authenticate')!;
      const metadata = /^Bearer resource_metadata="([^"]+)", /.exec(challenge)![1]!;
      const document = await world.agent.get(metadata);
      expect(document.body.authorization_servers).toEqual([world.app.baseUrl]);
    }
  });
});
