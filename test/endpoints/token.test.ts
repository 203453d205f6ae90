import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { basicHeader } from '../helpers/oauth-agent.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const form = (text: string, headers: Record<string, string> = {}) =>
  world.agent.request('oauth2/token', {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });

describe('token endpoint: client credentials', () => {
  it('BCP-36 BCP-39 AT-06 a server gets a token whose subject is the client; no refresh token, no id_token', async () => {
    const { status, body, headers } = await world.agent.clientCredentials(world.project.server);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(Object.keys(body).sort()).toEqual([
      'access_token',
      'expires_in',
      'profile',
      'project',
      'scope',
      'token_type',
    ]);
    expect(body.profile.reference).toBe(`ClientApplication/${world.project.server.id}`);
    const claims = decodeJwt(body.access_token);
    expect(claims.sub).toBe(world.project.server.id);
    expect(claims).not.toHaveProperty('auth_time');
    expect(JSON.stringify(claims)).not.toContain('null');
    expect(claims).not.toHaveProperty('cid');
  });

  it('F9 F10 takes the secret by header (decoded or raw), by form, or by both when equal', async () => {
    const { server } = world.project;
    const raw = `Basic ${Buffer.from(`${server.id}:${server.secret}`).toString('base64')}`;
    const inForm = `client_id=${server.id}&client_secret=${server.secret}`;
    const ways = [
      await form('grant_type=client_credentials', { authorization: basicHeader(server) }),
      await form('grant_type=client_credentials', { authorization: raw }),
      await form('grant_type=client_credentials', { authorization: raw.replace('Basic', 'basic') }),
      await form(`grant_type=client_credentials&${inForm}`),
      await form(`grant_type=client_credentials&${inForm}`, { authorization: raw }),
    ];
    expect(ways.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  });

  const refusals: [string, () => Promise<{ status: number; body: { error: string } }>, number, string][] = [
    ['no grant_type', () => form(''), 400, 'invalid_request'],
    ['an empty grant_type (BCP-38)', () => form('grant_type='), 400, 'invalid_request'],
    [
      'a repeated grant_type (BCP-37)',
      () => form('grant_type=client_credentials&grant_type=client_credentials'),
      400,
      'invalid_request',
    ],
    [
      'a repeated unknown parameter (BCP-37)',
      () => form('grant_type=client_credentials&x=1&x=2'),
      400,
      'invalid_request',
    ],
    ['an unknown grant_type', () => form('grant_type=magic&client_id=x'), 400, 'unsupported_grant_type'],
    [
      'the password grant (BCP-10, ASVS-10.4.4)',
      () => form('grant_type=password&username=a&password=b&client_id=x'),
      400,
      'unsupported_grant_type',
    ],
    [
      'the name of an inherited property',
      () => form('grant_type=__proto__&client_id=x'),
      400,
      'unsupported_grant_type',
    ],
    ['no client', () => form('grant_type=client_credentials'), 401, 'invalid_client'],
    [
      'an unknown client',
      () => form(`grant_type=client_credentials&client_id=${world.project.id}&client_secret=x`),
      401,
      'invalid_client',
    ],
    [
      'a client id that is no id',
      () => form('grant_type=client_credentials&client_id=%00&client_secret=x'),
      400,
      'invalid_request',
    ],
    [
      'a wrong secret',
      () => form(`grant_type=client_credentials&client_id=${world.project.server.id}&client_secret=wrong`),
      401,
      'invalid_client',
    ],
    [
      'no secret where one is needed (BCP-19)',
      () => form(`grant_type=client_credentials&client_id=${world.project.server.id}`),
      401,
      'invalid_client',
    ],
    [
      'a grant that the client may not use',
      () => form(`grant_type=client_credentials&client_id=${world.project.app.id}`),
      400,
      'unauthorized_client',
    ],
    [
      'JSON instead of a form',
      () => form('{"grant_type":"client_credentials"}', { 'content-type': 'application/json' }),
      400,
      'invalid_request',
    ],
    [
      'no content type that is known',
      () => form('grant_type=client_credentials', { 'content-type': 'application/x-unknown' }),
      400,
      'invalid_request',
    ],
    [
      'plain text',
      () => form('grant_type=client_credentials', { 'content-type': 'text/plain' }),
      400,
      'invalid_request',
    ],
    [
      'an oversized parameter',
      () => form(`grant_type=client_credentials&scope=${'a'.repeat(9000)}`),
      400,
      'invalid_request',
    ],
    [
      'an unknown scope',
      () =>
        form(
          `grant_type=client_credentials&client_id=${world.project.server.id}&client_secret=${world.project.server.secret}&scope=sesame`,
        ),
      400,
      'invalid_scope',
    ],
  ];
  it.each(refusals)('BCP-10 BCP-35 BCP-37 BCP-38 refuses %s', async (_name, send, status, error) => {
    const answer = await send();
    expect([answer.status, answer.body.error]).toEqual([status, error]);
    expect(answer.body).toHaveProperty(
      'error_description',
      expect.stringMatching(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/),
    );
  });

  it('BCP-35 F15 a 401 challenges only where the header was used', async () => {
    const { server } = world.project;
    const byHeader = await world.agent.clientCredentials({ ...server, secret: 'wrong' });
    expect([byHeader.status, byHeader.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Basic /),
    ]);
    const byForm = await form(`grant_type=client_credentials&client_id=${server.id}&client_secret=wrong`);
    expect([byForm.status, byForm.headers.get('www-authenticate')]).toEqual([401, null]);
    const malformed = await form('grant_type=client_credentials', { authorization: 'Basic !!!' });
    expect([malformed.status, malformed.body.error]).toEqual([401, 'invalid_client']);
    const bearer = await form('grant_type=client_credentials', { authorization: 'Bearer abc' });
    expect([bearer.status, bearer.body.error]).toEqual([401, 'invalid_client']);
  });

  it('F9 header and form that differ are refused', async () => {
    const { server } = world.project;
    const other = world.other.server;
    const authorization = basicHeader(server);
    for (const body of [
      `client_id=${other.id}`,
      `client_id=${other.id}&client_secret=${other.secret}`,
      `client_id=${server.id}&client_secret=wrong`,
    ]) {
      const answer = await form(`grant_type=client_credentials&${body}`, { authorization });
      expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
    }
  });

  it('a wrong credential is refused even where none was needed (rulings 6)', async () => {
    const { app, person } = world.project;
    const { body } = await world.agent.codeFlow(app, person);
    const answer = await form(
      `grant_type=refresh_token&refresh_token=${body.refresh_token}&client_id=${app.id}&client_secret=wrong`,
    );
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
  });

  it('BCP-34 unknown client, wrong secret and switched-off client answer the same', async () => {
    const { server } = world.project;
    const unknown = await world.agent.clientCredentials({ ...server, id: world.project.id as never });
    const wrong = await world.agent.clientCredentials({ ...server, secret: 'wrong' });
    expect(wrong.body).toEqual(unknown.body);
  });

  it('answers other methods with 404 or 405, never 500', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const { status } = await world.agent.request('oauth2/token', { method });
      expect([404, 405]).toContain(status);
    }
  });

  it('F12 ignores a stale bearer header nowhere that it matters: reserved endpoints are 404 and unadvertised', async () => {
    for (const path of ['oauth2/register', 'oauth2/par', 'oauth2/device_authorization']) {
      expect((await world.agent.request(path, { method: 'POST' })).status).toBe(404);
    }
  });
});
