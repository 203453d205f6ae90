import { z } from 'zod';
import { invalidInput } from './errors.js';

/**
 * Checks input against its schema and answers what the schema makes of it (defaults filled, text normalised).
 * @throws AppError `invalid-input` naming the first wrong field and what it must be.
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const field = issue.path.map(String).join('.');
  const subject = field === '' ? 'The input' : `"${field}"`;
  throw invalidInput({
    sentence: `${subject} is not valid: ${issue.message}.`,
    ...(field === '' ? {} : { field }),
  });
}

/** The same object without the members that are `undefined`: what a caller did not say must not overwrite anything. */
export function defined<Input extends object>(input: Input): Input {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Input;
}

// Control characters and broken surrogates spoil log lines and mail headers; bidirectional controls make a name read
// as another one.
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/**
 * Text that people read in one line (names, labels): NFC, trimmed, without control characters.
 * @param min how many code points at least. @param max how many at most.
 */
export function lineOfText(min: number, max: number) {
  return z
    .string('must be text')
    .transform((text) => text.normalize('NFC').trim())
    .refine((text) => !unprintable.test(text), 'must have no control characters')
    .refine((text) => withinCodePoints(text, min, max), `must have ${min} to ${max} characters`);
}

/** Whether text has from `min` to `max` code points; does not walk text that is far too long. */
function withinCodePoints(text: string, min: number, max: number): boolean {
  if (text.length > max * 2) return false;
  const length = [...text].length;
  return length >= min && length <= max;
}
