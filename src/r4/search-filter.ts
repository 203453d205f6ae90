import type { SpanBound, Where } from '../kernel/where.js';
import { type DateSpan, dateSpan } from './date-span.js';
import { isResourceType } from './resource-types.js';
import { type SearchParameter, searchParameter } from './search-parameters.js';
import { isSearchText, terms } from './search-terms.js';
import type { SearchValue } from './search-values.js';

/** What follows a parameter's name (FHIR R4 search 3.1.1.4.2). */
export type SearchModifier = 'not' | 'missing' | 'exact' | 'type';

/** One condition of a search: `name:modifier=value,value`. */
export interface SearchFilter {
  readonly parameter: SearchParameter;
  readonly modifier: SearchModifier | undefined;
  /** With the modifier `type`: of the resources that a reference names by id alone. */
  readonly type?: string;
}

/**
 * Reads the left side of a search condition.
 * @returns the filter, or what is wrong with it, to follow the word "must".
 */
export function searchFilter(resourceType: string, key: string): SearchFilter | string {
  const [name = '', modifier, ...more] = key.split(':');
  if (name.includes('.') || name === '_has') return 'not chain into other resources';
  const parameter = searchParameter(resourceType, name);
  if (parameter === 'unknown') return `name search parameters of ${resourceType}: "${name}" is none`;
  if (parameter === 'not-supported') return `not search by "${name}", which is not supported`;
  const filter = more.length > 0 ? undefined : modified(parameter, modifier);
  return filter ?? 'use no modifier but :not, :missing, :exact for text and a type for references';
}

function modified(parameter: SearchParameter, modifier: string | undefined): SearchFilter | undefined {
  if (modifier === undefined || modifier === 'not' || modifier === 'missing') return { parameter, modifier };
  if (modifier === 'exact') return parameter.kind === 'string' ? { parameter, modifier } : undefined;
  const isType = parameter.kind === 'reference' && isResourceType(modifier);
  return isType ? { parameter, modifier: 'type', type: modifier } : undefined;
}

/**
 * What a condition means for the rows of `searchRow`: any of its values (FHIR R4 search 3.1.1.4).
 * @returns the predicate, or what is wrong with a value, to follow the word "must".
 */
export function searchWhere(filter: SearchFilter, values: readonly SearchValue[]): Where | string {
  const { parameter, modifier } = filter;
  if (modifier === 'missing') {
    const [{ text } = { text: '' }, ...more] = values;
    if (more.length > 0 || (text !== 'true' && text !== 'false')) return 'have true or false after :missing';
    return text === 'true' ? isAbsent(parameter) : isPresent(parameter);
  }
  const any: Where[] = [];
  for (const value of values) {
    const where = value.text === '' ? 'have a value after each name' : valueWhere(filter, value);
    if (typeof where === 'string') return where;
    any.push(where);
  }
  return modifier === 'not' ? { not: { any } } : { any };
}

function isPresent({ name }: SearchParameter): Where {
  const column = columnOf(name);
  return column ? { not: { column, absent: true } } : { column: 'terms', has: terms.present(name) };
}

function isAbsent({ name }: SearchParameter): Where {
  const column = columnOf(name);
  return column ? { column, absent: true } : { column: 'terms', has: terms.absent(name) };
}

function columnOf(name: string): string | undefined {
  if (name === '_id') return 'id';
  return name === '_lastUpdated' ? 'lastUpdated' : undefined;
}

function valueWhere({ parameter, modifier, type }: SearchFilter, value: SearchValue): Where | string {
  const { name, kind } = parameter;
  const { text } = value;
  if (name === '_id') return { column: 'id', in: [text.toLowerCase()] };
  if (kind === 'date') return dateWhere(name, text);
  if (kind === 'string') {
    if (modifier === 'exact') return { column: 'terms', has: terms.exact(name, text) };
    if (!isSearchText(text)) return 'search for 1 to 200 characters';
    return { column: 'terms', has: terms.begins(name, text), prefix: true };
  }
  if (kind === 'token') return { column: 'terms', has: tokenTerm(name, value) };
  if (kind === 'uri') return { column: 'terms', has: terms.uri(name, text) };
  if (type) {
    if (!/^[A-Za-z0-9.-]{1,64}$/.test(text)) return `have an id after :${type}`;
    return { column: 'terms', has: terms.reference(name, `${type}/${text}`) };
  }
  return {
    column: 'terms',
    has: /[/:]/.test(text) ? terms.reference(name, text) : terms.referenceId(name, text),
  };
}

/** `code`, `system|code`, `|code` (of no system) or `system|` (FHIR R4 search 3.1.1.4.10). */
function tokenTerm(name: string, { text, bar }: SearchValue): string {
  if (name === 'email') return terms.code(name, text.toLowerCase());
  if (bar < 0) return terms.code(name, text);
  const system = text.slice(0, bar);
  const code = text.slice(bar + 1);
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
  const some = (...meets: (readonly SpanBound[])[]): Where => ({ column: 'spans', span: name, meets });
  const before: SpanBound = { edge: 'low', is: 'less', value: low };
  const after: SpanBound = { edge: 'high', is: 'more', value: high };
  if (prefix === 'ne') return some([before], [after]);
  if (prefix === 'lt') return some([before]);
  if (prefix === 'gt') return some([after]);
  // Before it or within it, and the other way round.
  if (prefix === 'le') return some([before], [{ edge: 'high', is: 'at-most', value: high }]);
  if (prefix === 'ge') return some([after], [{ edge: 'low', is: 'at-least', value: low }]);
  if (prefix === 'sa') return some([{ edge: 'low', is: 'at-least', value: high }]);
  if (prefix === 'eb') return some([{ edge: 'high', is: 'at-most', value: low }]);
  return some([
    { edge: 'low', is: 'at-least', value: low },
    // Follows from the third, and is what an index by beginnings can use.
    { edge: 'low', is: 'less', value: high },
    { edge: 'high', is: 'at-most', value: high },
  ]);
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
