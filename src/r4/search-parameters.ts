import { definitions } from './library.js';

/** The kinds of search parameters that are understood here (FHIR R4 search, section 3.1.1.4). */
export type ParameterKind = 'token' | 'string' | 'reference' | 'uri' | 'date';

/** A search parameter of one resource type. */
export interface SearchParameter {
  readonly name: string;
  readonly kind: ParameterKind;
  /** FHIRPath of what it looks at. */
  readonly expression: string;
}

/** What a name means for a type: a parameter, or why it cannot be used. */
export type FoundParameter = SearchParameter | 'unknown' | 'not-supported';

/** Every resource has these; the last three are those of the wire spec (section 1: meta.project, account, compartment). */
const common: Readonly<Record<string, SearchParameter>> = Object.fromEntries(
  (
    [
      ['_id', 'token', 'id'],
      ['_lastUpdated', 'date', 'meta.lastUpdated'],
      ['_profile', 'uri', 'meta.profile'],
      ['_security', 'token', 'meta.security'],
      ['_source', 'uri', 'meta.source'],
      ['_tag', 'token', 'meta.tag'],
      ['_project', 'reference', 'meta.project'],
      ['_account', 'reference', 'meta.account | meta.accounts'],
      ['_compartment', 'reference', ''],
    ] as const
  ).map(([name, kind, expression]) => [name, { name, kind, expression }]),
);

interface Definition {
  readonly code: string;
  readonly base: readonly string[];
  readonly type: string;
  readonly expression?: string;
}
interface SearchParameterBundle {
  readonly entry: readonly { readonly resource: Definition }[];
}
interface CompartmentDefinition {
  readonly resource: readonly { readonly code: string; readonly param?: readonly string[] }[];
}

const understood: readonly string[] = ['token', 'string', 'reference', 'uri', 'date'];
/** Asks how a name sounds, which nothing here knows. */
const soundsLike = 'phonetic';
let loaded: ReadonlyMap<string, Definition> | undefined;
const parametersOf = new Map<string, readonly SearchParameter[]>();
let patientLinks: ReadonlyMap<string, readonly string[]> | undefined;

/** Looks up a search parameter of a type (`*`: of every type) in the published definitions. */
export function searchParameter(resourceType: string, name: string): FoundParameter {
  if (Object.hasOwn(common, name)) return common[name]!;
  if (name.startsWith('_')) return 'not-supported';
  const found = resourceType === '*' ? undefined : published().get(`${resourceType} ${name}`);
  if (!found) return 'unknown';
  return understand(found, resourceType) ?? 'not-supported';
}

/** All search parameters of a type that are understood: what its resources are indexed by. */
export function searchParametersOf(resourceType: string): readonly SearchParameter[] {
  let all = parametersOf.get(resourceType);
  if (!all) {
    const own = [...published()].filter(([key]) => key.startsWith(`${resourceType} `));
    all = [...Object.values(common), ...own.flatMap(([, one]) => understand(one, resourceType) ?? [])];
    parametersOf.set(resourceType, all);
  }
  return all;
}

function understand(
  { code, type, expression }: Definition,
  resourceType: string,
): SearchParameter | undefined {
  // `resolve()` alone asks for another resource's content; within `where` it only asks for the type in the reference.
  if (!understood.includes(type) || code === soundsLike || !expression || /resolve\(\)\./.test(expression))
    return undefined;
  return { name: code, kind: type as ParameterKind, expression: ofType(expression, resourceType) };
}

/** The parameters whose references put a resource into a patient's compartment (FHIR R4 CompartmentDefinition patient). */
export function patientCompartment(resourceType: string): readonly SearchParameter[] {
  patientLinks ??= new Map(
    definitions<CompartmentDefinition>('compartmentdefinition-patient').resource.map(({ code, param }) => [
      code,
      param ?? [],
    ]),
  );
  return (patientLinks.get(resourceType) ?? []).flatMap((name) => {
    const found = searchParameter(resourceType, name);
    return typeof found === 'object' ? [found] : [];
  });
}

function published(): ReadonlyMap<string, Definition> {
  loaded ??= new Map(
    ['search-parameters', 'search-parameters-medplum'].flatMap((file) =>
      definitions<SearchParameterBundle>(file).entry.flatMap(({ resource }) =>
        resource.base.map((type): [string, Definition] => {
          const { code, base, type: kind, expression } = resource;
          return [`${type} ${code}`, { code, base, type: kind, ...(expression && { expression }) }];
        }),
      ),
    ),
  );
  return loaded;
}

/** A definition shared by many types has a branch for each: only those of this type can find anything. */
function ofType(expression: string, resourceType: string): string {
  const own = expression
    .split(' | ')
    .filter((branch) => branch.replaceAll('(', '').trim().startsWith(`${resourceType}.`));
  return own.length > 0 ? own.join(' | ') : expression;
}
