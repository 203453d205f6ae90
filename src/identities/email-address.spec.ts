import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normalizeEmail } from './email-address.js';

describe('e-mail addresses', () => {
  it.each([
    ['ada@example.org', 'ada@example.org'],
    ['  Ada.Quill+work@Example.ORG ', 'ada.quill+work@example.org'],
    ["o'brien@example.org", "o'brien@example.org"],
    ['ada@müller.example', 'ada@xn--mller-kva.example'],
    ['ada@xn--mller-kva.example', 'ada@xn--mller-kva.example'],
    ['rene\u0301@example.org', 'ren\u00e9@example.org'],
    // The sign for kelvin is the letter k: one address, not two.
    ['\u212aate@example.org', 'kate@example.org'],
    ['ada@\uff45xample.org', 'ada@example.org'],
  ])('%j is %j', (typed, stored) => {
    expect(normalizeEmail(typed)).toBe(stored);
  });

  it.each([
    '',
    'ada',
    '@example.org',
    'ada@',
    'ada@example',
    'ada@localhost',
    'ada@example.org.',
    'ada@.example.org',
    'ada@-example.org',
    'ada@exam_ple.org',
    'ada@192.0.2.1',
    'ada@[192.0.2.1]',
    '.ada@example.org',
    'ada.@example.org',
    'a..da@example.org',
    'ada quill@example.org',
    'ada@quill@example.org',
    '"ada"@example.org',
    'Ada <ada@example.org>',
    'ada@example.org,eve@example.org',
    'ada@example.org\r\nBcc: eve@example.org',
    'ada\0@example.org',
    'a\u200bda@example.org',
    `${'a'.repeat(65)}@example.org`,
    `ada@${'a'.repeat(64)}.org`,
    `ada@${'abcdefgh.'.repeat(28)}org`,
    `ada@example.org${' '.repeat(400)}`,
  ])('%j is none', (typed) => {
    expect(normalizeEmail(typed)).toBeUndefined();
  });

  it('the normal form is its own normal form', () => {
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), fc.string({ unit: 'binary' })), (typed) => {
        const stored = normalizeEmail(typed);
        if (stored !== undefined) expect(normalizeEmail(stored)).toBe(stored);
      }),
      { numRuns: 2000 },
    );
  });
});
