import { invalidField } from '../kernel/errors.js';
import { dateSpan } from '../r4/date-span.js';
import type { Resource } from '../r4/search-row.js';
import { notSupported } from './fhir.errors.js';

/** Which versions are asked for. */
export interface HistoryQuery {
  readonly count: number;
  readonly offset: number;
  readonly since: Date;
}

/** One version, as the caller may see it. */
export interface Version {
  readonly resource: Resource;
  readonly deleted: boolean;
  /** With it the resource was made. */
  readonly first: boolean;
  /** The server's own, whatever is hidden. */
  readonly meta: Resource['meta'];
}

/** The versions of one page. */
export interface HistoryPage {
  readonly versions: readonly Version[];
  readonly more: boolean;
}

const mostAtOnce = 100;
const furthest = 10_000;

/**
 * Reads `_count` (1 to 100, 20 by default), `_offset` and `_since` (FHIR R4 http.html section 3.1.0.11).
 * @throws AppError `invalid-input`, `not-supported` for others: one that is ignored would show more than was asked for.
 */
export function historyQuery(query: Readonly<Record<string, unknown>>): HistoryQuery {
  const known = ['_count', '_offset', '_since', '_format', '_pretty'];
  const strange = Object.keys(query).find((name) => !known.includes(name));
  if (strange !== undefined) throw notSupported(`A history has no "${strange.slice(0, 60)}" here.`, strange);
  return {
    count: whole(query, '_count', 1, mostAtOnce, 20),
    offset: whole(query, '_offset', 0, furthest, 0),
    since: since(query['_since']),
  };
}

function whole(
  query: Readonly<Record<string, unknown>>,
  name: string,
  min: number,
  max: number,
  none: number,
) {
  const text = query[name];
  if (text === undefined || text === '') return none;
  const value = typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw invalidField(name, `must be a whole number from ${min} to ${max}`);
  return value;
}

function since(text: unknown): Date {
  if (text === undefined || text === '') return new Date(0);
  const span = typeof text === 'string' ? dateSpan(text) : undefined;
  if (!span) throw invalidField('_since', 'must be an instant like 2020-01-31T10:00:00Z');
  return new Date(span.low);
}

/**
 * A Bundle of type history (FHIR R4 bundle.html).
 * @param address of the resource. @param shown what of a resource the caller gets.
 */
export function historyBundle(
  { versions, more }: HistoryPage,
  query: HistoryQuery,
  address: string,
  shown: (resource: Resource) => Resource,
): object {
  const link = (relation: string, offset: number) => {
    const asked = new URLSearchParams({ _count: String(query.count), _offset: String(offset) });
    if (query.since.getTime() > 0) asked.set('_since', query.since.toISOString());
    return { relation, url: `${address}/_history?${asked}` };
  };
  const { offset, count } = query;
  return {
    resourceType: 'Bundle',
    type: 'history',
    link: [
      link('self', offset),
      ...(more && offset + count <= furthest ? [link('next', offset + count)] : []),
      ...(offset > 0 ? [link('previous', Math.max(0, offset - count))] : []),
    ],
    ...(versions.length > 0 && { entry: versions.map((version) => entryOf(version, address, shown)) }),
  };
}

function entryOf(
  { resource, deleted, first, meta }: Version,
  address: string,
  shown: (resource: Resource) => Resource,
): object {
  const method = deleted ? 'DELETE' : first ? 'POST' : 'PUT';
  return {
    fullUrl: address,
    ...(!deleted && { resource: shown(resource) }),
    request: { method, url: first ? resource.resourceType : address.split('/').slice(-2).join('/') },
    response: {
      status: deleted ? '204' : first ? '201' : '200',
      etag: `W/"${meta?.['versionId']}"`,
      lastModified: meta?.['lastUpdated'],
    },
  };
}
