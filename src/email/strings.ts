import { german } from './strings.de.js';
import { english } from './strings.en.js';

/** The shape that every language has to fill. */
export type Strings = typeof english;

/** One language as mails need it. */
export interface MailLanguage {
  readonly tag: string;
  readonly strings: Strings;
}

/** A language is added here and nowhere else; the first one is for whoever has none of these. */
const languages: readonly MailLanguage[] = [
  { tag: 'en', strings: english },
  { tag: 'de', strings: german },
];

/** The languages that mails are in. */
export const mailLanguages: readonly string[] = languages.map(({ tag }) => tag);

/** The language for a reader's locale (BCP 47). */
export function mailLanguage(locale: string | undefined): MailLanguage {
  const wish = (locale ?? '').toLowerCase();
  return languages.find(({ tag }) => wish === tag || wish.startsWith(`${tag}-`)) ?? languages[0]!;
}

const minute = 60_000;
const units = [
  ['day', 24 * 60 * minute],
  ['hour', 60 * minute],
  ['minute', minute],
] as const;

/** A length of time in words, rounded down to its largest unit that says it well: "7 days", "10 Minuten". */
export function lifeInWords({ tag }: MailLanguage, ms: number): string {
  const [unit, length] = units.find(([, size]) => ms >= 2 * size || ms === size) ?? units[2];
  const count = Math.max(1, Math.floor(ms / length));
  return new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

/** A moment for a reader whose time zone is not known: the text says that it is UTC. */
export function momentInWords({ tag }: MailLanguage, at: Date): string {
  return new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(at);
}

const longestName = 80;

/**
 * A name as a mail may show it: one line, no control or direction marks, cut at 80 characters, and broken where a mail program
 * would turn it into a link (F98). What an admin typed as a name thus stays a name.
 */
export function plainName(text: string): string {
  const line = text
    .normalize('NFC')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  const short = [...line].length > longestName ? `${[...line].slice(0, longestName - 1).join('')}…` : line;
  return short.replace(/(?<=[^\s.])([.:/@])(?=\S)/gu, '$1\u2060');
}
