/** Longest password, in code points. Longer ones are refused, never cut off (NIST SP 800-63B-4, ASVS 6.2.9). */
export const passwordMaximum = 256;

/** Why a password is refused. */
export type PasswordProblem =
  | 'too-short'
  | 'too-long'
  | 'not-text'
  | 'common'
  | 'repeated'
  | 'sequence'
  | 'personal';

/** What a password is judged by. */
export interface PasswordRules {
  /** Least code points. */
  readonly minimum: number;
  /** Names and addresses of the product, the project and the person: a password must be more than these. */
  readonly context: readonly string[];
  /** Blocked passwords, lower case. */
  readonly common: ReadonlySet<string>;
}

/** The form in which a password is counted, judged and hashed: Unicode NFC, otherwise as typed (NIST-03, ASVS 6.2.8). */
export function normalizePassword(password: string): string {
  return password.normalize('NFC');
}

/**
 * Judges a new password. No composition rules (NIST-04); the blocklist is met by the whole password, with digits and
 * signs around it, doubled, or two entries put together, so that it also bites where 15 characters are asked for.
 * @returns `undefined` when it may be used.
 */
export function passwordProblem(password: string, rules: PasswordRules): PasswordProblem | undefined {
  if (/\p{Cs}/u.test(password)) return 'not-text';
  if (password.length > passwordMaximum * 4) return 'too-long';
  const text = normalizePassword(password);
  const length = [...text].length;
  if (length < rules.minimum) return 'too-short';
  if (length > passwordMaximum) return 'too-long';
  const lower = text.toLowerCase();
  if (isCommon(lower, rules.common)) return 'common';
  if (isRepeated(lower, rules.common)) return 'repeated';
  if (isSequence(lower)) return 'sequence';
  if (isPersonal(lower, rules)) return 'personal';
  return undefined;
}

function isCommon(text: string, common: ReadonlySet<string>): boolean {
  const core = text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  return [text, core].some((part) => common.has(part) || isPair(part, common));
}

function isPair(text: string, common: ReadonlySet<string>): boolean {
  // The shortest entry has 3 characters, the longest 20.
  for (let at = Math.max(3, text.length - 20); at <= Math.min(20, text.length - 3); at++) {
    if (common.has(text.slice(0, at)) && common.has(text.slice(at))) return true;
  }
  return false;
}

const shortUnit = 4;

function isRepeated(text: string, common: ReadonlySet<string>): boolean {
  // A text is a repetition exactly when it occurs in its own doubling before the end; the last round may be cut.
  for (let unit = 1; unit <= text.length / 2; unit++) {
    if (text.slice(unit) !== text.slice(0, text.length - unit)) continue;
    return unit <= shortUnit || isCommon(text.slice(0, unit), common);
  }
  return false;
}

const rows = [
  '1234567890',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
];
const runs = rows.flatMap((row) => [row, [...row].reverse().join('')]).map((row) => row.repeat(4));

function isSequence(text: string): boolean {
  return runs.some((run) => run.includes(text));
}

const leastBeyondContext = 8;

function isPersonal(text: string, { context, common }: PasswordRules): boolean {
  let rest = text;
  for (const word of contextWords(context)) rest = rest.replaceAll(word, '');
  if (rest === text) return false;
  const own = rest.replace(/[^\p{L}\p{M}\p{N}]/gu, '');
  return [...own].length < leastBeyondContext || isCommon(own, common);
}

/** The words of names and addresses, longest first; shorter ones than three letters say nothing. */
function contextWords(context: readonly string[]): string[] {
  const words = context.flatMap((text) =>
    text
      .normalize('NFC')
      .toLowerCase()
      .split(/[^\p{L}\p{M}\p{N}]+/u),
  );
  return [...new Set(words)].filter((word) => word.length >= 3).sort((a, b) => b.length - a.length);
}

/** What the person is told: what is wrong, then what to do. */
export function passwordSentence(problem: PasswordProblem, minimum: number): string {
  switch (problem) {
    case 'too-short':
      return `This password is too short. Use at least ${minimum} characters; several words in a row are fine.`;
    case 'too-long':
      return `This password is too long. Use at most ${passwordMaximum} characters.`;
    case 'not-text':
      return 'This password has characters that are not valid text. Type it again.';
    case 'common':
      return 'This password is among the most common ones, which are tried first. Choose something less usual.';
    case 'repeated':
      return 'This password repeats one short piece. Choose one with more variety.';
    case 'sequence':
      return 'This password is a plain row of letters, digits or keys. Choose something less usual.';
    case 'personal':
      return 'This password is little more than your name, your address or the name of this place. Add words that others would not guess.';
  }
}
