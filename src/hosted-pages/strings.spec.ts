import { describe, expect, it } from '@jest/globals';
import { escapeHtml, fill } from '../kernel/escape.js';
import { agoInWords, chooseLanguage, phrase, profileTypeInWords, waitInWords } from './strings.js';

const language = chooseLanguage('en');

describe('the language of a request', () => {
  it.each([undefined, '', 'en-GB', 'de-DE, en;q=0.5', 'xx;q=nonsense, *', 'x'.repeat(10_000)])(
    '%s',
    (header) => {
      expect(chooseLanguage(header).tag).toBe('en');
    },
  );
});

describe('values in sentences', () => {
  it('V25 are escaped, isolated and bold', () => {
    const text = phrase('Signing in to {app} & more', { app: `<script>"'\`` });
    expect(text).toBe('Signing in to <strong><bdi>&lt;script&gt;&quot;&#39;&#96;</bdi></strong> &amp; more');
  });

  it('are not looked through for further places', () => {
    expect(phrase('{app}', { app: '{project}', project: 'x' })).toBe('<strong><bdi>{project}</bdi></strong>');
    expect(fill('{app} {nobody}', { app: '{project}', project: 'x' })).toBe('{project} {nobody}');
  });

  it('leave nothing where there is nothing', () => {
    expect([escapeHtml(undefined), escapeHtml(null), escapeHtml(0)]).toEqual(['', '', '0']);
  });
});

describe('times in words', () => {
  it.each([
    [0, '1 second'],
    [90, '90 seconds'],
    [91, '2 minutes'],
    [900, '15 minutes'],
    [7000, '2 hours'],
  ])('a wait of %i seconds is %s', (seconds, words) => {
    expect(waitInWords(language, seconds)).toBe(words);
  });

  it.each([
    [-5, 'now'],
    [59, 'now'],
    [60, '1 minute ago'],
    [7200, '2 hours ago'],
    [86_400, 'yesterday'],
    [864_000, '10 days ago'],
  ])('%i seconds ago is %s', (seconds, words) => {
    const now = 1_000_000_000_000;
    expect(agoInWords(language, new Date(now - seconds * 1000), now)).toBe(words);
  });
});

describe('profile types', () => {
  it.each([
    ['RelatedPerson', 'Related person'],
    ['constructor', 'Member'],
  ])('%s reads %s', (type, words) => {
    expect(profileTypeInWords(language, type)).toBe(words);
  });
});
