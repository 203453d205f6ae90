import type { Where } from '../kernel/where.js';
import { searchFilter, searchWhere } from '../r4/search-filter.js';
import type { SearchParameter } from '../r4/search-parameters.js';
import { plainValue } from '../r4/search-values.js';
import { filled, hasParameters, type PolicyParameters } from './policy-parameters.js';

const maxLength = 2000;
const valueCharacters = /^[^\p{Cc}\p{Cs}#\\]*$/u;

/** What the criteria of an entry come to for one member. */
export interface CompiledCriteria {
  readonly where: Where;
  /** What a resource must be indexed by to be compared with `where`. */
  readonly parameters: readonly SearchParameter[];
}

/**
 * Judges the criteria of a policy entry: `Type?name=value&…` for its own type, by search parameters that exist, with
 * `:not` and `:missing` as the only modifiers, no chaining and no `_has`, which would reach into other types
 * (wire-spec section 1.8). Values with parameters are judged when a membership gives them.
 * @returns `undefined` when they may be used, else what is wrong, to follow the word "must".
 */
export function criteriaProblem(resourceType: string, criteria: string): string | undefined {
  const compiled = read(resourceType, criteria, undefined);
  return typeof compiled === 'string' ? compiled : undefined;
}

/** Compiles criteria for one member. @returns what makes them unusable when they are. */
export function compileCriteria(
  resourceType: string,
  criteria: string,
  parameters: PolicyParameters,
): CompiledCriteria | string {
  return read(resourceType, criteria, parameters);
}

function read(
  resourceType: string,
  criteria: string,
  parameters: PolicyParameters | undefined,
): CompiledCriteria | string {
  if (criteria.length > maxLength) return `have at most ${maxLength} characters`;
  const start = `${resourceType}?`;
  if (!criteria.startsWith(start) || criteria.length === start.length)
    return `begin with ${start} and a search`;
  const all: Where[] = [];
  const used: SearchParameter[] = [];
  for (const pair of criteria.slice(start.length).split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 1 || equals === pair.length - 1) return 'be made of name=value pairs';
    const filter = searchFilter(resourceType, pair.slice(0, equals));
    if (typeof filter === 'string') return filter;
    if (filter.modifier !== undefined && filter.modifier !== 'not' && filter.modifier !== 'missing')
      return 'use no modifier but :not and :missing';
    const text = pair.slice(equals + 1);
    if (!valueCharacters.test(text)) return 'have values without control characters, # and \\';
    if (!parameters && hasParameters(text)) continue;
    const values = text.split(',').map((value) => filled(value, parameters ?? new Map()));
    const missing = values.find((value) => typeof value !== 'string');
    if (missing) return `be given the parameter %${missing.missing}`;
    const where = searchWhere(filter, (values as string[]).map(plainValue));
    if (typeof where === 'string') return where;
    all.push(where);
    used.push(filter.parameter);
  }
  return { where: { all }, parameters: used };
}
