import { escapeHtml, fill } from '../kernel/escape.js';
import { english } from './strings.en.js';

/** The shape that every language has to fill. */
export type Strings = typeof english;

/** One language as pages need it. `dir` is the writing direction of the whole page. */
export interface Language {
  readonly tag: string;
  readonly dir: 'ltr' | 'rtl';
  readonly strings: Strings;
}

/** A language is added here and nowhere else; the first one answers whoever asks for none of these. */
const languages: readonly Language[] = [{ tag: 'en', dir: 'ltr', strings: english }];

/** The languages that pages are in. */
export const languageTags: readonly string[] = languages.map(({ tag }) => tag);

/**
 * The language for a request.
 * @param acceptLanguage the header as it came (RFC 9110 section 12.5.4); anything malformed counts as no wish.
 */
export function chooseLanguage(acceptLanguage: string | undefined): Language {
  const wishes = (acceptLanguage ?? '')
    .slice(0, 500)
    .split(',')
    .map((entry) => {
      const [range = '', ...parameters] = entry.trim().toLowerCase().split(';');
      const weight = parameters.map((text) => /^\s*q=([01](?:\.\d{1,3})?)\s*$/.exec(text)?.[1]).find(Boolean);
      return { range: range.trim(), weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter((wish) => wish.weight > 0)
    .sort((a, b) => b.weight - a.weight);
  for (const { range } of wishes) {
    const match = languages.find(({ tag }) => range === tag || range.startsWith(`${tag}-`));
    if (match) return match;
  }
  return languages[0]!;
}

/**
 * Fills `{name}` for a page: the result is HTML. Every value is escaped, isolated against the direction of the text
 * around it, and set in bold, because values are the names by which a person recognises who is asking.
 */
export function phrase(text: string, values: Readonly<Record<string, string>>): string {
  return filledHtml(text, values, (value) => `<strong><bdi>${value}</bdi></strong>`);
}

/** As `phrase`, in the weight of the text around it. */
export function quietPhrase(text: string, values: Readonly<Record<string, string>>): string {
  return filledHtml(text, values, (value) => `<bdi>${value}</bdi>`);
}

function filledHtml(
  text: string,
  values: Readonly<Record<string, string>>,
  wrap: (escaped: string) => string,
): string {
  return text
    .split(/(\{\w+\})/)
    .map((part) => {
      const value = part.startsWith('{') ? values[part.slice(1, -1)] : undefined;
      return value === undefined ? escapeHtml(part) : wrap(escapeHtml(value));
    })
    .join('');
}

/** A FHIR profile type as people say it. */
export function profileTypeInWords({ strings }: Language, type: string): string {
  const known: Readonly<Record<string, string>> = strings.profileTypes;
  return Object.hasOwn(known, type) ? known[type]! : strings.profileTypes.other;
}

/** A time to wait in words, rounded up: "2 minutes". */
export function waitInWords(language: Language, seconds: number): string {
  const [unit, count] =
    seconds > 5400
      ? (['hours', Math.ceil(seconds / 3600)] as const)
      : seconds > 90
        ? (['minutes', Math.ceil(seconds / 60)] as const)
        : (['seconds', Math.max(1, Math.ceil(seconds))] as const);
  const forms = language.strings.waits[unit];
  const form = new Intl.PluralRules(language.tag).select(count) === 'one' ? forms.one : forms.other;
  return fill(form, { count: new Intl.NumberFormat(language.tag).format(count) });
}

/** How long ago something was, in words: "5 minutes ago". Free of time zones, which a server cannot know. */
export function agoInWords(language: Language, then: Date, nowMs: number): string {
  const format = new Intl.RelativeTimeFormat(language.tag, { numeric: 'auto' });
  const seconds = Math.max(0, Math.round((nowMs - then.getTime()) / 1000));
  if (seconds < 60) return format.format(0, 'second');
  if (seconds < 3600) return format.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 86_400) return format.format(-Math.floor(seconds / 3600), 'hour');
  return format.format(-Math.floor(seconds / 86_400), 'day');
}
