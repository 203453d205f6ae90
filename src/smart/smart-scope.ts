import { criteriaProblem } from '../access-policy/criteria.js';
import { hasParameters } from '../access-policy/policy-parameters.js';
import { isResourceType } from '../r4/resource-types.js';

/** What a scope is about: one patient's compartment, what the person may reach, or what a server may reach. */
export type SmartLevel = 'patient' | 'user' | 'system';

/** A SMART scope for FHIR resources (SMART App Launch 2.2, "Scopes for requesting FHIR resources"). */
export interface SmartScope {
  readonly level: SmartLevel;
  /** A FHIR type, or `*`. */
  readonly resourceType: string;
  /** The letters of version 2, in their order: of `cruds`. */
  readonly letters: string;
  /** Search parameters that resources must meet, as they were written. */
  readonly query: string | undefined;
}

const maxQuery = 300;
const form = /^(patient|user|system)\/([A-Za-z]+|\*)\.(read|write|\*|c?r?u?d?s?)(?:\?(.*))?$/s;

/** What the words of version 1 mean in the letters of version 2. */
const versionOne: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/** Whether a word is meant as a scope for FHIR resources, sound or not. */
export function isSmartScope(word: string): boolean {
  return /^(patient|user|system)\//.test(word);
}

/**
 * Reads a scope of version 1 or 2. Letters out of order, types and search parameters that do not exist are refused, never
 * guessed: a scope that was misread would open or close something else than the person was shown.
 * @returns the scope, or what is wrong with it, to follow the word "must".
 */
export function readSmartScope(word: string): SmartScope | string {
  const [, level, resourceType = '', access = '', query] = form.exec(word) ?? [];
  if (!level || access === '')
    return 'be like patient/Observation.rs, with the letters of cruds in this order, or with read, write or *';
  if (resourceType !== '*' && !isResourceType(resourceType)) return 'name a FHIR type or *';
  const wrong = query === undefined ? undefined : queryProblem(resourceType, query);
  return (
    wrong ?? {
      level: level as SmartLevel,
      resourceType,
      letters: versionOne[access] ?? access,
      query,
    }
  );
}

/** Whether one scope lets an app do all that another one does. */
export function covers(wider: SmartScope, narrower: SmartScope): boolean {
  return (
    wider.level === narrower.level &&
    (wider.resourceType === '*' || wider.resourceType === narrower.resourceType) &&
    [...narrower.letters].every((letter) => wider.letters.includes(letter)) &&
    (wider.query === undefined || wider.query === narrower.query)
  );
}

/** The sound scopes for FHIR resources among some words. */
export function smartScopesOf(words: Iterable<string>): SmartScope[] {
  return [...words]
    .filter(isSmartScope)
    .map(readSmartScope)
    .filter((scope) => typeof scope !== 'string');
}

function queryProblem(resourceType: string, query: string): string | undefined {
  if (query.length > maxQuery) return `have at most ${maxQuery} characters after the question mark`;
  // `%name` is a parameter of a policy, which an app does not give. Other text than ASCII cannot stand in a scope.
  if (hasParameters(query)) return 'have no % but before two digits that stand for an ASCII sign';
  return criteriaProblem(resourceType, `${resourceType}?${query}`);
}
