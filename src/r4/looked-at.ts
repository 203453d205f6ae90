import { patientCompartment, type SearchParameter } from './search-parameters.js';

/**
 * Whether a search parameter looks at one of these fields, at something within it or around it: whoever may not see the
 * field would learn it from what such a search finds.
 * @param fields paths of field names.
 */
export function looksAtAny(
  resourceType: string,
  parameter: SearchParameter,
  fields: readonly string[],
): boolean {
  if (fields.length === 0) return false;
  const paths = pathsOf(resourceType, parameter);
  return fields.some((field) => paths.some((path) => overlap(field.split('.'), path)));
}

// `Type.field.field`, up to the first function.
const pathOfType = /\b([A-Z][A-Za-z]+)\.((?:[A-Za-z]+\b(?!\()\.?)+)/g;

/** A path without names overlaps with all: what an expression looks at is not guessed. */
type Path = readonly string[];

function pathsOf(resourceType: string, { name, expression }: SearchParameter): readonly Path[] {
  if (name === '_compartment') {
    const links = patientCompartment(resourceType).flatMap((one) => pathsOf(resourceType, one));
    return [['id'], ['meta', 'account'], ['meta', 'accounts'], ['meta', 'project'], ...links];
  }
  return expression.split(' | ').flatMap((branch) => {
    if (/^(id|meta(\.[A-Za-z]+)?)$/.test(branch)) return [branch.split('.')];
    const paths = [...branch.matchAll(pathOfType)]
      .filter(([, type]) => type === resourceType)
      .map(([, , path = '']) => path.split('.').filter((part) => part !== ''));
    return paths.length > 0 ? paths : [[]];
  });
}

/** One lies within the other. */
function overlap(one: Path, other: Path): boolean {
  const depth = Math.min(one.length, other.length);
  return one.slice(0, depth).every((name, at) => isSame(name, other[at]!));
}

/** `deceased` in an expression stands for `deceasedBoolean` and `deceasedDateTime` in the resource (FHIR choice types). */
function isSame(field: string, inPath: string): boolean {
  return field === inPath || (field.startsWith(inPath) && /^[A-Z]/.test(field.slice(inPath.length)));
}
