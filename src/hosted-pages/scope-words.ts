import { readSmartScope, type SmartScope } from '../smart/smart-scope.js';
import { fill, type Language } from './strings.js';

/** What a scope lets an app do, in the person's words. */
export function scopeInWords(language: Language, scope: string): string {
  const { strings } = language;
  const known: Readonly<Record<string, string>> = strings.scopes;
  if (Object.hasOwn(known, scope)) return known[scope]!;
  const smart = readSmartScope(scope);
  return typeof smart === 'string' ? fill(strings.scopes.other, { scope }) : smartInWords(language, smart);
}

function smartInWords(
  { strings: { smart }, tag }: Language,
  { level, resourceType, letters, query }: SmartScope,
): string {
  const verbs = [
    ...(/[rs]/.test(letters) ? [smart.read] : []),
    ...(letters.includes('c') ? [smart.create] : []),
    ...(letters.includes('u') ? [smart.update] : []),
    ...(letters.includes('d') ? [smart.delete] : []),
  ];
  const names: Readonly<Record<string, string>> = smart.types;
  const what = Object.hasOwn(names, resourceType)
    ? names[resourceType]!
    : fill(smart.otherType, { type: resourceType });
  const can = new Intl.ListFormat(tag, { type: 'conjunction' }).format(verbs);
  const line = fill(level === 'patient' ? smart.ofPatient : smart.ofUser, { can, what });
  const sentence = line.charAt(0).toLocaleUpperCase(tag) + line.slice(1);
  return query === undefined ? sentence : `${sentence} ${fill(smart.only, { query })}`;
}
