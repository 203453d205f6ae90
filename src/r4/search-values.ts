/** One value of a search condition. */
export interface SearchValue {
  readonly text: string;
  /** Where a token's system ends: its first bar that is not escaped, or -1. */
  readonly bar: number;
}

/** A value in which no sign is escaped. */
export function plainValue(text: string): SearchValue {
  return { text, bar: text.indexOf('|') };
}

/**
 * The values of a condition, which commas separate. `\,` `\|` `\$` and `\\` stand for the sign itself (FHIR R4 search
 * 3.1.1.5); a backslash before anything else is a backslash.
 */
export function escapedValues(joined: string): SearchValue[] {
  const values: SearchValue[] = [];
  let text = '';
  let bar = -1;
  for (let at = 0; at < joined.length; at++) {
    const sign = joined.charAt(at);
    const next = joined.charAt(at + 1);
    if (sign === '\\' && next !== '' && ',|$\\'.includes(next)) {
      text += next;
      at++;
    } else if (sign === ',') {
      values.push({ text, bar });
      text = '';
      bar = -1;
    } else {
      if (sign === '|' && bar < 0) bar = text.length;
      text += sign;
    }
  }
  return [...values, { text, bar }];
}
