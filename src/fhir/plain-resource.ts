import type { Resource } from '../r4/search-row.js';

/** A resource without what the platform of the wire spec adds to FHIR's `meta` (section 0.4). */
export function plain(resource: Resource): Resource {
  if (!resource.meta) return resource;
  const { project, author, onBehalfOf, account, accounts, compartment, ...meta } = resource.meta;
  return { ...resource, meta };
}
