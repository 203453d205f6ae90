import { describe, expect, it } from '@jest/globals';
import { classOfAddress } from './public-address.js';

describe('the class of an address', () => {
  it.each([
    '93.184.215.14',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '2606:4700::1111',
    '2a00:1450:4001:81b::200e',
    '::ffff:93.184.215.14',
  ])('%s is public', (address) => {
    expect(classOfAddress(address)).toBe('public');
  });

  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '100.127.255.254',
    '::1',
    'fc00::1',
    'fd12:3456::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '0:0:0:0:0:ffff:c0a8:0101',
    '::127.0.0.1',
  ])('%s is private', (address) => {
    expect(classOfAddress(address)).toBe('private');
  });

  it.each([
    ['unspecified', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['unspecified', '::'],
    ['link-local, where metadata services are', '169.254.169.254'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['metadata of one cloud', 'fd00:ec2::254'],
    ['metadata of another', '168.63.129.16'],
    ['metadata of a third', '100.100.100.200'],
    ['metadata of a fourth', '192.0.0.192'],
    ['metadata, mapped', '::ffff:169.254.169.254'],
    ['multicast', '224.0.0.1'],
    ['multicast', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['documentation', '192.0.2.1'],
    ['documentation', '2001:db8::1'],
    ['benchmarking', '198.18.0.1'],
    ['site-local', 'fec0::1'],
    ['NAT64 of loopback', '64:ff9b::7f00:1'],
    ['NAT64 of a public address', '64:ff9b::5db8:d70e'],
    ['local NAT64', '64:ff9b:1::a00:1'],
    ['6to4 of a private address', '2002:0a00:0001::1'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['ISATAP of a private address', '2606:4700::5efe:a00:1'],
    ['translated', '::ffff:0:7f00:1'],
    ['discard only', '100::1'],
    ['outside what is given out', '4000::1'],
    ['no address', 'localhost'],
    ['no address', ''],
  ])('%s (%s) is never called', (_, address) => {
    expect(classOfAddress(address)).toBe('forbidden');
  });
});
