import type { Resource, ViewedRow } from './search-row.js';

/**
 * A row as a FHIR resource; empty texts, lists and objects are left out, as FHIR has no empty elements (R4 json.html).
 * Its number of writes is its version.
 */
export function viewResource(
  resourceType: string,
  { id, projectId, version, updatedAt, author }: ViewedRow,
  elements: Readonly<Record<string, unknown>>,
): Resource {
  const project = projectId !== null && {
    project: projectId,
    compartment: [{ reference: `Project/${projectId}` }],
  };
  const meta = {
    versionId: String(version),
    lastUpdated: updatedAt.toISOString(),
    ...(author && { author: { reference: author } }),
    ...project,
  };
  return { resourceType, id, meta, ...(whole(elements) as object | undefined) };
}

/** A reference, or nothing where there is no id. */
export function referenceTo(type: string, id: string | null): { readonly reference: string } | undefined {
  return id === null ? undefined : { reference: `${type}/${id}` };
}

function whole(value: unknown): unknown {
  if (value === null || value === '') return undefined;
  if (Array.isArray(value)) {
    const items = value.map(whole).filter((one) => one !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (typeof value !== 'object') return value;
  const members = Object.entries(value as object)
    .map(([name, one]) => [name, whole(one)] as const)
    .filter(([, one]) => one !== undefined);
  return members.length > 0 ? Object.fromEntries(members) : undefined;
}
