import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CompiledEntry } from '../access-policy/compiled-entry.js';
import type { PolicyLimit } from '../access-policy/compiled-policy.js';
import { EntryList } from '../access-policy/entry-list.js';
import type { Interaction } from '../access-policy/interactions.js';
import { patientOf } from './launch-context.js';
import { isSmartScope, readSmartScope, type SmartScope } from './smart-scope.js';

/** What decides how far a credential limits the policy of its member. */
export interface ScopedAccess {
  /** Words that were asked for. */
  readonly requested: readonly string[];
  /** Words that were granted. */
  readonly granted: readonly string[];
  /** A client that reaches only what scopes name. */
  readonly scopesOnly: boolean;
  /** `Type/id` of the member. */
  readonly profile: string | undefined;
}

/** A limit, and a text that is the same for the same limit. */
export interface ScopeLimit extends PolicyLimit {
  readonly key: string;
}

/** What a letter opens: `history` of one resource belongs to reading it (SMART App Launch 2.2, "Scopes"). */
const opened: Readonly<Record<string, readonly Interaction[]>> = {
  c: ['create'],
  r: ['read', 'vread', 'history'],
  u: ['update'],
  d: ['delete'],
  s: ['search'],
};

/**
 * What scopes leave of a policy: exactly what both open, never more. Whoever asked for no scope for FHIR resources has all
 * that the policy opens; whoever asked for some and was granted none has nothing (F30).
 */
@Injectable()
export class ScopeLimits {
  private readonly known = new LRUCache<string, ScopeLimit>({ max: 2_000 });

  /** The limit, or `undefined` where scopes limit nothing. */
  of({ requested, granted, scopesOnly, profile }: ScopedAccess): ScopeLimit | undefined {
    if (!scopesOnly && !requested.some(isSmartScope) && !granted.some(isSmartScope)) return undefined;
    const words = [...new Set(granted.filter(isSmartScope))].sort();
    const patient = patientOf(profile);
    const key = [patient ?? '-', ...words].join(' ');
    const limit = this.known.get(key) ?? { key, ...limitOf(words, patient) };
    this.known.set(key, limit);
    return limit;
  }
}

function limitOf(words: readonly string[], patient: string | undefined): PolicyLimit {
  const seen = new Set<string>();
  const entries = words.flatMap((word) => {
    const scope = readSmartScope(word);
    if (typeof scope === 'string' || (scope.level === 'patient' && !patient)) return [];
    const meaning = JSON.stringify({ ...scope, level: scope.level === 'patient' });
    if (seen.has(meaning)) return [];
    seen.add(meaning);
    return [new CompiledEntry(entryOf(scope, patient), new Map(), `the scope ${word}`)];
  });
  return { entries: new EntryList(entries), name: 'scope of the token' };
}

function entryOf({ level, resourceType, letters, query }: SmartScope, patient: string | undefined) {
  return {
    resourceType,
    interaction: [...letters].flatMap((letter) => opened[letter] ?? []),
    ...(query !== undefined && { criteria: `${resourceType}?${query}` }),
    ...(level === 'patient' && { compartment: { reference: `Patient/${patient}` } }),
  };
}
