import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { commonPasswords } from './common-passwords.js';
import {
  normalizePassword,
  type PasswordProblem,
  passwordMaximum,
  passwordProblem,
  passwordSentence,
} from './password-rules.js';

const context = ['Carekey', 'St. Anna Hospital', 'amelie.brandt@klinik.example', 'Amélie', 'Brandt'];
let common: ReadonlySet<string>;

beforeAll(async () => {
  common = await commonPasswords();
});

function problem(password: string, minimum = 15): PasswordProblem | undefined {
  return passwordProblem(password, { minimum, context, common });
}

describe('the blocklist (NIST-08, ASVS 6.2.4)', () => {
  it('has more than 3,000 entries, also of those as long as a lowered minimum', () => {
    expect(common.size).toBeGreaterThan(3_000);
    expect([...common].filter((entry) => entry.length >= 8).length).toBeGreaterThan(3_000);
  });

  it('is in the form that is compared', () => {
    expect([...common].filter((entry) => entry !== normalizePassword(entry).toLowerCase())).toEqual([]);
  });

  it('bites at 15 characters too: two entries put together are one', () => {
    const long = [...common].filter((entry) => entry.length === 8).slice(0, 3_001);
    expect(long.filter((entry) => problem(entry + long[0], 15) === undefined)).toEqual([]);
  });
});

describe('new passwords (NIST-01 to 04, 06; ASVS 6.2)', () => {
  it.each<[string, string, PasswordProblem | undefined, number]>([
    ['several words', 'violet harbor lantern', undefined, 15],
    ['exactly the minimum', 'violet harbor l', undefined, 15],
    ['one less', 'violet harbor ', 'too-short', 15],
    ['eight where the project says so', 'mTz4-Qwp', undefined, 8],
    ['seven where the project says eight', 'mTz4-Qw', 'too-short', 8],
    ['no letters of one kind only are asked for', 'wandering otters hum', undefined, 15],
    ['letters of other scripts', 'пароль из четырёх слов', undefined, 15],
    ['signs beyond the basic plane, each one character', '🦦🌵🦜🍋🪁🎻🧭🪵🦔🌶🧶🪐🎈🍀🧊', undefined, 15],
    ['fourteen of them', '🦦🌵🦜🍋🪁🎻🧭🪵🦔🌶🧶🪐🎈🍀', 'too-short', 15],
    ['spaces inside and around', '  violet harbor  ', undefined, 15],
    ['a common one', 'sunshine', 'common', 8],
    ['a common one in capitals', 'SunShine', 'common', 8],
    ['a common one with digits and signs around', '!sunshine2024!', 'common', 8],
    ['a long common one', '1qaz2wsx3edc4rfv', 'common', 15],
    ['two common ones', 'sunshinefootball', 'common', 15],
    ['one common one twice', 'passwordpassword', 'common', 15],
    ['a short piece again and again', 'xqz9xqz9xqz9xqz9', 'repeated', 15],
    ['one character', 'zzzzzzzzzzzzzzzzz', 'repeated', 15],
    ['a common piece, the last one cut', 'monkey12monkey12mon', 'repeated', 15],
    ['a row of digits', '234567890123456', 'sequence', 15],
    ['a row of letters backwards', 'rqponmlkjihgfedc', 'sequence', 15],
    ['a row of keys', 'wertyuiopasdfghj', 'sequence', 15],
    ['the product and a digit', 'carekeycarekey12', 'personal', 15],
    ['the place and the year', 'St. Anna Hospital 24', 'personal', 15],
    ['the own name and the year of birth', 'Amélie.Brandt.1985', 'personal', 15],
    ['the own address', 'amelie.brandt@klinik.example', 'personal', 15],
    ['the place and a common one', 'hospital-sunshine', 'personal', 15],
    ['the place and words of one’s own', 'hospital otters hum at dusk', undefined, 15],
    ['half a character', 'violet harbor \ud800', 'not-text', 15],
  ])('%s', (_, password, expected, minimum) => {
    expect(problem(password, minimum)).toBe(expected);
  });

  it('may have 256 characters and not one more; nothing is cut off (ASVS 6.2.8, 6.2.9)', () => {
    const letters = Array.from({ length: passwordMaximum }, (_, index) =>
      String.fromCodePoint(0x4e00 + index),
    ).join('');
    expect(problem(letters)).toBeUndefined();
    expect(problem(`${letters}a`)).toBe('too-long');
    expect(problem('a'.repeat(1_000_000))).toBe('too-long');
  });

  it('are counted after composition: both spellings of a letter are one character (NIST-03)', () => {
    const decomposed = 'e\u0301'.repeat(7);
    expect(problem(decomposed, 8)).toBe('too-short');
    expect(normalizePassword('Ame\u0301lie')).toBe(normalizePassword('Am\u00e9lie'));
  });

  it('never throw and take no long time, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (password) => {
        problem(password, 8);
      }),
      { numRuns: 2000 },
    );
  });

  it('have a sentence for every reason', () => {
    const problems: PasswordProblem[] = [
      'too-short',
      'too-long',
      'not-text',
      'common',
      'repeated',
      'sequence',
      'personal',
    ];
    for (const reason of problems) expect(passwordSentence(reason, 15)).toMatch(/\. \S.*\.$/);
    expect(passwordSentence('too-short', 8)).toContain('at least 8 characters');
  });
});
