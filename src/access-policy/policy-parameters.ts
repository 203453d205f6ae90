/** The values that a membership gives to the names in a policy (wire-spec section 1.8): a reference or a text each. */
export type PolicyParameters = ReadonlyMap<string, string>;

/** A name in a text that has no value. */
export interface MissingParameter {
  readonly missing: string;
}

// A percent-encoded ASCII sign begins with a digit, the name of a parameter with a letter.
const inCriteria = /%(?:([2-7][0-9A-Fa-f])|([A-Za-z][A-Za-z0-9_]*)(\.id)?)/g;
const inText = /%(?:((?!))|([A-Za-z][A-Za-z0-9_]*)(\.id)?)/g;

/**
 * Puts values for `%name`, and for `%name.id` the id of the reference; percent-encoded signs become what they stand for.
 * The whole name counts, so that one name may begin with another, and what is put in is never read again: a value cannot
 * add conditions.
 */
export function filled(text: string, parameters: PolicyParameters): string | MissingParameter {
  return replaced(text, inCriteria, parameters);
}

/** The same within the quotes of FHIRPath. A value that could end the quotes counts as none. */
export function filledText(text: string, parameters: PolicyParameters): string | MissingParameter {
  const harmless = new Map([...parameters].filter(([, value]) => !/['\\]/.test(value)));
  return replaced(text, inText, harmless);
}

function replaced(text: string, pattern: RegExp, parameters: PolicyParameters): string | MissingParameter {
  let missing: string | undefined;
  const result = text.replace(pattern, (_, encoded?: string, name?: string, id?: string) => {
    if (encoded !== undefined) return String.fromCharCode(Number.parseInt(encoded, 16));
    const value = parameters.get(name!);
    if (value === undefined) missing ??= name!;
    return id && value ? value.slice(value.indexOf('/') + 1) : (value ?? '');
  });
  return missing === undefined ? result : { missing };
}

/** Whether a text names parameters. */
export function hasParameters(text: string): boolean {
  return /%[A-Za-z]/.test(text);
}
