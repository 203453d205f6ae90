import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../helpers/app.js';
import { freePort } from '../helpers/ports.js';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** GET with any Host: fetch does not let one choose it. */
function get(app: TestApp, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(path, app.baseUrl), { headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    });
    request.on('error', reject).end();
  });
}

describe('probes, metrics and the description of the API', () => {
  const token = 'metrics-token-of-this-test';
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ env: { CAREKEY_METRICS_TOKEN: token } });
  });
  afterAll(() => app.close());

  it('healthcheck, livez, readyz and version answer that all is well', async () => {
    const version = expect.stringMatching(/^\d+\.\d+\.\d+/);
    const { status, text } = await get(app, 'healthcheck');
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ ok: true, version, database: true, notices: true });
    expect(JSON.parse((await get(app, 'livez')).text)).toEqual({ ok: true, version });
    expect(JSON.parse((await get(app, 'readyz')).text)).toEqual({
      ok: true,
      checks: { database: true, notices: true },
    });
    expect(JSON.parse((await get(app, 'version')).text)).toEqual({ version });
    expect((await get(app, 'api/healthcheck')).status).toBe(200);
  });

  it('probes answer under any Host, because they are asked for by address; nothing else does', async () => {
    const host = 'elsewhere.example';
    for (const path of ['healthcheck', 'livez', 'readyz'])
      expect((await get(app, path, { host })).status).toBe(200);
    for (const path of ['version', 'openapi.json', 'docs', 'oauth2/userinfo', 'healthcheck/x']) {
      expect((await get(app, path, { host })).status).toBe(421);
    }
  });

  it('metrics: to this machine or with the token; for anybody else they are not there', async () => {
    const { status, headers, text } = await get(app, 'metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('carekey_outbox_open 0');
    expect(text).toContain('process_cpu_seconds_total');

    const proxied = { 'x-forwarded-for': '203.0.113.7' };
    const foreign = { host: 'elsewhere.example' };
    for (const from of [proxied, foreign]) {
      expect((await get(app, 'metrics', from)).status).toBe(404);
      expect((await get(app, 'metrics', { ...from, authorization: 'Bearer wrong' })).status).toBe(404);
      expect((await get(app, 'metrics', { ...from, authorization: `Bearer ${token}` })).status).toBe(200);
    }
  });

  it('robots.txt keeps search engines out', async () => {
    const { headers, text } = await get(app, 'robots.txt');
    expect(headers['content-type']).toMatch(/^text\/plain/);
    expect(text).toBe('User-agent: *\nDisallow: /\n');
  });

  it('openapi.json is served, and docs shows it with files of this server only', async () => {
    const { status, text } = await get(app, 'openapi.json');
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      openapi: '3.1.0',
      servers: [{ url: app.baseUrl.slice(0, -1) }],
    });

    const page = await get(app, 'docs');
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self'/);
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
    expect(files).toHaveLength(3);
    for (const file of files) {
      const answer = await get(app, file);
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toMatch(/^text\/(css|javascript)/);
      expect(answer.text.length).toBeGreaterThan(50);
    }
    for (const file of ['docs/package.json', 'docs/..%2fpackage.json', 'docs/constructor']) {
      expect((await get(app, file)).status).toBe(404);
    }
  });
});

describe('behind https', () => {
  let app: TestApp;
  const host = 'id.example.org';

  beforeAll(async () => {
    app = await startApp({ env: { CAREKEY_BASE_URL: 'https://id.example.org/' } });
  });
  afterAll(() => app.close());

  it('docs and GraphiQL are not there, the description is, and no token opens metrics that none is set for', async () => {
    const local = { ...app, baseUrl: app.listensOn };
    expect((await get(local, 'docs', { host })).status).toBe(404);
    expect((await get(local, 'docs/swagger-ui.css', { host })).status).toBe(404);
    expect((await get(local, 'graphql', { host })).status).toBe(404);
    expect((await get(local, 'graphql/graphiql.js', { host })).status).toBe(404);
    expect((await get(local, 'openapi.json', { host })).status).toBe(200);
    expect((await get(local, 'metrics', { host, authorization: 'Bearer undefined' })).status).toBe(404);
    expect((await get(local, 'metrics')).status).toBe(200);
    expect((await get(local, 'openapi.json')).status).toBe(421);
  });
});

describe('when the database is gone', () => {
  it('healthcheck and readyz say so, livez does not, and nobody waits', async () => {
    const app = await startApp();
    try {
      await app.database.drop();
      const until = performance.now() + 10_000;
      let ready = await get(app, 'readyz');
      while (ready.status === 200 && performance.now() < until) ready = await get(app, 'readyz');
      expect(ready.status).toBe(503);
      expect(JSON.parse(ready.text)).toMatchObject({ ok: false });
      const health = await get(app, 'healthcheck');
      expect(health.status).toBe(503);
      expect(JSON.parse(health.text)).toMatchObject({ ok: false });
      expect((await get(app, 'livez')).status).toBe(200);
    } finally {
      await app.close();
    }
  });
});

describe('when Redis is gone', () => {
  it('readyz warns and goes on', async () => {
    const app = await startApp({ env: { REDIS_URL: `redis://127.0.0.1:${await freePort()}` } });
    try {
      const { status, text } = await get(app, 'readyz');
      expect(status).toBe(200);
      expect(JSON.parse(text)).toEqual({ ok: true, checks: { database: true, notices: true, redis: false } });
    } finally {
      await app.close();
    }
  });
});
