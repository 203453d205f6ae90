import { withTexts } from '../r4/fhirpath.js';
import { filledText, type MissingParameter, type PolicyParameters } from './policy-parameters.js';

/**
 * A member's own write constraint: within quotes, `%name` stands for a parameter, as in
 * `%after.subject.reference = '%patient'`. Outside of them `%before` and `%after` are FHIRPath's variables.
 */
export function constraintFor(expression: string, parameters: PolicyParameters): string | MissingParameter {
  let missing: MissingParameter | undefined;
  const result = withTexts(expression, (text) => {
    const inner = filledText(text.slice(1, -1), parameters);
    if (typeof inner === 'string') return `'${inner}'`;
    missing ??= inner;
    return text;
  });
  return missing ?? result;
}
