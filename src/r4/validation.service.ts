import { Worker } from 'node:worker_threads';
import { Injectable } from '@nestjs/common';
import { type ErrorIssue, unavailable } from '../kernel/errors.js';
import { definitionsPath, library } from './library.js';
import { narrativeIssues } from './narrative.js';
import { shapeProblem } from './resource-shape.js';
import type { Resource } from './search-row.js';

/** What the thread reads out of the published definitions. */
interface Definitions {
  readonly structures: object[];
  /** Value sets that an element is bound to, as address and version: their codes, where they can be listed. */
  readonly codes: ReadonlyMap<string, readonly string[]>;
}

const readyWithinMs = 60_000;
const maxProblems = 20;

// Runs in a thread, because the published files are large and reading them takes a second. It is text, because a thread
// is started from a file, and the sources are compiled elsewhere. A value set is listed when all of it is whole code
// systems of the same publication.
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { readJson } = require(workerData.path);
const resources = (name) => readJson('fhir/r4/' + name + '.json').entry.map(({ resource }) => resource);
const structures = [
  ...resources('profiles-types'),
  ...resources('profiles-resources').filter(({ id }) => workerData.types.includes(id)),
].filter(({ resourceType }) => resourceType === 'StructureDefinition');
const published = new Map(resources('valuesets').map((one) => [one.url, one]));
const concepts = (list) => list.flatMap(({ code, concept }) => [code, ...concepts(concept ?? [])]);
const codes = new Map();
for (const { snapshot } of structures)
  for (const { binding } of snapshot?.element ?? []) {
    if (binding?.strength !== 'required') continue;
    const compose = published.get(binding.valueSet.split('|')[0])?.compose;
    const parts = (compose?.include ?? []).map(({ system, concept, filter, valueSet }) =>
      concept || filter || valueSet ? undefined : published.get(system));
    if (!compose?.exclude && parts.length > 0 && parts.every((part) => part?.content === 'complete'))
      codes.set(binding.valueSet, parts.flatMap(({ concept }) => concepts(concept ?? [])));
  }
parentPort.postMessage({ structures, codes });
`;

/** Says whether resources are what FHIR R4 says: elements, types, cardinality, invariants, required codes. */
@Injectable()
export class ValidationService {
  private codes: Promise<Definitions['codes']> | undefined;

  /**
   * All that is wrong with a resource; nothing of a sound one. The definitions are read on first use, which takes some
   * seconds.
   * @param types what can be judged, contained resources included.
   * @throws AppError `unavailable` when the definitions cannot be read.
   */
  async problems(resource: Resource, types: readonly string[]): Promise<ErrorIssue[]> {
    const shape = shapeProblem(resource, { whole: true });
    if (shape) return [shape];
    const strange = [resource.contained].flat().find((one) => one !== undefined && !isOf(one, types));
    if (strange !== undefined)
      return [
        { code: 'not-supported', sentence: `Contained are ${types.join(', ')} only`, field: 'contained' },
      ];
    this.codes ??= this.load(types);
    const found = [...judged(resource, await this.codes), ...narrativeIssues(resource)];
    return found.slice(0, maxProblems);
  }

  private async load(types: readonly string[]): Promise<Definitions['codes']> {
    try {
      const { structures, codes } = await read(types);
      library().indexStructureDefinitionBundle(structures as never);
      return codes;
    } catch (cause) {
      this.codes = undefined;
      throw unavailable({ cause, detail: 'The FHIR definitions cannot be read' });
    }
  }
}

function read(types: readonly string[]): Promise<Definitions> {
  const workerData = { path: definitionsPath(), types };
  const thread = new Worker(program, { eval: true, workerData });
  thread.unref();
  return new Promise<Definitions>((resolve, reject) => {
    const late = () => reject(new Error('The thread for FHIR definitions did not answer'));
    const timer = setTimeout(late, readyWithinMs).unref();
    thread.once('message', resolve).once('error', reject).once('exit', late);
    thread.once('exit', () => clearTimeout(timer));
  });
}

function judged(resource: Resource, codes: Definitions['codes']): ErrorIssue[] {
  const { OperationOutcomeError, validateResource } = library();
  const tokens: Record<string, { value: unknown; path: string }[]> = {};
  let issues: readonly Issue[];
  try {
    issues = validateResource(resource as never, {
      collect: { tokens: tokens as never },
    }) as readonly Issue[];
  } catch (error) {
    if (error instanceof OperationOutcomeError) issues = error.outcome.issue as readonly Issue[];
    // What is so far from any resource that the library stumbles over it.
    else return [{ code: 'structure', sentence: 'This is no resource of FHIR R4' }];
  }
  return [...issues.filter(counts).map(problemOf), ...strangeCodes(tokens, codes)];
}

interface Issue {
  readonly severity: string;
  readonly code: string;
  readonly details?: { readonly text?: string };
  readonly expression?: readonly string[];
}

/** Advice counts for nothing; that two kinds of one choice are there, or a reference of a wrong type, is no advice. */
function counts({ severity, code }: Issue): boolean {
  return severity === 'error' || severity === 'fatal' || code === 'structure';
}

function problemOf({ code, details, expression }: Issue): ErrorIssue {
  const field = expression?.[0];
  return { code, sentence: details?.text ?? 'This is not valid', ...(field && { field }) };
}

function strangeCodes(
  tokens: Readonly<Record<string, readonly { value: unknown; path: string }[]>>,
  codes: Definitions['codes'],
): ErrorIssue[] {
  return Object.entries(tokens).flatMap(([valueSet, used]) => {
    const allowed = codes.get(valueSet);
    return used
      .filter(({ value }) => allowed && typeof value === 'string' && !allowed.includes(value))
      .map(({ path }) => ({
        code: 'code-invalid',
        sentence: `The code must be one of ${allowed!.join(', ')}`,
        field: path,
      }));
  });
}

function isOf(resource: unknown, types: readonly string[]): boolean {
  return types.includes((resource as Partial<Resource> | null)?.resourceType ?? '');
}
