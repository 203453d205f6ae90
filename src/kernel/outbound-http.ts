import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, buildConnector, type RequestInit as UndiciInit, fetch as undiciFetch } from 'undici';
import { Config } from './config.js';
import { AppError } from './errors.js';
import { outboundFailed, outboundRefused } from './kernel.errors.js';
import { OutboundTargets, portOf } from './outbound-target.js';
import { type AddressClass, classOfAddress } from './public-address.js';

/** Answers every address of a host name; tests put their own in. */
export type Resolver = (hostname: string) => Promise<readonly string[]>;

/** A request to the outside. Sizes in bytes, times in milliseconds. */
export interface OutboundRequest {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  /** For everything together: look-up, connection, answer. */
  readonly timeoutMs?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** How many redirects of a GET to follow, each checked like the first address; none by default. */
  readonly maxRedirects?: number | undefined;
  readonly signal?: AbortSignal | null | undefined;
}

/** `fetch` as libraries for OAuth and JOSE take it. */
export type Fetch = (address: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * The only way out of this process by HTTP (rulings 40). A host is resolved once, every address of it is checked, and
 * the connection goes to what was checked; https on port 443 only, save for CAREKEY_OUTBOUND_ALLOW.
 */
@Injectable()
export class OutboundHttp implements OnApplicationShutdown {
  /** Test seam: replaces the system's resolver. */
  resolver: Resolver = async (hostname) =>
    (await systemLookup(hostname, { all: true })).map(({ address }) => address);
  private readonly targets: OutboundTargets;
  private readonly agents = new Map<ReadonlySet<AddressClass>, Agent>();

  constructor(config: Config) {
    this.targets = new OutboundTargets(config);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.agents.values()].map((agent) => agent.destroy()));
  }

  /**
   * Sends a request and reads the whole answer. An answer of any status is an answer.
   * @throws AppError `outbound-refused` for an address that may not be called, `outbound-failed` for the rest
   */
  async fetch(address: string | URL, request: OutboundRequest = {}): Promise<Response> {
    const { timeoutMs = 5_000, maxBytes = 1_048_576, maxRedirects = 0 } = request;
    const method = request.method ?? 'GET';
    const signal = AbortSignal.any([
      AbortSignal.timeout(timeoutMs),
      ...(request.signal ? [request.signal] : []),
    ]);
    let headers = { ...request.headers };
    let target = this.targets.check(String(address));
    for (let left = maxRedirects; ; left--) {
      const init: UndiciInit = { method, headers, body: request.body ?? null, redirect: 'manual', signal };
      const answer = await this.once(target, init, maxBytes);
      const location = answer.headers.get('location');
      if (answer.status < 300 || answer.status > 399 || location === null) return answer;
      if (left <= 0 || method !== 'GET' || !URL.canParse(location, target.url.href)) return answer;
      const next = this.targets.check(new URL(location, target.url).href);
      // What was meant for one origin (a token, a password) is not carried to another.
      if (next.url.origin !== target.url.origin) headers = {};
      target = next;
    }
  }

  /**
   * The checked address of a host that is not called by HTTP (a mail server): resolved once, so connect to what is answered.
   * @param named whether the operator named the host in the configuration: then it may be a private address, or ours
   * @throws AppError `outbound-refused`; an Error when the name does not resolve
   */
  async addressOf(host: string, port: number, named: boolean): Promise<string> {
    const literal = host.replace(/^\[(.*)\]$/, '$1');
    const found = isIP(literal) === 0 ? await this.resolver(literal) : [literal];
    if (found.length === 0) throw new Error(`No address for ${literal}`);
    const classes = this.targets.classesOf(literal, String(port));
    const isFit = (address: string) =>
      named ? classOfAddress(address) !== 'forbidden' : this.isFit(address, String(port), classes);
    const isOwn = !named && this.targets.isOwnAddress(literal, String(port));
    if (isOwn || !found.every(isFit)) throw outboundRefused({ detail: 'private address' });
    return found[0]!;
  }

  /** Whether the operator lets this process call a private host, or any host at an unusual port (CAREKEY_OUTBOUND_ALLOW). */
  isAllowed(host: string, port: number): boolean {
    return this.targets.classesOf(host, String(port)).has('private');
  }

  /** The same as a `fetch` function, for openid-client and jose. */
  asFetch(limits: Pick<OutboundRequest, 'timeoutMs' | 'maxBytes'> = {}): Fetch {
    return (address, init = {}) =>
      this.fetch(address, {
        ...limits,
        method: init.method,
        headers: Object.fromEntries(new Headers(init.headers)),
        body: init.body === null || init.body === undefined ? undefined : String(init.body),
        signal: init.signal,
      });
  }

  private async once(
    { url, classes }: ReturnType<OutboundTargets['check']>,
    init: UndiciInit,
    maxBytes: number,
  ): Promise<Response> {
    try {
      const answer = await undiciFetch(url, { ...init, dispatcher: this.agentFor(classes) });
      const body = await readAtMost(answer.body, maxBytes);
      const headers = new Headers([...answer.headers].filter(([name]) => !ofTheTransfer.has(name)));
      return new Response(hasNoBody(answer.status) ? null : body, { status: answer.status, headers });
    } catch (cause) {
      for (let inner: unknown = cause; inner instanceof Error; inner = inner.cause) {
        if (inner instanceof AppError) throw inner;
      }
      throw outboundFailed({ cause, detail: url.hostname });
    }
  }

  private agentFor(classes: ReadonlySet<AddressClass>): Agent {
    const known = this.agents.get(classes);
    if (known) return known;
    const made = new Agent({ connect: this.connector(classes), keepAliveTimeout: 4_000 });
    this.agents.set(classes, made);
    return made;
  }

  /** Connects to an address that was checked: the look-up and the check are part of making the connection. */
  private connector(classes: ReadonlySet<AddressClass>): buildConnector.connector {
    return (options, done) => {
      const port = portOf(options);
      const lookup: LookupFunction = (hostname, { all }, answer) => {
        this.resolve(hostname, port, classes).then(
          (found) => (all ? answer(null, found) : answer(null, found[0]!.address, found[0]!.family)),
          (error: NodeJS.ErrnoException) => answer(error, ''),
        );
      };
      // A host that is an address is never looked up, so it is checked here.
      const literal = options.hostname.replace(/^\[(.*)\]$/, '$1');
      if (isIP(literal) !== 0 && !this.isFit(literal, port, classes)) {
        done(outboundRefused({ detail: 'private address' }), null);
        return;
      }
      buildConnector({ lookup, timeout: 5_000 })(options, done);
    };
  }

  private async resolve(hostname: string, port: string, classes: ReadonlySet<AddressClass>) {
    const addresses = await this.resolver(hostname);
    if (addresses.length === 0) throw new Error(`No address for ${hostname}`);
    if (!addresses.every((address) => this.isFit(address, port, classes)))
      throw outboundRefused({ detail: 'private address' });
    return addresses.map((address) => ({ address, family: isIP(address) }));
  }

  private isFit(address: string, port: string, classes: ReadonlySet<AddressClass>): boolean {
    return classes.has(classOfAddress(address)) && !this.targets.isOwnAddress(address, port);
  }
}

/** True of what went over the wire, no longer of the body as it is handed on: read whole and unpacked. */
const ofTheTransfer = new Set(['content-encoding', 'content-length', 'transfer-encoding']);

function hasNoBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

async function readAtMost(
  body: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw new Error('The answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
