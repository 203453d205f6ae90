import type { ClientChanges } from '../clients/client-input.js';
import { invalidInput } from '../kernel/errors.js';
import { covers, isSmartScope, readSmartScope, smartScopesOf } from './smart-scope.js';

/** What a client may ask for: a list of scopes, or `null` for all but `system/`. */
type AllowedScopes = readonly string[] | null;

/**
 * The first of some scopes that a client may not ask for. A scope for FHIR resources is allowed by one that covers it;
 * `system/` ones only by a list that names them, since nobody is asked (SMART App Launch 2.2, "Backend services").
 */
export function scopeNotAllowed(scopes: readonly string[], allowed: AllowedScopes): string | undefined {
  const wide = smartScopesOf(allowed ?? []);
  return scopes.find((word) => {
    const scope = isSmartScope(word) ? readSmartScope(word) : undefined;
    if (typeof scope === 'string') return true;
    if (!scope) return allowed !== null && !allowed.includes(word);
    if (allowed === null) return scope.level === 'system';
    return !wide.some((one) => covers(one, scope));
  });
}

/**
 * Judges a list of scopes that a client shall be allowed or ask for by default.
 * @returns what is wrong with the first bad one, to follow the word "must".
 */
export function scopeListProblem(scopes: readonly string[]): string | undefined {
  for (const word of scopes) {
    const scope = isSmartScope(word) ? readSmartScope(word) : undefined;
    if (typeof scope === 'string') return scope;
  }
  return undefined;
}

/**
 * What somebody leaves of scopes: each word must be one that was asked for, or for FHIR resources do no more than one of them.
 * @param left those that are still granted: what is answered does no more than they do.
 * @returns `undefined` when something was not asked for.
 */
export function narrowedScopes(
  wanted: readonly string[],
  asked: readonly string[],
  left: readonly string[],
): string[] | undefined {
  const within = (words: readonly string[]) => {
    const wide = smartScopesOf(words);
    return (word: string) => {
      const scope = isSmartScope(word) ? readSmartScope(word) : undefined;
      if (scope === undefined) return words.includes(word);
      return typeof scope !== 'string' && wide.some((one) => covers(one, scope));
    };
  };
  if (!wanted.every(within(asked))) return undefined;
  return [...new Set(wanted.filter(within(left)))];
}

/** Whether the scopes of a client make sense. @throws AppError `invalid-input` */
export function checkScopes(changes: Pick<ClientChanges, 'allowedScopes' | 'defaultScope'>): void {
  for (const field of ['allowedScopes', 'defaultScope'] as const) {
    const wrong = scopeListProblem(changes[field] ?? []);
    if (wrong) throw invalidInput({ sentence: `"${field}" is not valid: must ${wrong}.`, field });
  }
}
