import { fill, type Language } from './strings.js';

/** What a scope lets an app do, in the person's words. */
export function scopeInWords({ strings }: Language, scope: string): string {
  const known: Readonly<Record<string, string>> = strings.scopes;
  return Object.hasOwn(known, scope) ? known[scope]! : fill(strings.scopes.other, { scope });
}
