import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { IpAccessRule } from './access-policy-input.js';
import { type IpRange, rangeOf } from './ip-ranges.js';

/** An address rule that is read once and asked often. */
export interface CompiledIpRule {
  readonly rule: IpAccessRule;
  /** Absent: every address. */
  readonly range: IpRange | undefined;
}

/** Reads rules that have passed `isIpRuleValue`; one that no longer would is left out if it allows, and blocks all if it blocks. */
export function compileIpRules(rules: readonly IpAccessRule[]): CompiledIpRule[] {
  return rules
    .map((rule) => ({ rule, range: rule.value === '*' ? undefined : rangeOf(rule.value) }))
    .filter(({ rule, range }) => range !== undefined || rule.value === '*' || rule.action === 'block');
}

/**
 * The first rule that names the address; `undefined` when none does, which allows (wire-spec section 7.4).
 * @param ip as the request came; an IPv4 address within IPv6 is the IPv4 address. What is no address is blocked.
 */
export function decidingRule(rules: readonly CompiledIpRule[], ip: string): IpAccessRule | undefined {
  if (rules.length === 0) return undefined;
  const address = isIP(ip) === 0 ? undefined : ipaddr.process(ip);
  if (!address) return { value: '*', action: 'block', name: 'no address' };
  return rules.find(({ range }) => range === undefined || isWithin(address, range))?.rule;
}

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: IpRange): boolean {
  return address.kind() === network.kind() && (address as ipaddr.IPv4).match(network as ipaddr.IPv4, bits);
}
