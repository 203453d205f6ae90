import { describe, expect, it } from '@jest/globals';
import type { SigningKeyView } from '../keys/key-times.js';
import { judgeKeys } from './key-check.js';

const now = Date.parse('2026-03-01T12:00:00Z');
const hourMs = 3_600_000;

function key(alg: SigningKeyView['alg'], dueInMs: number | null, state: SigningKeyView['state'] = 'active') {
  const at = new Date(now - hourMs);
  const rotationDueAt = dueInMs === null ? null : new Date(now + dueInMs);
  return {
    kid: alg,
    alg,
    state,
    createdAt: at,
    activatesAt: at,
    retiresAt: null,
    erasesAt: null,
    rotationDueAt,
  };
}

describe('what doctor says of signing keys', () => {
  it.each([
    ['none yet', [], 'warn', /the first start/],
    ['one algorithm without', [key('ES256', null)], 'fail', /No active key for RS256.*carekey keys rotate/],
    ['a pending one only', [key('ES256', null), key('RS256', null, 'pending')], 'fail', /RS256/],
    ['by hand only', [key('ES256', null), key('RS256', null)], 'ok', /by hand only/],
    ['in time', [key('ES256', 5 * hourMs), key('RS256', 9 * hourMs)], 'ok', /2026-03-01T17:00:00/],
    [
      'the schedule has a little to catch up',
      [key('ES256', -hourMs), key('RS256', 9 * hourMs)],
      'ok',
      /next/,
    ],
    ['overdue', [key('ES256', 5 * hourMs), key('RS256', -3 * hourMs)], 'fail', /2026-03-01T09.*worker/],
  ] as const)('%s', (_, keys, state, sentence) => {
    expect(judgeKeys(keys, now)).toEqual({ state, sentence: expect.stringMatching(sentence) });
  });
});
