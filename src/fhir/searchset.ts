import type { SearchPage } from '../r4/search-page.js';
import type { Resource } from '../r4/search-row.js';
import { cursorAt } from './search-cursor.js';
import type { SearchPairs } from './search-pairs.js';
import type { ResultShape, SearchRequest } from './search-request.js';

/** A FHIR Bundle of type searchset (FHIR R4 bundle.html, search 3.1.1.6). */
export interface Searchset {
  readonly resourceType: 'Bundle';
  readonly type: 'searchset';
  readonly total?: number;
  readonly link: readonly { readonly relation: string; readonly url: string }[];
  readonly entry?: readonly {
    readonly fullUrl?: string;
    readonly resource: Resource;
    readonly search: { readonly mode: 'match' };
  }[];
}

/**
 * The answer of a search.
 * @param resources those of the page, as the caller may see them.
 * @param base address of the type, without a query.
 */
export function searchset(
  request: SearchRequest,
  page: SearchPage,
  resources: readonly Resource[],
  base: string,
): Searchset {
  const entry = resources.map((resource) => ({
    ...(resource.id && { fullUrl: `${base}/${resource.id}` }),
    resource: shaped(resource, request.shape),
    search: { mode: 'match' as const },
  }));
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(page.total !== undefined && { total: page.total }),
    link: linksOf(request, page, base),
    ...(entry.length > 0 && { entry }),
  };
}

function linksOf({ query, pairs }: SearchRequest, page: SearchPage, base: string): Searchset['link'] {
  const { after, before, offset, limit, sort } = query;
  const to = (relation: string, place: SearchPairs) => {
    const text = new URLSearchParams(
      [...pairs, ...place].map((pair): [string, string] => [...pair]),
    ).toString();
    return { relation, url: text ? `${base}?${text}` : base };
  };
  const edgeAt = (at: number) => {
    const row = page.rows.at(at);
    return row && { id: row.id, ...(sort.by === 'lastUpdated' && { lastUpdated: row.lastUpdated }) };
  };
  const cursor = (direction: 'after' | 'before', edge: ReturnType<typeof edgeAt>): SearchPairs =>
    edge ? [['_cursor', cursorAt(direction, edge)]] : [];
  const here: SearchPairs = offset > 0 ? [['_offset', String(offset)]] : [];
  const self = after ? cursor('after', after) : before ? cursor('before', before) : here;
  const hasNext = before ? page.rows.length > 0 : page.more;
  const hasPrevious = page.rows.length > 0 && (before ? page.more : after !== undefined || offset > 0);
  return [
    to('self', self),
    ...(limit > 0 ? [to('first', [])] : []),
    ...(hasNext ? [to('next', cursor('after', edgeAt(-1)))] : []),
    ...(hasPrevious ? [to('previous', cursor('before', edgeAt(0)))] : []),
  ];
}

/** Elements that a resource of the type is no resource without (FHIR R4, 1..1). */
const mandatory: Readonly<Record<string, readonly string[]>> = {
  RelatedPerson: ['patient'],
  ProjectMembership: ['project', 'user', 'profile'],
  User: ['firstName', 'lastName'],
};
const subsetted = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
};

/** The elements that were asked for, marked as a part (FHIR R4 search 3.1.1.5.8 and 3.1.1.5.9). */
function shaped(resource: Resource, { elements, withoutText }: ResultShape): Resource {
  if (!elements && !withoutText) return resource;
  const wanted = elements && [
    ...['resourceType', 'id', 'meta'],
    ...(mandatory[resource.resourceType] ?? []),
    ...elements.map((name) => name.split('.')[0]!),
  ];
  const kept = Object.entries(resource).filter(
    ([name]) => (!withoutText || name !== 'text') && (wanted?.some((one) => isElement(name, one)) ?? true),
  );
  const { meta } = resource;
  const tag = Array.isArray(meta?.['tag']) ? meta['tag'] : [];
  return { ...(Object.fromEntries(kept) as Resource), meta: { ...meta, tag: [...tag, subsetted] } };
}

/** `_name` keeps what belongs to `name`; `deceased` stands for `deceasedBoolean`. */
function isElement(name: string, wanted: string): boolean {
  const plain = name.startsWith('_') ? name.slice(1) : name;
  return plain === wanted || (plain.startsWith(wanted) && /^[A-Z]/.test(plain.slice(wanted.length)));
}
