import { library } from './library.js';

const maxLength = 2000;
const maxTokens = 200;

// Those of FHIRPath that cannot run for long by themselves. Left out on purpose: matches, matchesFull, replaceMatches
// (patterns that a tenant wrote), repeat, aggregate (loops), trace (writes to a log) (rulings 39).
const functions: ReadonlySet<string> = new Set(
  `empty exists all allTrue anyTrue allFalse anyFalse subsetOf supersetOf count distinct isDistinct where select ofType
   single first last tail skip take intersect exclude union combine iif toBoolean convertsToBoolean toInteger
   convertsToInteger toDate convertsToDate toDateTime convertsToDateTime toDecimal convertsToDecimal toQuantity toString
   convertsToString toTime convertsToTime indexOf substring startsWith endsWith contains upper lower replace length
   toChars abs ceiling floor round truncate now timeOfDay today is as not resolve`.split(/\s+/),
);
const variables: readonly string[] = ['%before', '%after'];

// One token of FHIRPath's grammar: text, delimited name, date or time, number, name, variable, operator, bracket.
const token =
  /\s*(?:'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|@[0-9TZ:.+-]+|\d+(?:\.\d+)?|[A-Za-z_][A-Za-z0-9_]*|%(?:[A-Za-z_][A-Za-z0-9_]*|`[^`]*`)|\$[a-z]+|<=|>=|!=|!~|[-+*/&|<>=~.,()[\]{}])/y;

/**
 * Judges a tenant's FHIRPath expression before it is kept: bounded in size, well-formed, and without functions that can
 * run for long. `FhirpathService` bounds the time of those that pass.
 * @returns `undefined` when it may be kept, else what is wrong, to follow the word "must".
 */
export function fhirpathProblem(expression: string): string | undefined {
  if (expression.trim() === '') return 'not be empty';
  if (expression.length > maxLength) return `have at most ${maxLength} characters`;
  const tokens = tokensOf(expression.trimEnd());
  if (!tokens) return 'be a FHIRPath expression';
  // The tree that is made of it has no more nodes than there are tokens.
  if (tokens.length > maxTokens) return `have at most ${maxTokens} parts`;
  const called = tokens.find(
    (text, at) => tokens[at + 1] === '(' && isName(text) && !functions.has(bare(text)),
  );
  if (called) return `not use ${bare(called)}, which is no function that may be used here`;
  const variable = tokens.find((text) => text.startsWith('%') && !variables.includes(text));
  if (variable) return `use no variable but ${variables.join(' and ')}, outside of quotes`;
  try {
    library().parseFhirPath(expression);
    return undefined;
  } catch {
    return 'be a FHIRPath expression';
  }
}

/** The expression with each of its texts, quotes included, as `change` answers it. */
export function withTexts(expression: string, change: (text: string) => string): string {
  return (tokensOf(expression.trimEnd()) ?? [])
    .map((one) => (one.startsWith("'") ? change(one) : one))
    .join(' ');
}

function tokensOf(expression: string): string[] | undefined {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < expression.length) {
    const match = token.exec(expression);
    if (!match) return undefined;
    tokens.push(match[0].trimStart());
  }
  return tokens;
}

// Words that stand before a bracket without calling anything.
const operators: readonly string[] = [
  'and',
  'or',
  'xor',
  'implies',
  'in',
  'contains',
  'is',
  'as',
  'div',
  'mod',
];

function isName(text: string): boolean {
  return /^[A-Za-z_`]/.test(text) && !operators.includes(text);
}

function bare(text: string): string {
  return text.replaceAll('`', '');
}
