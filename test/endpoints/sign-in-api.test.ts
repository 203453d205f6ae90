import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../helpers/app.js';
import { OAuthAgent } from '../helpers/oauth-agent.js';

describe('the JSON login API', () => {
  let app: TestApp;
  let agent: OAuthAgent;
  beforeAll(async () => {
    app = await startApp();
    agent = new OAuthAgent(app.baseUrl);
  });
  afterAll(() => app.close());

  const send = (path: string, body: string, contentType?: string, headers: Record<string, string> = {}) =>
    agent.request(path, {
      method: 'POST',
      body: contentType === undefined ? new Blob([body]) : body,
      headers: { ...(contentType !== undefined && { 'content-type': contentType }), ...headers },
    });
  const email = JSON.stringify({ email: 'someone@clinic.example' });

  it.each([
    'application/json',
    'application/fhir+json',
    'application/fhir+json; charset=utf-8',
    'Application/JSON',
  ])('F12 takes %s', async (type) => {
    expect(await send('auth/method', email, type)).toMatchObject({ status: 200, body: {} });
  });

  it.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
    'text/json',
    undefined,
  ])('F12 refuses %s, which a form of another site can send', async (type) => {
    const { status, headers, body } = await send('auth/method', email, type);
    expect([status, body.id, body.issue[0].details.text]).toEqual([
      415,
      'unsupported-media-type',
      'Unsupported media type',
    ]);
    expect(headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
  });

  it.each(['{', '', '[]', 'null', '"text"', '{"__proto__":{"email":"a@b.example"}}'])(
    'W-558 a body that is no JSON object is 400: %s',
    async (text) => {
      const { status, body } = await send('auth/method', text, 'application/json');
      expect([status, body.resourceType, body.issue[0].details.text]).toEqual([
        400,
        'OperationOutcome',
        'Content could not be parsed',
      ]);
    },
  );

  it('W-558 a body over 1 MB is 413', async () => {
    const { status, body } = await send(
      'auth/method',
      JSON.stringify({ email: 'a'.repeat(1_100_000) }),
      'application/json',
    );
    expect([status, body.id]).toEqual([413, 'content-too-large']);
  });

  it('an outcome says how its request is called in the log', async () => {
    const { headers, body } = await send('auth/method', '{}', 'application/json');
    const [tracing] = body.extension;
    expect(tracing.extension).toContainEqual({ url: 'requestId', valueId: headers.get('x-request-id') });
  });

  it('F37 a stale Authorization header is ignored', async () => {
    const headers = { authorization: 'Bearer over.and.done' };
    expect((await send('auth/method', email, 'application/json', headers)).status).toBe(200);
  });

  it.each(['', 'nobody', 'a@b', 7, null, undefined, ['a@b.example'], 'a\u0000@b.example'])(
    'auth/method refuses %p as an address',
    async (value) => {
      const { status, body } = await send(
        'auth/method',
        JSON.stringify({ email: value }),
        'application/json',
      );
      expect([status, body.issue[0].code, body.issue[0].expression]).toEqual([400, 'invalid', ['email']]);
    },
  );

  it('F27 W-284 an unconfigured domain answers nothing, whoever asks', async () => {
    for (const one of ['someone@clinic.example', 'admin@example.com', 'X@CLINIC.EXAMPLE'])
      expect((await send('auth/method', JSON.stringify({ email: one }), 'application/json')).body).toEqual(
        {},
      );
  });
});
