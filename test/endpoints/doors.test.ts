import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClientsService } from '../../src/clients/clients.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { type Route, routesOf } from '../architecture/routes.js';
import { sourcesBelow } from '../architecture/sources.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { BrowserAgent, formTo } from '../helpers/browser-agent.js';
import { startWorld, type World } from '../helpers/world.js';
import { until } from '../kernel/wait.js';

/** Every route that exists, once per method, with something in the place of its parameters. */
const doors = routesOf(sourcesBelow('src'))
  .map(({ method, path, ...more }) => ({
    ...more,
    method: method === 'all' ? 'GET' : method.toUpperCase(),
    path: path.replace(/:\w+/g, 'x').replace(/\*\w*/g, 'x'),
  }))
  .map((door): [string, typeof door] => [`${door.method} ${door.path}`, door]);

type Door = Pick<Route, 'method' | 'path'>;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let world: World;
beforeAll(async () => {
  world = await startWorld({ env: { CAREKEY_ALLOWED_ORIGINS: 'https://listed.example' } });
});
afterAll(() => world.close());

/** A request with headers that `fetch` would not let through. */
function ask(
  { method, path }: Door,
  headers: Record<string, string> = {},
  base = world.app.baseUrl,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    httpRequest({ hostname, port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    })
      .on('error', reject)
      .end();
  });
}

/** What is the same whenever the same is asked: without ids, times and random values. */
const comparable = ({ status, headers, body }: Answer) => ({
  status,
  type: headers['content-type'],
  caching: headers['cache-control'],
  challenge: headers['www-authenticate'],
  location: headers.location?.replace(/request=[\w.-]+/, 'request='),
  // Pages hold a random token of the browser.
  body: headers['content-type']?.includes('html')
    ? body.length > 0
    : body.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, ''),
});

describe('every door', () => {
  // Figures of the process change from one moment to the next.
  const steady = doors.filter(([, { path }]) => path !== '/metrics');

  it.each(steady)('W-555 %s is the same door under /api', async (_, door) => {
    const plain = await ask(door);
    const alias = await ask({ ...door, path: `/api${door.path}` });
    expect(comparable(alias)).toEqual(comparable(plain));
    expect(plain.status).toBeLessThan(500);
  });

  it('W-555 caches and counters do not differ by the name', async () => {
    const path = '/.well-known/openid-configuration';
    const { etag } = (await ask({ method: 'GET', path })).headers;
    const again = await ask({ method: 'GET', path: `/api${path}` }, { 'if-none-match': etag! });
    expect(again.status).toBe(304);
  });
});

/** Rulings 13, written down a second time: which addresses a page of another origin may read. */
function reachOf(path: string): 'every origin' | 'known origins' | 'none' {
  if (/^\/(?:\.well-known\/|fhir\/R4\/(?:metadata$|\.well-known\/))/.test(path)) return 'every origin';
  if (/^\/(?:auth|admin|fhir)\/|^\/graphql$/.test(path)) return 'known origins';
  if (/^\/oauth2\/(?:token|userinfo|revoke|introspect|logout)$/.test(path)) return 'known origins';
  return 'none';
}

describe('CORS on every door (rulings 13)', () => {
  const known = ['https://app.example', 'https://listed.example'];
  const unknown = ['https://evil.example', 'null', 'http://app.example', 'https://app.example:8443'];
  const sent = [
    'authorization',
    'content-type',
    'x-medplum',
    'x-medplum-on-behalf-of',
    'if-match',
    'if-none-exist',
    'prefer',
    'x-security-context',
    'cache-control',
  ];

  it.each(doors)('BCP-33 W-552 W-553 %s: exactly the origins that may', async (_, door) => {
    const reach = reachOf(door.path);
    for (const prefix of ['', '/api']) {
      const path = `${prefix}${door.path}`;
      for (const origin of [...known, ...unknown]) {
        const may = reach === 'every origin' || (reach === 'known origins' && known.includes(origin));
        const preflight = await ask(
          { method: 'OPTIONS', path },
          {
            origin,
            'access-control-request-method': door.method,
            'access-control-request-headers': sent.join(', '),
          },
        );
        const answer = await ask({ ...door, path }, { origin });
        for (const { headers } of [preflight, answer]) {
          expect(headers['access-control-allow-origin']).toBe(may ? origin : undefined);
          expect(headers['access-control-allow-credentials']).toBe(may ? 'true' : undefined);
        }
        if (!may) continue;
        const allowed = String(preflight.headers['access-control-allow-headers']).toLowerCase().split(', ');
        expect(allowed).toEqual(expect.arrayContaining(sent));
        expect(String(preflight.headers['access-control-allow-methods'])).toContain(door.method);
        expect(String(answer.headers.vary)).toMatch(/origin/i);
        const exposed = String(answer.headers['access-control-expose-headers']).split(', ');
        expect(exposed).toEqual(
          expect.arrayContaining(['RateLimit', 'ETag', 'Location', 'Content-Location', 'Last-Modified']),
        );
      }
    }
  });

  it('a signed-in browser gets nothing more from a door with CORS than anybody', async () => {
    const browser = new BrowserAgent(world.app.baseUrl);
    const { email, password } = world.project.person;
    const page = await browser.get(`/signin?project=${world.project.id}`);
    await browser.submit(formTo(await page.text(), '/signin'), { email, password });
    expect(browser.cookieNames).toContain('carekey-session');
    const cookie = browser.cookieNames.map((name) => `${name}=${browser.cookie(name)}`).join('; ');
    const open = doors.filter(([, { path }]) => reachOf(path) !== 'none');
    expect(open.length).toBeGreaterThan(6);
    for (const [name, door] of open) {
      const origin = { origin: 'https://app.example' };
      const [without, withCookie] = [await ask(door, origin), await ask(door, { ...origin, cookie })];
      expect([name, comparable(withCookie)]).toEqual([name, comparable(without)]);
      expect([name, withCookie.headers['set-cookie']]).toEqual([name, undefined]);
    }
  });

  it('the origin of a client that is deactivated stops working, also on another node', async () => {
    const second = await startApp({
      database: world.app.database,
      clock: world.app.clock,
      env: { CAREKEY_BASE_URL: world.app.baseUrl },
    });
    const origin = 'https://short-lived.example';
    const client = await world.addClient(world.project.id, {
      name: 'Short-lived',
      redirectUris: [`${origin}/callback`],
      grantTypes: ['authorization_code'],
      authenticatedGrants: [],
    });
    const isLetIn = async (node: TestApp) => {
      const { headers } = await ask({ method: 'POST', path: '/oauth2/token' }, { origin }, node.listensOn);
      return headers['access-control-allow-origin'] === origin;
    };
    for (const node of [world.app, second]) expect(await isLetIn(node)).toBe(true);
    await world.app
      .get(Db)
      .tx((tx) =>
        world.app.get(ClientsService).deactivate(tx, systemActor('test'), world.project.id, client.id),
      );
    expect(await isLetIn(world.app)).toBe(false);
    await until(async () => !(await isLetIn(second)), { withinMs: 1_000 });
    await second.close();
  });
});

describe('RateLimit on every door (rulings 14)', () => {
  const shape = /^"[a-z-]+";r=(\d+);t=(\d+)$/;
  let limited: TestApp;
  const perMinute = 3 * doors.length;
  beforeAll(async () => {
    limited = await startApp({ env: { CAREKEY_RATE_LIMIT_REQUESTS: String(perMinute) } });
  });
  afterAll(() => limited.close());

  it('F38 three parts, counted over all doors and both of their names; then 429 with r=0 and t of at least 3', async () => {
    let left = perMinute;
    for (const [name, door] of doors) {
      for (const prefix of ['', '/api']) {
        const { status, headers } = await ask({ ...door, path: prefix + door.path }, {}, limited.baseUrl);
        const said = shape.exec(String(headers.ratelimit));
        expect([name, headers.ratelimit]).toEqual([name, expect.stringMatching(shape)]);
        if (status !== 429 && status !== 503) expect([name, Number(said![1])]).toEqual([name, --left]);
        else left -= 1;
      }
    }
    while (left-- > 0) await ask({ method: 'GET', path: '/version' }, {}, limited.baseUrl);
    for (const [name, door] of doors) {
      const { status, headers } = await ask(door, {}, limited.baseUrl);
      expect([name, status]).toEqual([name, 429]);
      const [, remaining, seconds] = shape.exec(String(headers.ratelimit))!;
      expect([name, remaining]).toEqual([name, '0']);
      expect(Number(seconds)).toBeGreaterThanOrEqual(3);
      expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(3);
    }
  });

  it('a refusal for another reason than the address says r=0 too: too many guesses of a password', async () => {
    const browser = new BrowserAgent(world.app.baseUrl);
    const form = formTo(await (await browser.get('/signin')).text(), '/signin');
    let answer: Response;
    do {
      answer = await browser.submit(form, { email: 'nobody@example.org', password: 'wrong wrong wrong' });
    } while (answer.status === 400);
    expect(answer.status).toBe(429);
    expect(answer.headers.get('ratelimit')).toMatch(/^"[a-z-]+";r=0;t=\d+$/);
  });
});
