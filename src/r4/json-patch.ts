import { isDeepStrictEqual } from 'node:util';
import type { ErrorIssue } from '../kernel/errors.js';
import { library } from './library.js';
import { shapeProblem } from './resource-shape.js';
import type { Resource } from './search-row.js';

/** One step of a JSON Patch (RFC 6902 section 4). */
interface Operation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

const maxOperations = 100;
const kinds: readonly unknown[] = ['add', 'remove', 'replace', 'move', 'copy', 'test'];
/** The server's own: they can be tested, not changed. */
const managed: readonly string[] = ['resourceType', 'id', 'meta'];
const pointer = /^(?:\/(?:[^~/]|~[01])*)*$/;

/**
 * Applies a JSON Patch (RFC 6902) to a copy of a resource: all of it or nothing.
 * @returns the patched copy, or what is wrong; `processing` is the code of a test that failed.
 */
export function patched(
  resource: Resource,
  patch: unknown,
): { resource: Resource } | { problem: ErrorIssue } {
  const wrong = patchProblem(patch);
  if (wrong) return { problem: wrong };
  const result = JSON.parse(JSON.stringify(resource)) as Resource;
  for (const [at, operation] of (patch as Operation[]).entries()) {
    const problem = stepProblem(result, operation) ?? shapeAfter(result, operation);
    if (problem) return { problem: { ...problem, field: `[${at}]` } };
  }
  return { resource: result };
}

function patchProblem(patch: unknown): ErrorIssue | undefined {
  if (!Array.isArray(patch)) return structure('A JSON Patch is a list of operations');
  if (patch.length > maxOperations) return structure(`A JSON Patch has at most ${maxOperations} operations`);
  if (patch.length === 0) return structure('The JSON Patch is empty');
  for (const [at, operation] of patch.entries()) {
    const sentence = operationProblem(operation);
    if (sentence) return { ...structure(sentence), field: `[${at}]` };
  }
  return undefined;
}

function operationProblem(operation: unknown): string | undefined {
  if (typeof operation !== 'object' || operation === null) return 'An operation is an object';
  const { op, path, from } = operation as Partial<Operation>;
  if (!kinds.includes(op)) return `"op" must be one of ${kinds.join(', ')}`;
  if (typeof path !== 'string' || !pointer.test(path)) return '"path" must be a JSON Pointer';
  const moves = op === 'move' || op === 'copy';
  if (moves && (typeof from !== 'string' || !pointer.test(from))) return '"from" must be a JSON Pointer';
  if (!moves && op !== 'remove' && !Object.hasOwn(operation, 'value')) return '"value" is missing';
  if (op === 'test') return undefined;
  if (isManaged(path) || (moves && isManaged(from!)))
    return `${managed.join(', ')} belong to the server and cannot be changed`;
  if (op === 'move' && path.startsWith(`${from}/`)) return 'An element cannot be moved into itself';
  return undefined;
}

function isManaged(path: string): boolean {
  return path === '' || managed.includes(path.split('/')[1]!);
}

function stepProblem(resource: Resource, operation: Operation): ErrorIssue | undefined {
  const { Pointer, applyPatch } = library();
  const { op, path, from } = operation;
  try {
    if (
      from !== undefined &&
      (op === 'move' || op === 'copy') &&
      !exists(Pointer.fromJSON(from).evaluate(resource))
    )
      return missing(from);
    const place = Pointer.fromJSON(path).evaluate(resource);
    if (op === 'test') {
      const value = path === '' ? resource : exists(place) ? place.value : undefined;
      if (value !== undefined && isDeepStrictEqual(value, operation.value)) return undefined;
      return { code: 'processing', sentence: `The test of "${path}" failed` };
    }
    const adds = op === 'add' || op === 'move' || op === 'copy';
    if (adds ? !takes(place) : !exists(place)) return missing(path);
    const [error] = applyPatch(resource, [operation as never]);
    return error ? missing(path) : undefined;
  } catch {
    // Names that JavaScript gives a meaning of its own.
    return missing(path);
  }
}

interface Place {
  readonly parent: unknown;
  readonly key: string;
  readonly value: unknown;
}

function exists({ parent, key }: Place): boolean {
  if (Array.isArray(parent)) return isIndex(key) && Number(key) < parent.length;
  return typeof parent === 'object' && parent !== null && Object.hasOwn(parent, key);
}

/** Whether something can be added there: a member of an object, or an index of a list up to its end. */
function takes({ parent, key }: Place): boolean {
  if (Array.isArray(parent)) return key === '-' || (isIndex(key) && Number(key) <= parent.length);
  return typeof parent === 'object' && parent !== null;
}

function isIndex(key: string): boolean {
  return /^(?:0|[1-9]\d{0,8})$/.test(key);
}

/** A copy of a copy doubles: what is too large is stopped on the way. */
function shapeAfter(resource: Resource, { op }: Operation): ErrorIssue | undefined {
  if (op === 'test' || op === 'remove') return undefined;
  const problem = shapeProblem(resource);
  return problem?.code === 'too-long' ? problem : undefined;
}

function missing(path: string): ErrorIssue {
  return { code: 'invalid', sentence: `There is nothing at "${path}"` };
}

function structure(sentence: string): ErrorIssue {
  return { code: 'structure', sentence };
}
