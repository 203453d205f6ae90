import { fill } from '../kernel/escape.js';
import { readSmartScope, type SmartScope } from '../smart/smart-scope.js';
import { type Language } from './strings.js';

/** What a scope lets an app do, in the person's words. */
export function scopeInWords(language: Language, scope: string): string {
  const { strings } = language;
  const known: Readonly<Record<string, string>> = strings.scopes;
  if (Object.hasOwn(known, scope)) return known[scope]!;
  const smart = readSmartScope(scope);
  return typeof smart === 'string' ? fill(strings.scopes.other, { scope }) : smartInWords(language, smart);
}

function smartInWords(language: Language, { level, resourceType, letters, query }: SmartScope): string {
  const {
    strings: { smart },
    tag,
  } = language;
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
  const ofPatient = resourceType === 'Patient' ? smart.ownDetails : smart.ofPatient;
  const line = fill(level === 'patient' ? ofPatient : smart.ofUser, { can, what });
  const sentence = line.charAt(0).toLocaleUpperCase(tag) + line.slice(1);
  if (query === undefined) return sentence;
  return `${sentence} ${fill(smart.only, { conditions: conditionsInWords(language, query) })}`;
}

/**
 * A search as a person reads it: codes without the system that they are of, which stands under the technical names. What is
 * not plainly "is one of these codes" stands as it was written: no word may hide a "not".
 */
function conditionsInWords({ strings: { smart }, tag }: Language, query: string): string {
  const all = query.split('&').map((condition) => {
    const [, name, values] = /^([a-z][a-z-]*)=([^=]+)$/.exec(condition) ?? [];
    const codes = values?.split(',').map((value) => /^(?:[^|]*\|)?([a-z][a-z-]*)$/i.exec(value)?.[1]);
    if (!name || !codes || codes.includes(undefined)) return fill(smart.asWritten, { condition });
    const words = codes.map((code) => code!.replaceAll('-', ' '));
    const value = new Intl.ListFormat(tag, { type: 'disjunction' }).format(words);
    return fill(smart.condition, { name: name.replaceAll('-', ' '), value });
  });
  return new Intl.ListFormat(tag, { type: 'conjunction' }).format(all);
}
