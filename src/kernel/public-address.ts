import ipaddr from 'ipaddr.js';

/** What an outbound call may do with an address. */
export type AddressClass =
  /** Of the public internet. */
  | 'public'
  /** Loopback, private or shared: only for hosts that the operator allows. */
  | 'private'
  /** Never called: metadata services, link-local, multicast, unspecified, reserved, tunnels. */
  | 'forbidden';

const privateRanges = new Set(['loopback', 'private', 'carrierGradeNat', 'uniqueLocal']);

// Metadata services that cloud machines trust, outside the link-local range.
const metadata = new Set([
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd20:ce::254',
]);

/**
 * Judges one address. Forms that carry an IPv4 address inside IPv6 (NAT64, 6to4, Teredo, ISATAP) are forbidden, save
 * the mapped form, which is judged as the IPv4 address that the connection goes to.
 */
export function classOfAddress(address: string): AddressClass {
  if (!ipaddr.isValid(address) || address.includes('%')) return 'forbidden';
  const parsed = ipaddr.process(address);
  if (metadata.has(parsed.toString())) return 'forbidden';
  const range = parsed.range();
  if (privateRanges.has(range)) return 'private';
  if (range !== 'unicast') return 'forbidden';
  return parsed.kind() === 'ipv4' || isPlainGlobal(parsed as ipaddr.IPv6) ? 'public' : 'forbidden';
}

/** Whether it lies in 2000::/3, all that is given out today, and is no ISATAP address (RFC 5214 section 6.1). */
function isPlainGlobal({ parts }: ipaddr.IPv6): boolean {
  const isatap = (parts[4]! & 0xfcff) === 0 && parts[5] === 0x5efe;
  return parts[0]! >> 13 === 1 && !isatap;
}
