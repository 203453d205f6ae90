import type { Resource } from '../r4/search-row.js';

type Element = Readonly<Record<string, unknown>>;

/**
 * A resource without the fields that its entry hides, in every element of a list, and without what FHIR keeps beside
 * a primitive (`_birthDate`). Where anything is hidden the narrative goes too: it may tell the same in words.
 * @param hiddenFields paths of field names (wire-spec section 1.8).
 */
export function visible(resource: Resource, hiddenFields: readonly string[]): Resource {
  if (hiddenFields.length === 0) return resource;
  const all = [...hiddenFields, 'text'];
  return all.reduce<Element>((rest, path) => without(rest, path.split('.')), resource) as Resource;
}

/** An element without one field, given by its path, and without what FHIR keeps beside it. */
export function without(element: Element, [name = '', ...deeper]: readonly string[]): Element {
  if (deeper.length === 0) {
    const { [name]: _, [`_${name}`]: __, ...rest } = element;
    return rest;
  }
  if (!Object.hasOwn(element, name)) return element;
  const value = element[name];
  const cut = (one: unknown) => (isElement(one) ? without(one, deeper) : one);
  return { ...element, [name]: Array.isArray(value) ? value.map(cut) : cut(value) };
}

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
