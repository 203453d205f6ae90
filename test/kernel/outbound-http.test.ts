import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, customFetch, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { OutboundHttp } from '../../src/kernel/outbound-http.js';
import { testConfig } from './node.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on loopback that counts who reaches it. */
class Target {
  hits: IncomingMessage[] = [];
  connections = 0;
  handler: Handler = (_, response) => response.end('here');
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((request, response) => {
    this.hits.push(request);
    this.handler(request, response);
  });

  async start(): Promise<this> {
    this.server.on('connection', (socket) => {
      this.connections += 1;
      this.sockets.add(socket);
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const refused = { code: 'outbound-refused', kind: 'invalid' };
const failed = { code: 'outbound-failed', kind: 'unavailable' };
/** In unassigned space of the public range: nothing answers there. */
const public6 = '3ffe::1';

describe('OutboundHttp (V14, BCP-42)', () => {
  let allowed: Target;
  let forbidden: Target;
  let http: OutboundHttp;
  let looked: string[];
  let release = () => {};

  beforeAll(async () => {
    [allowed, forbidden] = await Promise.all([new Target().start(), new Target().start()]);
  });

  afterAll(async () => {
    release();
    await http.onApplicationShutdown();
    await Promise.all([allowed.stop(), forbidden.stop()]);
  });

  beforeEach(async () => {
    await http?.onApplicationShutdown();
    for (const target of [allowed, forbidden]) {
      target.hits = [];
      target.connections = 0;
      target.handler = (_, response) => response.end('here');
    }
    looked = [];
    http = new OutboundHttp(
      testConfig({
        DATABASE_URL: `postgres://db.internal:5432/carekey`,
        REDIS_URL: `redis://127.0.0.1:${forbidden.port}`,
        CAREKEY_BASE_URL: 'https://id.example.org/',
        CAREKEY_OUTBOUND_ALLOW: `allowed.test:${allowed.port}, 127.0.0.1:${allowed.port}, anywhere.test, db.internal, 127.0.0.1:${forbidden.port}, id.example.org`,
      }),
    );
    http.resolver = async (hostname) => {
      looked.push(hostname);
      return ['127.0.0.1'];
    };
  });

  const url = (path = '/') => `http://allowed.test:${allowed.port}${path}`;

  it('calls a private host that the operator allows, and reads the answer', async () => {
    allowed.handler = (request, response) => {
      response.setHeader('content-type', 'application/json');
      response.setHeader('x-method', request.method!);
      request.pipe(response);
    };
    const answer = await http.fetch(url('/a?b=c'), {
      method: 'POST',
      body: '{"d":1}',
      headers: { 'x-own': 'e' },
    });
    expect(answer).toBeInstanceOf(Response);
    expect([answer.status, answer.headers.get('x-method')]).toEqual([200, 'POST']);
    expect(await answer.json()).toEqual({ d: 1 });
    expect(allowed.hits[0]).toMatchObject({
      url: '/a?b=c',
      headers: expect.objectContaining({ 'x-own': 'e' }),
    });
    expect(looked).toEqual(['allowed.test']);
  });

  it.each([204, 304, 404, 500])('answers with status %i as it is', async (status) => {
    allowed.handler = (_, response) => response.writeHead(status).end();
    expect((await http.fetch(url())).status).toBe(status);
  });

  it.each([
    'no URL at all',
    'file:///etc/passwd',
    'ftp://example.org/',
    'gopher://127.0.0.1:6379/_FLUSHALL',
    'http://example.org/',
    'https://example.org:8443/',
    'https://example.org:22/',
    'https://user:password@example.org/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://0/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::127.0.0.1]/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/latest/meta-data/',
    'https://[64:ff9b::169.254.169.254]/',
    'https://[2002:7f00:1::]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.1.2.3/',
    'https://172.16.0.1/',
    'https://192.168.0.1/',
    'https://100.64.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://①②⑦.⓪.⓪.①/',
  ])('never calls %s', async (address) => {
    await expect(http.fetch(address)).rejects.toMatchObject(refused);
    expect([allowed.connections, forbidden.connections]).toEqual([0, 0]);
  });

  it.each([
    ['localhost', ['127.0.0.1']],
    ['rebound.test', [public6, '127.0.0.1']],
    ['rebound.test', ['127.0.0.1', public6]],
    ['metadata.google.internal', ['169.254.169.254']],
    ['intranet.test', ['10.0.0.5']],
    ['six.test', ['::1']],
    ['mapped.test', ['::ffff:10.0.0.5']],
    ['zero.test', ['0.0.0.0']],
    ['nonsense.test', ['not an address']],
    ['localhost.', ['127.0.0.1']],
  ])('checks every address of a name: %s is at %p', async (name, addresses) => {
    http.resolver = async () => addresses;
    await expect(http.fetch(`https://${name}/`)).rejects.toMatchObject(refused);
    expect([allowed.connections, forbidden.connections]).toEqual([0, 0]);
  });

  it('resolves once and connects to what was checked: a second answer with loopback is never used', async () => {
    const answers = [[public6], ['127.0.0.1']];
    let asked = 0;
    http.resolver = async () => answers[asked++] ?? ['127.0.0.1'];
    await expect(http.fetch('https://rebound.test/', { timeoutMs: 500 })).rejects.toMatchObject(failed);
    expect(asked).toBe(1);
    await expect(http.fetch('https://rebound.test/', { timeoutMs: 500 })).rejects.toMatchObject(refused);
    expect(asked).toBe(2);
    expect(forbidden.connections).toBe(0);
  });

  it.each([
    ['link-local', ['169.254.169.254']],
    ['multicast', ['224.0.0.1']],
    ['unspecified', ['0.0.0.0']],
  ])('does not call %s addresses even for an allowed host', async (_, addresses) => {
    http.resolver = async () => addresses;
    await expect(http.fetch('http://anywhere.test/')).rejects.toMatchObject(refused);
  });

  it.each([
    ['our own name', 'https://id.example.org/oauth2/token'],
    ['our own name, in other letters', 'https://ID.example.org./oauth2/token'],
    ['the database', 'http://db.internal:5432/'],
    ['the host of the database at another port', 'http://db.internal:8080/'],
    ['Redis', () => `http://127.0.0.1:${forbidden.port}/`],
    ['Redis under another name', () => `http://anywhere.test:${forbidden.port}/`],
    ['the port that we listen on', 'http://anywhere.test:8103/'],
  ])('refuses %s, whatever is allowed', async (_, address) => {
    const target = typeof address === 'string' ? address : address();
    await expect(http.fetch(target)).rejects.toMatchObject(refused);
    expect(forbidden.connections).toBe(0);
  });

  it('follows no redirect unless told to', async () => {
    allowed.handler = (_, response) => response.writeHead(302, { location: '/next' }).end();
    const answer = await http.fetch(url());
    expect([answer.status, answer.headers.get('location'), allowed.hits.length]).toEqual([302, '/next', 1]);
  });

  it.each([
    ['loopback by address', () => 'http://127.0.0.1:1/'],
    ['loopback by name', () => 'https://localhost/'],
    ['another port of an allowed host', () => `http://allowed.test:${forbidden.port}/`],
    ['another scheme', () => 'file:///etc/passwd'],
    ['metadata', () => 'http://169.254.169.254/latest'],
    ['ourselves', () => 'https://id.example.org/'],
  ])('checks a redirect like the first address: %s', async (_, location) => {
    allowed.handler = (_request, response) => response.writeHead(302, { location: location() }).end();
    await expect(http.fetch(url(), { maxRedirects: 3 })).rejects.toMatchObject(refused);
    expect(forbidden.connections).toBe(0);
  });

  it('follows so many redirects and no more, and carries no credentials to another origin', async () => {
    allowed.handler = (request, response) => {
      const step = Number(request.url!.slice(1));
      const location = step === 1 ? `http://127.0.0.1:${allowed.port}/2` : `/${step + 1}`;
      if (step < 4) response.writeHead(302, { location });
      response.end(`step ${step}`);
    };
    const headers = { authorization: 'Bearer secret' };
    const answer = await http.fetch(url('/0'), { headers, maxRedirects: 4 });
    expect(await answer.text()).toBe('step 4');
    expect(allowed.hits.map(({ headers: { authorization } }) => authorization)).toEqual([
      'Bearer secret',
      'Bearer secret',
      undefined,
      undefined,
      undefined,
    ]);
    expect((await http.fetch(url('/0'), { maxRedirects: 2 })).status).toBe(302);
  });

  it('never repeats a POST for a redirect', async () => {
    allowed.handler = (_, response) => response.writeHead(307, { location: '/next' }).end();
    expect((await http.fetch(url(), { method: 'POST', body: 'a', maxRedirects: 3 })).status).toBe(307);
    expect(allowed.hits).toHaveLength(1);
  });

  it.each([
    [
      'announced',
      (response: ServerResponse) => response.setHeader('content-length', '5000').end('x'.repeat(5000)),
    ],
    [
      'in pieces',
      (response: ServerResponse) => {
        for (let i = 0; i < 50; i++) response.write('x'.repeat(100));
        response.end();
      },
    ],
    [
      'packed',
      (response: ServerResponse) =>
        response.setHeader('content-encoding', 'gzip').end(gzipSync('x'.repeat(10_000_000))),
    ],
  ])('stops at an oversized body: %s', async (_, send) => {
    allowed.handler = (_request, response) => void send(response);
    await expect(http.fetch(url(), { maxBytes: 4_000 })).rejects.toMatchObject(failed);
  });

  it('reads a packed body that fits', async () => {
    allowed.handler = (_, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync('packed'));
    const answer = await http.fetch(url());
    expect([await answer.text(), answer.headers.get('content-encoding')]).toEqual(['packed', null]);
  });

  it.each([
    ['says nothing', () => {}],
    [
      'stops in the middle of its headers',
      (response: ServerResponse) => void response.socket!.write('HTTP/1.1 200 OK\r\nx: '),
    ],
    [
      'sends a byte now and then',
      (response: ServerResponse) => {
        const timer = setInterval(() => response.write('x'), 50);
        response.on('close', () => clearInterval(timer));
      },
    ],
  ])('does not wait for a server that %s', async (_, send) => {
    allowed.handler = (_request, response) => send(response);
    // The server never ends its answer: without the limit this test would not end either.
    await expect(http.fetch(url(), { timeoutMs: 300 })).rejects.toMatchObject(failed);
  });

  it.each([
    ['a name without an address', async () => []],
    [
      'a resolver that fails',
      async () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })),
    ],
    ['a resolver that hangs', () => new Promise<string[]>((resolve) => (release = () => resolve([])))],
  ])('fails for %s', async (_, resolver) => {
    http.resolver = resolver;
    await expect(http.fetch(url(), { timeoutMs: 300 })).rejects.toMatchObject(failed);
  });

  it('says nothing public about what it found', async () => {
    http.resolver = async () => ['10.0.0.5'];
    const error = await http.fetch('https://intranet.test/').catch((reason: Error) => reason);
    expect(String(error)).not.toMatch(/10\.0\.0\.5|intranet/);
  });

  it('serves jose as its fetch', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' };
    allowed.handler = (_, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
    const jwt = await new SignJWT({ sub: 'ada' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(privateKey);
    const keys = createRemoteJWKSet(new URL(url('/jwks')), { [customFetch]: http.asFetch() as never });
    expect((await jwtVerify(jwt, keys)).payload.sub).toBe('ada');
    const inside = createRemoteJWKSet(new URL('https://10.0.0.5/jwks'), {
      [customFetch]: http.asFetch() as never,
    });
    await expect(jwtVerify(jwt, inside)).rejects.toMatchObject(refused);
  });
});
