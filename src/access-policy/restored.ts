import type { Resource } from '../r4/search-row.js';
import { without } from './visible.js';

type Element = Readonly<Record<string, unknown>>;
/** Hidden fields as a tree: a leaf is hidden itself, a branch has hidden fields within. */
type Hidden = Map<string, Hidden | 'whole'>;

/**
 * What a member wrote, with the fields that it may not see or change as they were: on top, within elements and within
 * the elements of lists (wire-spec section 1.8). Elements of a list are the same when what the member sees of them is
 * the same; in a list that kept its length, those left over are the same by their place.
 * @param hiddenFields paths of field names. @param readonlyFields names of top-level fields.
 * @returns the field whose elements can't be told apart or were left out, so that what is hidden in them would be lost.
 */
export function restored(
  before: Resource,
  given: Resource,
  hiddenFields: readonly string[],
  readonlyFields: readonly string[],
): { readonly resource: Resource } | { readonly lost: string } {
  const hidden = tree(
    hiddenFields.length > 0 ? [...hiddenFields, 'text', ...readonlyFields] : readonlyFields,
  );
  try {
    return { resource: merged(before, given, hidden, '') as Resource };
  } catch (error) {
    if (error instanceof HiddenLost) return { lost: error.path };
    throw error;
  }
}

class HiddenLost extends Error {
  constructor(readonly path: string) {
    super(path);
  }
}

function tree(paths: readonly string[]): Hidden {
  const root: Hidden = new Map();
  for (const path of paths) {
    const names = path.split('.');
    const last = names.pop()!;
    let at: Hidden | 'whole' | undefined = root;
    for (const name of names) {
      if (at === 'whole') break;
      if (!at.has(name)) at.set(name, new Map());
      at = at.get(name)!;
    }
    if (at !== 'whole') at.set(last, 'whole');
  }
  return root;
}

function merged(before: Element, given: Element, hidden: Hidden, path: string): Element {
  let result = given;
  for (const [name, within] of hidden) {
    const field = path === '' ? name : `${path}.${name}`;
    if (within === 'whole') result = taken(before, taken(before, result, name), `_${name}`);
    else result = withField(result, name, inField(own(before, name), own(given, name), within, field));
  }
  return result;
}

/** `given` with the field of `before`, or without it where `before` has none. */
function taken(before: Element, given: Element, name: string): Element {
  return withField(given, name, own(before, name));
}

function withField(element: Element, name: string, value: unknown): Element {
  if (value !== undefined) return { ...element, [name]: value };
  if (!Object.hasOwn(element, name)) return element;
  const { [name]: _, ...rest } = element;
  return rest;
}

function own(element: Element, name: string): unknown {
  return Object.hasOwn(element, name) ? element[name] : undefined;
}

function inField(before: unknown, given: unknown, hidden: Hidden, path: string): unknown {
  if (Array.isArray(before) || Array.isArray(given))
    return Array.isArray(given)
      ? inList(Array.isArray(before) ? before : [], given, hidden, path)
      : lostUnless(before, given, hidden, path);
  if (isElement(given)) return merged(isElement(before) ? before : {}, given, hidden, path);
  return lostUnless(before, given, hidden, path);
}

/** The member replaces the field with something else: fine as long as nothing was hidden in it. */
function lostUnless(before: unknown, given: unknown, hidden: Hidden, path: string): unknown {
  if ([before].flat().some((one) => holdsHidden(one, hidden))) throw new HiddenLost(path);
  return given;
}

function inList(
  before: readonly unknown[],
  given: readonly unknown[],
  hidden: Hidden,
  path: string,
): unknown[] {
  const bySight = new Map<string, number[]>();
  for (const [at, element] of before.entries()) {
    const sight = seen(element, hidden);
    const same = bySight.get(sight);
    if (same) same.push(at);
    else bySight.set(sight, [at]);
  }
  const left = new Set(before.keys());
  const take = (at: number | undefined) => (at !== undefined && left.delete(at) ? at : undefined);
  const matches = given.map((element) => take(bySight.get(seen(element, hidden))?.shift()));
  const result = given.map((element, at) => {
    const match = matches[at] ?? (before.length === given.length ? take(at) : undefined);
    const was = match === undefined ? undefined : before[match];
    return isElement(element) ? merged(isElement(was) ? was : {}, element, hidden, path) : element;
  });
  if ([...left].some((at) => holdsHidden(before[at], hidden))) throw new HiddenLost(path);
  return result;
}

/** What the member sees of an element, as text that is the same for the same. */
function seen(element: unknown, hidden: Hidden): string {
  const rest = isElement(element)
    ? paths(hidden).reduce<Element>((one, path) => without(one, path), element)
    : element;
  return JSON.stringify(rest, (_, value: unknown) => (isElement(value) ? sorted(value) : value)) ?? '';
}

function sorted(element: Element): Element {
  return Object.fromEntries(Object.entries(element).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function holdsHidden(element: unknown, hidden: Hidden): boolean {
  if (!isElement(element)) return false;
  return [...hidden].some(([name, within]) => {
    if (within === 'whole') return Object.hasOwn(element, name) || Object.hasOwn(element, `_${name}`);
    return [own(element, name)].flat().some((one) => holdsHidden(one, within));
  });
}

function paths(hidden: Hidden): string[][] {
  return [...hidden].flatMap(([name, within]) =>
    within === 'whole' ? [[name]] : paths(within).map((path) => [name, ...path]),
  );
}

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
