import type { Resource } from '../r4/search-row.js';

/** A literal reference to a resource on this server. */
export interface LocalReference {
  readonly type: string;
  readonly id: string;
  readonly text: string;
}

/**
 * The references of a resource to others that are kept here, each once, without those that were there before.
 * @param types what is kept here.
 */
export function newReferences(
  after: Resource,
  before: Resource | undefined,
  types: readonly string[],
): LocalReference[] {
  const known = new Set(before ? texts(before) : []);
  return [...new Set(texts(after))]
    .filter((text) => !known.has(text))
    .map((text) => ({ text, parts: /^([A-Za-z]+)\/([^/?#]+)(?:\/_history\/[^/?#]+)?$/.exec(text) }))
    .filter(({ parts }) => parts && types.includes(parts[1]!))
    .map(({ text, parts }) => ({ text, type: parts![1]!, id: parts![2]! }));
}

function texts(resource: Resource): string[] {
  const { meta: _, ...content } = resource;
  const found: string[] = [];
  const open: unknown[] = [content];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const { reference } = value as { reference?: unknown };
    if (typeof reference === 'string') found.push(reference);
    open.push(...Object.values(value).filter((one) => one !== undefined));
  }
  return found;
}
