import type { SpanBound, Where } from '../kernel/where.js';
import { type DateSpan, dateSpan } from './date-span.js';
import { type SearchParameter, searchParameter } from './search-parameters.js';
import { isSearchText, terms } from './search-terms.js';

/** One condition of a search: `name:modifier=value,value`. */
export interface SearchFilter {
  readonly parameter: SearchParameter;
  readonly modifier: 'not' | 'missing' | undefined;
}

/**
 * Reads the left side of a search condition.
 * @returns the filter, or what is wrong with it, to follow the word "must".
 */
export function searchFilter(resourceType: string, key: string): SearchFilter | string {
  const [name = '', modifier, ...more] = key.split(':');
  if (name.includes('.') || name === '_has') return 'not chain into other resources';
  if (more.length > 0 || (modifier !== undefined && modifier !== 'not' && modifier !== 'missing'))
    return 'use no modifier but :not and :missing';
  const parameter = searchParameter(resourceType, name);
  if (parameter === 'unknown') return `name search parameters of ${resourceType}: "${name}" is none`;
  if (parameter === 'not-supported') return `not search by "${name}", which is not supported`;
  return { parameter, modifier };
}

/**
 * What a condition means for the rows of `searchRow`: any of its values (FHIR R4 search 3.1.1.4).
 * @returns the predicate, or what is wrong with a value, to follow the word "must".
 */
export function searchWhere(
  { parameter, modifier }: SearchFilter,
  values: readonly string[],
): Where | string {
  if (modifier === 'missing') {
    const [value, ...more] = values;
    if (more.length > 0 || (value !== 'true' && value !== 'false'))
      return 'have true or false after :missing';
    const present = isPresent(parameter);
    return value === 'true' ? { not: present } : present;
  }
  const any: Where[] = [];
  for (const value of values) {
    const where = value === '' ? 'have a value after each name' : valueWhere(parameter, value);
    if (typeof where === 'string') return where;
    any.push(where);
  }
  return modifier === 'not' ? { not: { any } } : { any };
}

function isPresent({ name, kind }: SearchParameter): Where {
  if (name === '_id') return { not: { column: 'id', absent: true } };
  if (name === '_lastUpdated') return { not: { column: 'lastUpdated', absent: true } };
  return kind === 'date'
    ? { column: 'spans', span: name, bounds: [] }
    : { column: 'terms', has: terms.present(name) };
}

function valueWhere({ name, kind }: SearchParameter, value: string): Where | string {
  if (name === '_id') return { column: 'id', in: [value.toLowerCase()] };
  if (kind === 'date') return dateWhere(name, value);
  if (kind === 'string') {
    if (!isSearchText(value)) return 'search for 1 to 200 characters';
    return { column: 'terms', has: terms.begins(name, value), prefix: true };
  }
  if (kind === 'token') return { column: 'terms', has: tokenTerm(name, value) };
  if (kind === 'uri') return { column: 'terms', has: terms.uri(name, value) };
  return {
    column: 'terms',
    has: /[/:]/.test(value) ? terms.reference(name, value) : terms.referenceId(name, value),
  };
}

/** `code`, `system|code`, `|code` (of no system) or `system|` (FHIR R4 search 3.1.1.4.10). */
function tokenTerm(name: string, value: string): string {
  if (name === 'email') return terms.code(name, value.toLowerCase());
  const bar = value.indexOf('|');
  if (bar < 0) return terms.code(name, value);
  const system = value.slice(0, bar);
  const code = value.slice(bar + 1);
  return code === '' ? terms.system(name, system) : terms.systemAndCode(name, system, code);
}

const prefixes = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb'] as const;
type Prefix = (typeof prefixes)[number];

function dateWhere(name: string, value: string): Where | string {
  const given = prefixes.find((prefix) => value.startsWith(prefix));
  const span = dateSpan(given ? value.slice(2) : value);
  if (!span) return 'have a date like 2020-01-31, with no prefix but eq, ne, gt, lt, ge, le, sa or eb';
  return name === '_lastUpdated' ? instantWhere(given ?? 'eq', span) : spanWhere(name, given ?? 'eq', span);
}

/** The comparisons of FHIR R4 search 3.1.1.4.7, on what the resource's value covers and what the search's does. */
function spanWhere(name: string, prefix: Prefix, { low, high }: DateSpan): Where {
  const some = (...bounds: SpanBound[]): Where => ({ column: 'spans', span: name, bounds });
  const before: SpanBound = { edge: 'low', is: 'less', value: low };
  const after: SpanBound = { edge: 'high', is: 'more', value: high };
  const within = some(
    { edge: 'low', is: 'at-least', value: low },
    { edge: 'high', is: 'at-most', value: high },
  );
  if (prefix === 'eq') return within;
  if (prefix === 'ne') return { any: [some(before), some(after)] };
  if (prefix === 'lt') return some(before);
  if (prefix === 'gt') return some(after);
  if (prefix === 'le') return { any: [some(before), within] };
  if (prefix === 'ge') return { any: [some(after), within] };
  if (prefix === 'sa') return some({ edge: 'low', is: 'at-least', value: high });
  return some({ edge: 'high', is: 'at-most', value: low });
}

function instantWhere(prefix: Prefix, { low, high }: DateSpan): Where {
  const from = (value: number): Where => ({ column: 'lastUpdated', is: 'at-least', value });
  const until = (value: number): Where => ({ column: 'lastUpdated', is: 'less', value });
  if (prefix === 'eq') return { all: [from(low), until(high)] };
  if (prefix === 'ne') return { any: [until(low), from(high)] };
  if (prefix === 'ge') return from(low);
  if (prefix === 'le') return until(high);
  return prefix === 'gt' || prefix === 'sa' ? from(high) : until(low);
}
