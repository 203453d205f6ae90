import type { Span, WhereRow } from '../kernel/where.js';
import { dateSpan } from './date-span.js';
import { library } from './library.js';
import { type ParameterKind, patientCompartment, type SearchParameter } from './search-parameters.js';
import { parameterOf, terms } from './search-terms.js';

/** Raised whenever resources come to be found by something else: then what is kept for searches is made anew. */
export const searchVersion = 1;

/** A FHIR resource as it came: nothing about its shape is known but that it says its type. */
export interface Resource {
  readonly resourceType: string;
  readonly id?: string;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly [element: string]: unknown;
}

/** What is asked about a resource: the columns of `searchWhere`. */
export interface SearchRow extends WhereRow {
  readonly id: string | null;
  readonly lastUpdated: number | null;
  readonly terms: ReadonlySet<string>;
  readonly spans: readonly Span[];
}

type Value = Readonly<Record<string, unknown>>;

/** What a resource is found by, for these parameters. A store keeps it; `matches` compares it in memory. */
export function searchRow(resource: Resource, parameters: Iterable<SearchParameter>): SearchRow {
  const found = new Set<string>();
  const spans: Span[] = [];
  for (const parameter of parameters) {
    // These two are columns.
    if (parameter.name === '_id' || parameter.name === '_lastUpdated') continue;
    const before = found.size + spans.length;
    if (parameter.name === '_compartment')
      for (const one of compartments(resource)) addReference(found, '_compartment', one);
    else for (const value of valuesOf(resource, parameter)) add(parameter, value, found, spans);
    const isPresent = found.size + spans.length > before;
    found.add(isPresent ? terms.present(parameter.name) : terms.absent(parameter.name));
  }
  const updated = resource.meta?.['lastUpdated'];
  return {
    id: typeof resource.id === 'string' ? resource.id.toLowerCase() : null,
    lastUpdated: (typeof updated === 'string' ? dateSpan(updated)?.low : undefined) ?? null,
    terms: found,
    spans,
  };
}

/** A row of a table of this server that is shown as a resource, about no patient and without tags. */
export interface ViewedRow {
  readonly id: string;
  readonly projectId: string | null;
  readonly version: number;
  readonly updatedAt: Date;
  readonly author?: string | null;
}

/** The values of a search parameter. */
export interface KnownValues {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly values: readonly unknown[];
}

/** The parameters about which all such rows of a project answer the same. */
const ofProject: readonly string[] = ['_project', '_compartment'];
const ofNone: readonly string[] = ['_profile', '_security', '_source', '_tag', '_account'];

/** Whether a term is about one of them. */
export function isSharedTerm(term: string): boolean {
  return [...ofProject, ...ofNone].includes(parameterOf(term));
}

/**
 * What `searchRow` finds in such a resource, without the FHIR library, which takes long to load.
 * @param known every search parameter of the type.
 */
export function viewedSearchRow(
  { id, projectId, updatedAt }: ViewedRow,
  known: readonly KnownValues[],
): SearchRow {
  const found = new Set<string>();
  const project = projectId === null ? [] : [`Project/${projectId}`];
  for (const name of ofNone) found.add(terms.absent(name));
  const shared: KnownValues[] = ofProject.map((name) => ({ name, kind: 'reference', values: project }));
  for (const { name, kind, values } of [...shared, ...known]) {
    for (const value of values) {
      if (kind === 'reference') addReference(found, name, referenceOf(value));
      else add({ name, kind, expression: '' }, value, found, []);
    }
    found.add(values.length > 0 ? terms.present(name) : terms.absent(name));
  }
  return { id, lastUpdated: updatedAt.getTime(), terms: found, spans: [] };
}

function valuesOf(resource: Resource, { expression }: SearchParameter): unknown[] {
  return library().evalFhirPath(expression, resource);
}

/** The compartments of a resource: of the patients it is about (FHIR R4), its accounts and its project (wire-spec 1). */
export function compartments(resource: Resource): string[] {
  const links = patientCompartment(resource.resourceType).flatMap((parameter) =>
    valuesOf(resource, parameter)
      .map(referenceOf)
      .filter((one) => one?.startsWith('Patient/')),
  );
  const { project } = resource.meta ?? {};
  return [
    ...(resource.resourceType === 'Patient' && resource.id ? [`Patient/${resource.id}`] : []),
    ...links,
    ...library().evalFhirPath('meta.account | meta.accounts', resource).map(referenceOf),
    typeof project === 'string' ? `Project/${project}` : undefined,
  ].filter((one) => one !== undefined);
}

function add({ name, kind }: SearchParameter, value: unknown, found: Set<string>, spans: Span[]): void {
  if (kind === 'token') addToken(found, name, value);
  else if (kind === 'string')
    for (const text of textsOf(value)) found.add(terms.begins(name, text)).add(terms.exact(name, text));
  else if (kind === 'reference')
    addReference(found, name, name === '_project' ? `Project/${value}` : referenceOf(value));
  else if (kind === 'uri') {
    if (typeof value === 'string') found.add(terms.uri(name, value));
  } else spans.push(...spansOf(value).map((span) => ({ name, ...span })));
}

const contactSystems: readonly unknown[] = ['phone', 'fax', 'email', 'pager', 'url', 'sms', 'other'];

function addToken(found: Set<string>, name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    addCode(found, name, '', String(value));
    return;
  }
  const { coding, system, code, value: text } = value as Value;
  if (Array.isArray(coding)) for (const one of coding) addToken(found, name, one);
  const token = code ?? text;
  if (typeof token !== 'string') return;
  // A ContactPoint's system says what it is, not whose name it is. Mail addresses do not depend on case.
  const isContact = contactSystems.includes(system);
  addCode(found, name, isContact || typeof system !== 'string' ? '' : system, token);
  if (system === 'email') addCode(found, name, '', token.toLowerCase());
}

function addCode(found: Set<string>, name: string, system: string, code: string): void {
  found.add(terms.code(name, code)).add(terms.systemAndCode(name, system, code));
  if (system) found.add(terms.system(name, system));
}

const nameParts = ['text', 'family', 'given', 'prefix', 'suffix'];
const addressParts = ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'];

/** A string, or every part of a HumanName or Address. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return [...new Set([...nameParts, ...addressParts])]
    .flatMap((part) => (value as Value)[part])
    .filter((text) => typeof text === 'string');
}

function addReference(found: Set<string>, name: string, reference: string | undefined): void {
  if (!reference) return;
  found.add(terms.reference(name, reference));
  const id = /^[A-Z][A-Za-z]+\/([A-Za-z0-9.-]{1,64})$/.exec(reference)?.[1];
  if (id) found.add(terms.referenceId(name, id));
}

/** The literal reference, without a version: `Type/id` or an address. */
function referenceOf(value: unknown): string | undefined {
  const reference = typeof value === 'object' && value !== null ? (value as Value)['reference'] : value;
  return typeof reference === 'string' ? reference.replace(/\/_history\/[^/]*$/, '') : undefined;
}

function spansOf(value: unknown): { low: number; high: number }[] {
  if (typeof value === 'string') return [dateSpan(value)].filter((span) => span !== undefined);
  if (typeof value !== 'object' || value === null) return [];
  const { start, end, event, repeat } = value as Value;
  if (Array.isArray(event)) return event.flatMap(spansOf);
  if (typeof repeat === 'object' && repeat !== null) return spansOf((repeat as Value)['boundsPeriod']);
  if (start === undefined && end === undefined) return [];
  const low = typeof start === 'string' ? dateSpan(start)?.low : Number.NEGATIVE_INFINITY;
  const high = typeof end === 'string' ? dateSpan(end)?.high : Number.POSITIVE_INFINITY;
  return low === undefined || high === undefined ? [] : [{ low, high }];
}
