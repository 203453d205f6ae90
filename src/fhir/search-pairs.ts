import { invalidInput } from '../kernel/errors.js';

/** Names and values as they came, in order; a name may stand more than once. */
export type SearchPairs = readonly (readonly [name: string, value: string])[];

const maxPairs = 100;
const maxLength = 100_000;

/** The pairs of an address's query. @throws AppError `invalid-input` for percent signs that encode nothing. */
export function pairsOfUrl(url: string): SearchPairs {
  const at = url.indexOf('?');
  const parts = at < 0 ? [] : url.slice(at + 1).split('&');
  return checked(
    parts
      .filter((part) => part !== '')
      .map((part) => {
        const equals = part.indexOf('=');
        return equals < 0
          ? [decoded(part), '']
          : [decoded(part.slice(0, equals)), decoded(part.slice(equals + 1))];
      }),
  );
}

/** The pairs of a form that Fastify has read. @throws AppError `invalid-input` */
export function pairsOfForm(body: unknown): SearchPairs {
  if (typeof body !== 'object' || body === null) return [];
  return checked(
    Object.entries(body).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, String(one)]),
    ),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidInput({ sentence: 'The query is not encoded properly. Percent-encode it as UTF-8.' });
  }
}

/** An empty parameter is an absent one (rulings 3). */
function checked(pairs: SearchPairs): SearchPairs {
  const length = pairs.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (pairs.length > maxPairs || length > maxLength)
    throw invalidInput({
      sentence: `A search has at most ${maxPairs} parameters and ${maxLength} characters.`,
    });
  return pairs.filter(([, value]) => value !== '');
}
