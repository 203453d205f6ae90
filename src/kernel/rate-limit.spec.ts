import { describe, expect, it } from '@jest/globals';
import { addressKey, rateLimitHeader } from './rate-limit.js';

describe('addressKey', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:FFFF:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:0000:0000:0000:0001', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['not:an:address', 'unknown'],
  ])('%s is counted as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
    expect(addressKey(address)).toBe(key);
  });

  it('tells neighbouring networks apart', () => {
    expect(addressKey('2001:db8:1:3::1')).not.toBe(addressKey('2001:db8:1:2::1'));
  });
});

describe('rateLimitHeader', () => {
  it.each([
    [{ name: 'tokens', remaining: 4, resetSeconds: 21 }, false, '"tokens";r=4;t=21'],
    [{ name: 'tokens', remaining: 4, resetSeconds: 1 }, true, '"tokens";r=0;t=3'],
    [{ name: 'tokens', remaining: -1, resetSeconds: 60 }, true, '"tokens";r=0;t=60'],
    [{ name: 'tokens', remaining: 2.9, resetSeconds: 0.2 }, false, '"tokens";r=2;t=1'],
  ])('has exactly three parts: %p', (state, refused, value) => {
    expect(rateLimitHeader(state, refused)).toBe(value);
    expect(value.split(';')).toHaveLength(3);
  });
});
