import { isIP } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadConfig } from './config.js';
import { clientAddress } from './request-context.js';

const none = loadConfig({}).trustedProxies;
const trusted = loadConfig({ CAREKEY_TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8:aaaa::/48' }).trustedProxies;

describe('clientAddress (F102)', () => {
  it.each([
    ['nobody is trusted by default', '127.0.0.1', '203.0.113.9', none, '127.0.0.1'],
    ['a stranger is not believed', '198.51.100.1', '203.0.113.9', trusted, '198.51.100.1'],
    ['a proxy is', '10.0.0.1', '203.0.113.9', trusted, '203.0.113.9'],
    ['a mapped proxy too', '::ffff:10.0.0.1', '203.0.113.9', trusted, '203.0.113.9'],
    ['the hop nearest to us counts', '10.0.0.1', '1.2.3.4, 203.0.113.9', trusted, '203.0.113.9'],
    ['behind proxies behind proxies', '10.0.0.1', '1.2.3.4, 203.0.113.9, 10.1.1.1', trusted, '203.0.113.9'],
    ['proxies by IPv6', '2001:db8:aaaa::1', '1.2.3.4, 2001:DB8:BBBB::0:9', trusted, '2001:db8:bbbb::9'],
    ['a mapped client', '10.0.0.1', '::ffff:203.0.113.9', trusted, '203.0.113.9'],
    ['a port behind it', '10.0.0.1', '203.0.113.9:4711', trusted, '203.0.113.9'],
    ['a port behind brackets', '10.0.0.1', '[2001:db8:bbbb::9]:4711', trusted, '2001:db8:bbbb::9'],
    ['only proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', trusted, '10.0.0.3'],
    ['nonsense ends the walk', '10.0.0.1', '203.0.113.9, unknown', trusted, '10.0.0.1'],
    ['nonsense behind a proxy', '10.0.0.1', 'unknown, 10.0.0.2', trusted, '10.0.0.2'],
    ['an octal address is nonsense', '10.0.0.1', '0177.0.0.1', trusted, '10.0.0.1'],
    ['an empty header', '10.0.0.1', '', trusted, '10.0.0.1'],
    ['no peer', '', '203.0.113.9', trusted, ''],
  ])('%s', (_, peer, forwarded, proxies, address) => {
    expect(clientAddress(peer, forwarded, proxies)).toBe(address);
  });

  it('reads several headers as one list', () => {
    expect(clientAddress('10.0.0.1', ['1.2.3.4', '203.0.113.9', '10.0.0.2'], trusted)).toBe('203.0.113.9');
  });

  const hop = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom(
      '10.0.0.7',
      '',
      ' ',
      'unknown',
      '::ffff:10.0.0.1',
      '127.0.0.1:80',
      '[::1]',
      '_hidden',
      '%',
    ),
    fc.string(),
  );

  it('gives an address whatever the header says', () => {
    fc.assert(
      fc.property(fc.array(hop), (hops) => {
        expect(isIP(clientAddress('10.0.0.1', hops.join(','), trusted))).not.toBe(0);
      }),
    );
  });

  it('is not moved by what a client writes in front', () => {
    fc.assert(
      fc.property(fc.array(hop), (written) => {
        const header = [...written, '203.0.113.9', '10.0.0.2'].join(', ');
        expect(clientAddress('10.0.0.1', header, trusted)).toBe('203.0.113.9');
      }),
    );
  });

  it('ignores every header of a peer that is no proxy', () => {
    fc.assert(
      fc.property(fc.array(hop), (written) => {
        expect(clientAddress('198.51.100.1', written.join(','), trusted)).toBe('198.51.100.1');
      }),
    );
  });
});
