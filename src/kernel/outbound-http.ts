import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, type RequestInit, type Response, fetch as undiciFetch } from 'undici';
import { Config } from './config.js';
import { outboundFailed, outboundRefused } from './kernel.errors.js';
import { isPublicAddress } from './public-address.js';

/** Answers every address of a host name; tests put their own in. */
export type Resolver = (hostname: string) => Promise<readonly string[]>;

/** A request to the outside. Sizes in bytes, times in milliseconds. */
export interface OutboundRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  /** How many redirects to follow, each checked like the first address; none by default. */
  readonly maxRedirects?: number;
}

/** What came back, read whole. */
export interface OutboundAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * The only way out of this process by HTTP (rulings 40). A host is resolved once, every address of it must be public,
 * and the connection goes to an address that was checked; https on port 443 only, save for CAREKEY_OUTBOUND_ALLOW.
 */
@Injectable()
export class OutboundHttp implements OnApplicationShutdown {
  /** Test seam: replaces the system's resolver. */
  resolver: Resolver = resolveBySystem;
  private readonly guarded = this.agent(true);
  private readonly allowed = this.agent(false);

  constructor(private readonly config: Config) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.guarded.close(), this.allowed.close()]);
  }

  /** @throws AppError `outbound-refused` for an address that may not be called, `outbound-failed` for the rest */
  async fetch(address: string, request: OutboundRequest = {}): Promise<OutboundAnswer> {
    const { timeoutMs = 5_000, maxBytes = 262_144, maxRedirects = 0 } = request;
    const signal = AbortSignal.timeout(timeoutMs);
    let url = parse(address);
    for (let left = maxRedirects; ; left--) {
      const answer = await this.once(url, request, signal, maxBytes);
      const location = answer.headers.get('location');
      if (answer.status < 300 || answer.status > 399 || !location) return answer;
      if (left === 0) throw outboundFailed({ detail: 'redirect' });
      url = parse(new URL(location, url).href);
    }
  }

  private async once(
    url: URL,
    request: OutboundRequest,
    signal: AbortSignal,
    maxBytes: number,
  ): Promise<OutboundAnswer> {
    const init: RequestInit = {
      method: request.method ?? 'GET',
      headers: { ...request.headers },
      body: request.body ?? null,
      redirect: 'manual',
      signal,
      dispatcher: this.dispatcherFor(url),
    };
    try {
      const response = await undiciFetch(url, init);
      const text = await readLimited(response, maxBytes);
      return { status: response.status, headers: response.headers as unknown as Headers, text };
    } catch (cause) {
      for (let inner: unknown = cause; inner instanceof Error; inner = inner.cause) {
        if (inner instanceof PrivateAddress) throw outboundRefused({ cause });
      }
      throw outboundFailed({ cause, detail: url.hostname });
    }
  }

  private dispatcherFor(url: URL): Agent {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (this.isOwn(url)) throw outboundRefused({ detail: 'own host' });
    if (this.config.outboundAllow.some((entry) => entry === url.host || entry === url.hostname))
      return this.allowed;
    if (url.protocol !== 'https:' || url.port !== '') throw outboundRefused({ detail: 'scheme or port' });
    if (isIP(host) !== 0 && !isPublicAddress(host)) throw outboundRefused({ detail: 'private address' });
    return this.guarded;
  }

  /** Our own name, database and Redis are never called, whatever is allowed. */
  private isOwn(url: URL): boolean {
    const { DATABASE_URL, REDIS_URL } = this.config.settings;
    const infrastructure = [DATABASE_URL, REDIS_URL].flatMap((text) =>
      text && URL.canParse(text) ? [new URL(text)] : [],
    );
    if (url.host === new URL(this.config.baseUrl).host) return true;
    return infrastructure.some(
      ({ hostname, port }) => hostname === url.hostname && (port || '5432') === url.port,
    );
  }

  private agent(guarded: boolean): Agent {
    return new Agent({
      connect: {
        lookup: (hostname, options, done) => {
          this.resolve(hostname, guarded).then(
            (addresses) => {
              const [first] = addresses;
              if ((options as { all?: boolean }).all) done(null, addresses as never);
              else done(null, first!.address, first!.family);
            },
            (error: NodeJS.ErrnoException) => done(error, '', 0),
          );
        },
      },
    });
  }

  private async resolve(hostname: string, guarded: boolean): Promise<LookupAddress[]> {
    const addresses = await this.resolver(hostname);
    if (addresses.length === 0) throw new Error(`No address for ${hostname}`);
    if (guarded && !addresses.every(isPublicAddress)) throw new PrivateAddress(hostname);
    return addresses.map((address) => ({ address, family: isIP(address) }));
  }
}

class PrivateAddress extends Error {}

function parse(address: string): URL {
  if (!URL.canParse(address)) throw outboundRefused({ detail: 'no URL' });
  const url = new URL(address);
  if (url.username || url.password) throw outboundRefused({ detail: 'user name' });
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw outboundRefused({ detail: 'scheme' });
  return url;
}

async function readLimited(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > maxBytes) throw new Error('The answer is too large');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function resolveBySystem(hostname: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => {
      if (error) reject(error);
      else resolve(addresses.map(({ address }) => address));
    });
  });
}
