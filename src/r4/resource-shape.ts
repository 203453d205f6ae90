import type { ErrorIssue } from '../kernel/errors.js';

const maxValues = 2_000;
const maxDepth = 40;
const maxCharacters = 1_000_000;

/**
 * What makes a JSON value unfit to be a resource, whatever its type: too large to be judged in the time of one request, and
 * names that JavaScript gives a meaning of its own. Does not recurse.
 * @param whole also that objects or lists are empty (FHIR R4 json.html); what is hidden from a writer leaves some empty.
 */
export function shapeProblem(
  resource: unknown,
  { whole = false }: { readonly whole?: boolean } = {},
): ErrorIssue | undefined {
  let values = 0;
  let characters = 0;
  const open: { value: unknown; path: string; depth: number }[] = [{ value: resource, path: '', depth: 1 }];
  for (let one = open.pop(); one; one = open.pop()) {
    values += 1;
    if (values + open.length > maxValues)
      return problem('too-long', `A resource has at most ${maxValues} values`, '');
    const { value, path, depth } = one;
    if (typeof value === 'string') characters += value.length;
    if (characters > maxCharacters)
      return problem('too-long', `A resource has at most ${maxCharacters} characters of text`, '');
    if (typeof value !== 'object' || value === null) continue;
    if (depth > maxDepth) return problem('too-long', `A resource is at most ${maxDepth} levels deep`, '');
    const members = Object.entries(value);
    if (whole && members.length === 0)
      return problem('structure', 'Objects and lists must not be empty', path);
    for (const [name, member] of members) {
      if (name in Object.prototype) return problem('structure', `There is no element "${name}"`, path);
      const place = Array.isArray(value) ? `${path}[${name}]` : path ? `${path}.${name}` : name;
      open.push({ value: member, path: place, depth: depth + 1 });
    }
  }
  return undefined;
}

function problem(code: string, sentence: string, path: string): ErrorIssue {
  return { code, sentence, ...(path && path.length <= 200 && { field: path }) };
}
