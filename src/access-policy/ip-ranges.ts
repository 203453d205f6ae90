import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An address and how many of its first bits count. */
export type IpRange = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * Judges the value of an address rule: `*`, an address, a range like 10.0.0.0/8, or the beginning of an address. The
 * beginning ends in a separator, so that 10.1. does not also mean 10.100 (wire-spec section 7.4).
 */
export function isIpRuleValue(value: string): boolean {
  return value === '*' || rangeOf(value) !== undefined;
}

/** What the value of an address rule covers; `undefined` for `*` and for what is no value. */
export function rangeOf(value: string): IpRange | undefined {
  if (/^(\d{1,3}\.){1,3}$/.test(value)) {
    const octets = value.split('.').slice(0, -1);
    return range([...octets, '0', '0', '0'].slice(0, 4).join('.'), octets.length * 8);
  }
  if (/^([0-9A-Fa-f]{1,4}:){1,7}$/.test(value)) return range(`${value}:`, (value.split(':').length - 1) * 16);
  const [, address = '', bits] = /^([0-9A-Fa-f:.]{2,45})(?:\/(\d{1,3}))?$/.exec(value) ?? [];
  return range(address, bits === undefined ? undefined : Number(bits));
}

function range(text: string, bits: number | undefined): IpRange | undefined {
  if (isIP(text) === 0) return undefined;
  const address = ipaddr.parse(text);
  const all = address.kind() === 'ipv4' ? 32 : 128;
  const length = bits ?? all;
  if (length > all) return undefined;
  const same = ipaddr.process(text);
  if (same.kind() === address.kind()) return [address, length];
  return length < 96 ? [address, length] : [same, length - 96];
}
