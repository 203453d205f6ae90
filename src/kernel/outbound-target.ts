import type { Config } from './config.js';
import { isLoopbackHost } from './config.js';
import { outboundRefused } from './kernel.errors.js';
import type { AddressClass } from './public-address.js';

interface Endpoint {
  readonly host: string;
  readonly port: string;
}

const defaultPorts: Readonly<Record<string, string>> = {
  'http:': '80',
  'https:': '443',
  'postgres:': '5432',
  'postgresql:': '5432',
  'redis:': '6379',
  'rediss:': '6379',
};

/** Decides which URL may be called, and at which class of addresses (rulings 40). */
export class OutboundTargets {
  private readonly own: readonly Endpoint[];
  private readonly allowed: ReadonlySet<string>;

  constructor(config: Config) {
    const { DATABASE_URL, CAREKEY_MIGRATION_DATABASE_URL, REDIS_URL } = config.settings;
    const urls = [config.baseUrl, DATABASE_URL, CAREKEY_MIGRATION_DATABASE_URL, REDIS_URL];
    const listening = { host: plainHost(config.host), port: String(config.port) };
    this.own = [
      listening,
      ...urls.flatMap((url) => (url && URL.canParse(url) ? [endpointOf(new URL(url))] : [])),
    ];
    this.allowed = new Set(config.outboundAllow.map((entry) => entry.toLowerCase()));
  }

  /**
   * Reads an address and says which classes of addresses its host may resolve to.
   * @throws AppError `outbound-refused`
   */
  check(address: string): { readonly url: URL; readonly classes: ReadonlySet<AddressClass> } {
    if (!URL.canParse(address)) throw outboundRefused({ detail: 'no URL' });
    const url = new URL(address);
    const target = endpointOf(url);
    if (url.username || url.password) throw outboundRefused({ detail: 'user name' });
    if (this.isOwn(target)) throw outboundRefused({ detail: 'own host' });
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw outboundRefused({ detail: 'scheme' });
    const classes = this.classesOf(target.host, target.port);
    if (classes === allowedClasses) return { url, classes };
    if (url.protocol !== 'https:' || target.port !== '443')
      throw outboundRefused({ detail: 'scheme or port' });
    return { url, classes };
  }

  /** The classes of addresses that a host may resolve to at a port: private ones only if CAREKEY_OUTBOUND_ALLOW says so. */
  classesOf(host: string, port: string): ReadonlySet<AddressClass> {
    return this.allowed.has(host) || this.allowed.has(`${host}:${port}`) ? allowedClasses : publicOnly;
  }

  /** Whether an address and port are where we or our database or Redis listen, under whatever name they were found. */
  isOwnAddress(address: string, port: string): boolean {
    return this.isOwn({ host: address, port });
  }

  /** Names of this machine are one host with many ports; other hosts of ours are never called at any port. */
  private isOwn({ host, port }: Endpoint): boolean {
    const local = isLoopbackHost(host);
    return this.own.some((own) => {
      if (own.host === '') return false;
      if (isLoopbackHost(own.host)) return local && own.port === port;
      return own.host === host || (isAnyAddress(own.host) && local && own.port === port);
    });
  }
}

const publicOnly: ReadonlySet<AddressClass> = new Set(['public']);
const allowedClasses: ReadonlySet<AddressClass> = new Set(['public', 'private']);

function endpointOf(url: URL): Endpoint {
  return { host: plainHost(url.hostname), port: portOf(url) };
}

/** The port that a URL leads to, also when it does not say. */
export function portOf({ protocol, port }: { readonly protocol: string; readonly port: string }): string {
  return port || (defaultPorts[protocol] ?? '');
}

/** A host name without the final dot and without the brackets of IPv6. */
function plainHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
