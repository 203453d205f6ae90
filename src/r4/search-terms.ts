import { digest } from '../kernel/secrets.js';

/** The longest text that a string search compares, in code points; of longer ones the beginning is kept. */
const maxText = 200;
const maxPartBytes = 250;
const separator = '\u001f';

/** What a resource is found by is kept as terms: the parameter's name, a letter for the form, and the value. */
export const terms = {
  /** The resource has some value for the parameter. */
  present: (name: string) => term(name, 'p'),
  /** It has none. Said, because an index finds what is there. */
  absent: (name: string) => term(name, 'm'),
  /** A code of whatever system. */
  code: (name: string, code: string) => term(name, 'c', code),
  /** A code of a system, or of none when it is empty. */
  systemAndCode: (name: string, system: string, code: string) => term(name, 'b', system, code),
  /** Any code of a system. */
  system: (name: string, system: string) => term(name, 's', system),
  /** The beginning of a string, without regard to case and accents. */
  begins: (name: string, text: string) => [name, 't', cut(folded(text))].join(separator),
  /** A string as it is. */
  exact: (name: string, text: string) => term(name, 'x', text),
  /** A reference by type and id, or by address. */
  reference: (name: string, reference: string) => term(name, 'r', reference),
  /** A reference to this id, of whatever type. */
  referenceId: (name: string, id: string) => term(name, 'i', id),
  uri: (name: string, uri: string) => term(name, 'u', uri),
};

/**
 * What the terms of a project's resources of one type begin with, so that one index answers each project and type without
 * reading the others'. Short; if two have the same, a search reads more and finds no more.
 */
export function scopeOf(projectId: string, resourceType: string): string {
  return digest(`${projectId} ${resourceType}`).toString('base64url').slice(0, 8);
}

/** The name of the parameter that a term is about. */
export function parameterOf(term: string): string {
  return term.slice(0, term.indexOf(separator));
}

function term(name: string, form: string, ...parts: readonly string[]): string {
  return [name, form, ...parts.map(part)].join(separator);
}

/** A part that a text index cannot hold is compared by its digest; the mark before it is no character of any value. */
function part(text: string): string {
  const clean = printable(text);
  return Buffer.byteLength(clean) <= maxPartBytes ? clean : `\u001e${digest(text).toString('base64')}`;
}

/** FHIR strings have no control characters but line ends; half a surrogate pair is no character at all. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}]/gu, ' ');
}

function cut(text: string): string {
  return text.length <= maxText ? text : [...text].slice(0, maxText).join('');
}

/** Case and accents do not count in string searches (FHIR R4 search 3.1.1.4.8). */
function folded(text: string): string {
  return printable(text).normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim();
}

/** Whether a string search for this finds what it names: something to compare, none of it cut off. */
export function isSearchText(text: string): boolean {
  const length = [...folded(text)].length;
  return length > 0 && length <= maxText;
}
