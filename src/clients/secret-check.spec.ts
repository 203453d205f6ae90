import { describe, expect, it } from '@jest/globals';
import { hashSecret, newClientSecret, presentedSecret } from '../kernel/secrets.js';
import { anySecretMatches } from './secret-check.js';

const current = newClientSecret();
const retiring = newClientSecret();
const now = 1_000_000;
const stored = {
  current: { hash: hashSecret(current), expiresAt: null },
  retiring: { hash: hashSecret(retiring), expiresAt: new Date(now + 1) },
};
const none = { current: undefined, retiring: undefined };

describe('client secrets (F119)', () => {
  it('are 64 hex characters', () => {
    expect(current).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['the current one', stored, [current], now, true],
    ['the retiring one', stored, [retiring], now, true],
    ['the retiring one at its end', stored, [retiring], now + 1, false],
    ['the current one after the end of the other', stored, [current], now + 1, true],
    ['one right reading of two', stored, [presentedSecret('wrong'), current], now, true],
    ['one right reading of two, first', stored, [current, presentedSecret('wrong')], now, true],
    ['two wrong readings', stored, [presentedSecret('wrong'), presentedSecret('worse')], now, false],
    ['both living ones', stored, [current, retiring], now, true],
    ['empty', stored, [presentedSecret('')], now, false],
    ['nothing', stored, [], now, false],
    ['the hash itself', stored, [presentedSecret(hashSecret(current).toString('hex'))], now, false],
    ['a client without secrets', none, [current], now, false],
    ['a client without secrets, empty', none, [presentedSecret('')], now, false],
  ] as const)('%s', (_, secrets, candidates, at, expected) => {
    expect(anySecretMatches(secrets, candidates, at)).toBe(expected);
  });
});
