import { describe, expect, it } from '@jest/globals';
import { type Mail, type MailKind, mailKinds } from './mail-kinds.js';
import { renderMail } from './mail-rendering.js';
import { lifeInWords, mailLanguage, plainName } from './strings.js';

const writtenAt = new Date('2030-01-01T00:00:00Z');
const link = 'https://id.example.org/open/secret?a=1&b=2';
const expiresAt = new Date('2030-01-08T00:00:00Z');
const hostile = `<img src="https://evil.example/?x">\r\nBcc: all@example.org`;

const render = (kind: MailKind, locale?: string, name = 'Ada Quill') => {
  const all = {
    link,
    expiresAt,
    projectName: name,
    personName: name,
    inviterName: name,
    appName: name,
    device: name,
    code: '271828',
    side: 'old',
    newAddress: 'new@example.org',
    factor: 'totp',
    byAdmin: false,
    at: writtenAt,
    ip: '192.0.2.7',
  };
  const mail = { kind, to: 'a@example.org', locale, project: null, userScope: 'server', data: all };
  return renderMail(mail as unknown as Mail, writtenAt);
};

describe.each(['en', 'de'])('mails in %s', (locale) => {
  it.each(Object.keys(mailKinds) as MailKind[])(
    'F58 F98 %s is whole, loads nothing, and names stay text',
    (kind) => {
      const { subject, text, html, language } = render(kind, locale, hostile);
      expect(language).toBe(locale);
      expect(subject).toMatch(/^[^\r\n]+$/);
      for (const part of [subject, text, html]) expect(part).not.toMatch(/\{\w+\}|undefined|\[object/);
      expect(html).not.toMatch(/<(img|script|link|iframe|object|form)\b|\bsrc\s*=\s*["']|url\(|@import/i);
      const addresses = [...html.matchAll(/href="([^"]*)"/g)].map(([, address]) => address);
      expect(
        addresses.filter((address) => address !== 'https://id.example.org/open/secret?a=1&amp;b=2'),
      ).toEqual([]);
      expect(text.match(/https?:\/\/\S+/g) ?? []).toEqual(addresses.length > 0 ? [link] : []);
      expect(html).toContain(`lang="${locale}"`);
      expect(text).toContain('\n-- \n');
    },
  );
});

describe('words of mails', () => {
  it.each([
    ['de-AT', 'de'],
    ['DE', 'de'],
    ['en-GB', 'en'],
    ['fr', 'en'],
    ['den', 'en'],
    [undefined, 'en'],
  ])('locale %s reads %s', (locale, tag) => {
    expect(mailLanguage(locale).tag).toBe(tag);
  });

  it.each([
    [7 * 86_400_000, '7 days', '7 Tage'],
    [86_400_000, '1 day', '1 Tag'],
    [36 * 3_600_000, '36 hours', '36 Stunden'],
    [3_600_000, '1 hour', '1 Stunde'],
    [90 * 60_000, '90 minutes', '90 Minuten'],
    [600_000, '10 minutes', '10 Minuten'],
    [5, '1 minute', '1 Minute'],
  ])('%i ms are %s', (ms, english, german) => {
    expect(lifeInWords(mailLanguage('en'), ms)).toBe(english);
    expect(lifeInWords(mailLanguage('de'), ms)).toBe(german);
  });

  it.each([
    ['Dr. Ada Quill', 'Dr. Ada Quill'],
    ['two\r\nlines\u202e', 'two lines'],
    ['www.evil.example', 'www.\u2060evil.\u2060example'],
    ['https://evil.example', 'https:\u2060/\u2060/\u2060evil.\u2060example'],
    ['x'.repeat(100), `${'x'.repeat(79)}…`],
  ])('F98 the name %j reads %j', (name, shown) => {
    expect(plainName(name)).toBe(shown);
  });
});
