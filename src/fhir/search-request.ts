import { invalidField, invalidInput } from '../kernel/errors.js';
import type { PageEdge, SearchQuery } from '../kernel/table-search.js';
import type { Where } from '../kernel/where.js';
import { withRanges } from '../r4/date-ranges.js';
import { searchFilter, searchWhere } from '../r4/search-filter.js';
import { type SearchParameter, searchParameter } from '../r4/search-parameters.js';
import { escapedValues, type SearchValue } from '../r4/search-values.js';
import { notSupported } from './fhir.errors.js';
import { readCursor } from './search-cursor.js';
import type { SearchPairs } from './search-pairs.js';

const maxCount = 1_000;
const defaultCount = 20;
const maxOffset = 10_000;
const maxValues = 1_000;

/** How much of each resource is wanted. */
export interface ResultShape {
  /** Top-level elements; absent: all. */
  readonly elements?: readonly string[];
  readonly withoutText?: true;
}

/** A search as it was understood. */
export interface SearchRequest {
  readonly query: SearchQuery;
  /** What the conditions and the order look at. */
  readonly parameters: readonly SearchParameter[];
  readonly shape: ResultShape;
  /** What was understood, for links; without the place in the list. */
  readonly pairs: SearchPairs;
}

/** What is read from pairs, one after the other. */
interface Draft {
  readonly all: Where[];
  readonly parameters: SearchParameter[];
  readonly pairs: [string, string][];
  sort: SearchQuery['sort'];
  limit: number;
  offset: number;
  total: boolean;
  edge: { after?: PageEdge; before?: PageEdge };
  shape: ResultShape;
}

/** What these say about the result (FHIR R4 search 3.1.1.5); each stands once. */
const controls: Readonly<Record<string, (value: string, draft: Draft) => void>> = {
  _count: (value, draft) => {
    draft.limit = Math.min(draft.limit, wholeNumber('_count', value, maxCount));
  },
  _offset: (value, draft) => {
    draft.offset = wholeNumber('_offset', value, maxOffset);
  },
  _cursor: (value, draft) => {
    const edge = readCursor(value);
    if (!edge) throw invalidField('_cursor', 'comes from a link of an earlier answer');
    draft.edge = edge;
  },
  _sort: (value, draft) => {
    const [, minus, name] = /^(-?)(_id|_lastUpdated)$/.exec(value) ?? [];
    if (!name) throw notSupported(`Results are sorted by _id or _lastUpdated, not by "${value}".`, '_sort');
    draft.sort = { by: name === '_id' ? 'id' : 'lastUpdated', descending: minus === '-' };
    draft.parameters.push(searchParameter('*', name) as SearchParameter);
  },
  _total: (value, draft) => {
    if (!['none', 'estimate', 'accurate'].includes(value))
      throw invalidField('_total', 'is none or accurate');
    draft.total ||= value !== 'none';
  },
  _summary: (value, draft) => {
    if (value === 'true' || value === 'text')
      throw notSupported('A summary is one of count, data and false here.', '_summary');
    if (!['count', 'data', 'false'].includes(value))
      throw invalidField('_summary', 'is count, data or false');
    if (value === 'data') draft.shape = { ...draft.shape, withoutText: true };
    if (value !== 'count') return;
    draft.limit = 0;
    draft.total = true;
  },
  _elements: (value, draft) => addElements('_elements', value, draft),
  _fields: (value, draft) => addElements('_fields', value, draft),
  _format: (value) => {
    if (!/^(json|(application|text)\/(fhir[+ ])?json)$/.test(value))
      throw notSupported('Answers are JSON: application/fhir+json.', '_format');
  },
};

/** Whether a parameter says something about the result, and nothing about what is looked for. */
export function isControl(name: string): boolean {
  return Object.hasOwn(controls, name);
}

const ofPlace: readonly string[] = ['_cursor', '_offset'];

/**
 * Reads a search of a type. A name that stands more than once means all of its conditions, a comma any of its values.
 * @param own addresses that begin with this are of this server: `Type/id` follows.
 * @param lenient leaves out what is not supported instead of refusing it (FHIR R4 search 3.1.1.2, `Prefer: handling`).
 * @throws AppError `not-supported`, `invalid-input`
 */
export function readSearch(
  type: string,
  pairs: SearchPairs,
  { own, lenient }: { readonly own: string; readonly lenient: boolean },
): SearchRequest {
  const draft: Draft = {
    all: [],
    parameters: [],
    pairs: [],
    sort: { by: 'id', descending: false },
    limit: Number.POSITIVE_INFINITY,
    offset: 0,
    total: false,
    edge: {},
    shape: {},
  };
  const seen = new Set<string>();
  for (const [name, value] of pairs) {
    const control = Object.hasOwn(controls, name) ? controls[name] : undefined;
    if (control && seen.has(name)) throw invalidField(name, 'stands once');
    seen.add(name);
    try {
      if (control) control(value, draft);
      else addCondition(type, name, value, own, draft);
    } catch (error) {
      if (!lenient || !isNotSupported(error)) throw error;
      continue;
    }
    if (!ofPlace.includes(name)) draft.pairs.push([name, value]);
  }
  const { all, sort, offset, total, edge, parameters, shape } = draft;
  const place = edge.after ?? edge.before;
  if (place && offset > 0) throw invalidField('_offset', 'does not go with _cursor');
  if (place && (place.lastUpdated !== undefined) !== (sort.by === 'lastUpdated'))
    throw invalidField('_cursor', 'belongs to another order of the results');
  const limit = Number.isFinite(draft.limit) ? draft.limit : defaultCount;
  // An answer without resources says how many there are: nothing else is left to say (FHIR R4 search 3.1.1.5.3).
  const query = {
    where: { all: withRanges(all) },
    sort,
    limit,
    offset,
    total: total || limit === 0,
    ...edge,
  };
  return { query, parameters, shape, pairs: draft.pairs };
}

function addCondition(type: string, name: string, joined: string, own: string, draft: Draft): void {
  const filter = searchFilter(type, name);
  if (typeof filter === 'string') throw notSupported(`A search must ${filter}.`, name);
  const values = escapedValues(joined);
  if (values.length > maxValues) throw invalidField(name, `has at most ${maxValues} values`);
  const isReference = filter.parameter.kind === 'reference';
  const where = searchWhere(filter, isReference ? values.map((value) => withoutBase(value, own)) : values);
  if (typeof where === 'string')
    throw invalidInput({ sentence: `"${shown(name)}" must ${where}.`, field: shown(name) });
  draft.all.push(where);
  draft.parameters.push(filter.parameter);
}

function withoutBase({ text, bar }: SearchValue, own: string): SearchValue {
  return text.startsWith(own) ? { text: text.slice(own.length), bar } : { text, bar };
}

function addElements(name: string, value: string, draft: Draft): void {
  const names = value.split(',').map((one) => one.trim());
  if (names.length > 100 || !names.every((one) => /^[A-Za-z_][\w.-]{0,99}$/.test(one)))
    throw invalidField(name, 'is a list of element names');
  draft.shape = { ...draft.shape, elements: [...(draft.shape.elements ?? []), ...names] };
}

function wholeNumber(name: string, value: string, max: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number <= max)) throw invalidField(name, `is a whole number from 0 to ${max}`);
  return number;
}

/** A name as an error may show it. */
function shown(name: string): string {
  return name.replace(/[^\w:.-]/g, '').slice(0, 60);
}

function isNotSupported(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'not-supported';
}
