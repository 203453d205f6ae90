import ipaddr from 'ipaddr.js';

/**
 * Whether an address belongs to the public internet: nothing private, loopback, link-local, shared, reserved or
 * multicast, also when it hides inside an IPv6 form (mapped, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.kind() === 'ipv4') return parsed.range() === 'unicast';
  const v6 = parsed as ipaddr.IPv6;
  // Every form that carries an IPv4 address is judged as private: no honest host needs to be reached through one.
  return v6.range() === 'unicast' && v6.parts[0]! >= 0x2000 && v6.parts[0]! <= 0x3fff;
}
