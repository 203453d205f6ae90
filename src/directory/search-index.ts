import { invalidInput } from '../kernel/errors.js';
import type { ProjectId } from '../kernel/ids.js';
import { whole } from '../kernel/where.js';
import { searchParametersOf } from '../r4/search-parameters.js';
import { type Resource, searchRow } from '../r4/search-row.js';
import { scopeOf } from '../r4/search-terms.js';

/** What a resource is found by, as the database keeps it. */
export interface IndexEntry {
  readonly terms: readonly string[];
  readonly spans: readonly { readonly name: string; readonly low: string; readonly high: string }[];
}

// PostgreSQL keeps at most a megabyte of terms; what later definitions add must find room beside what was written.
const maxBytes = 262_144;
const maxSpans = 1_000;

/** What a resource is found by. Loads the FHIR library. */
export function indexEntry(projectId: ProjectId, resource: Resource): IndexEntry {
  const { resourceType } = resource;
  const row = searchRow(resource, searchParametersOf(resourceType));
  const scope = scopeOf(projectId, resourceType);
  const terms = [...row.terms].map((term) => scope + term);
  const spans = row.spans.map(({ name, low, high }) => ({ name, low: whole(low), high: whole(high) }));
  return { terms, spans };
}

/**
 * What a resource that is to be written will be found by.
 * @throws AppError `invalid-input` when it has more values than can be kept.
 */
export function checkedIndexEntry(projectId: ProjectId, resource: Resource): IndexEntry {
  const entry = indexEntry(projectId, resource);
  const bytes = entry.terms.reduce((sum, term) => sum + Buffer.byteLength(term), 0);
  if (bytes > maxBytes || entry.spans.length > maxSpans)
    throw invalidInput({ sentence: 'The resource has more values than can be searched. Leave some out.' });
  return entry;
}
