const maxLength = 2000;
const parameterName = /^_?[a-z][A-Za-z0-9-]{0,63}$/;
const modifiers = ['not', 'missing'];
const valueCharacters = /^[^\p{Cc}\p{Cs}#]*$/u;

/**
 * Judges the criteria of a policy entry: `Type?name=value&…` for its own type, with `:not` and `:missing` as the only
 * modifiers, no chaining and no `_has`, which would reach into other types (wire-spec section 1.8).
 * @returns `undefined` when they may be used, else what is wrong, to follow the word "must".
 */
export function criteriaProblem(resourceType: string, criteria: string): string | undefined {
  if (criteria.length > maxLength) return `have at most ${maxLength} characters`;
  const start = `${resourceType}?`;
  if (!criteria.startsWith(start) || criteria.length === start.length)
    return `begin with ${start} and a search`;
  for (const part of criteria.slice(start.length).split('&')) {
    const wrong = parameterProblem(part);
    if (wrong) return wrong;
  }
  return undefined;
}

function parameterProblem(part: string): string | undefined {
  const equals = part.indexOf('=');
  if (equals < 1 || equals === part.length - 1) return 'be made of name=value pairs';
  const [name = '', modifier, ...more] = part.slice(0, equals).split(':');
  if (name.includes('.') || name === '_has') return 'not chain into other resources';
  if (!parameterName.test(name)) return 'name search parameters';
  if (more.length > 0 || (modifier !== undefined && !modifiers.includes(modifier))) {
    return 'use no modifier but :not and :missing';
  }
  const value = part.slice(equals + 1);
  if (modifier === 'missing' && value !== 'true' && value !== 'false')
    return 'have true or false after :missing';
  return valueCharacters.test(value) ? undefined : 'have values without control characters and #';
}
