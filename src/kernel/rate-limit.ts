import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';

/** Where a caller stands with a limit. */
export interface RateLimitState {
  /** The limit's name, as clients see it. */
  readonly name: string;
  readonly remaining: number;
  /** Seconds until the count starts again. */
  readonly resetSeconds: number;
}

/**
 * The value of the `RateLimit` header: exactly three parts, because clients read them by place (rulings 14).
 * @param refused for 429 and 503: nothing remains, and coming back takes at least 3 seconds.
 */
export function rateLimitHeader({ name, remaining, resetSeconds }: RateLimitState, refused = false): string {
  const seconds = Math.max(refused ? 3 : 0, Math.ceil(resetSeconds));
  return `"${name}";r=${refused ? 0 : Math.max(0, Math.floor(remaining))};t=${seconds}`;
}

/** A `RateLimit` header with one more limit on it: each has its three parts, commas between them (wire-spec section 7.6). */
export function withLimit(said: unknown, state: RateLimitState, refused = false): string {
  const one = rateLimitHeader(state, refused);
  return said === undefined ? one : `${said}, ${one}`;
}

// Reading an IPv6 address takes two microseconds; the same few thousand come again and again.
const networks = new LRUCache<string, string>({ max: 10_000 });

/**
 * Under which key an address is counted: IPv4 as it is, IPv6 by its /64, which is what one subscriber holds, and
 * IPv4 written as IPv6 as IPv4. All notations of one address give one key. What is no address is counted together.
 */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address;
  const known = networks.get(address);
  if (known !== undefined) return known;
  const made = networkOf(address);
  networks.set(address, made);
  return made;
}

function networkOf(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined) return 'unknown';
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const groups = (parsed as ipaddr.IPv6).parts.slice(0, 4).map((group) => group.toString(16));
  return `${groups.join(':')}::/64`;
}

/** An address in any notation; IPv4 written as IPv6 comes out as IPv4. `undefined` when it is none. */
export function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const bare = text.replace(/%.*$/, '');
  const valid = bare.includes(':') ? ipaddr.IPv6.isValid(bare) : ipaddr.IPv4.isValidFourPartDecimal(bare);
  return valid ? ipaddr.process(bare) : undefined;
}
