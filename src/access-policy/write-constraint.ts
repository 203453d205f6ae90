const maxLength = 2000;
const maxTokens = 200;

// Functions that can make a short expression run for long, or write to a log (rulings 39).
const refused = ['matches', 'matchesFull', 'replaceMatches', 'repeat', 'aggregate', 'trace'];

// One token of FHIRPath's grammar: text, delimited name, date or time, number, name, variable, operator, bracket.
const token =
  /\s*(?:'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|@[0-9TZ:.+-]+|\d+(?:\.\d+)?|[A-Za-z_][A-Za-z0-9_]*|%(?:[A-Za-z_][A-Za-z0-9_]*|`[^`]*`)|\$[a-z]+|<=|>=|!=|!~|[-+*/&|<>=~.,()[\]{}])/y;
const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/**
 * Judges a tenant's FHIRPath expression before it is kept: bounded in size, made of FHIRPath's tokens, with closed
 * brackets, and without functions that can run for long. It is never compiled here; whoever evaluates it bounds its time.
 * @returns `undefined` when it may be kept, else what is wrong, to follow the word "must".
 */
export function writeConstraintProblem(expression: string): string | undefined {
  if (expression.trim() === '') return 'not be empty';
  if (expression.length > maxLength) return `have at most ${maxLength} characters`;
  const tokens = tokensOf(expression.trimEnd());
  if (!tokens) return 'be a FHIRPath expression';
  if (tokens.length > maxTokens) return `have at most ${maxTokens} parts`;
  const named = tokens.find((text) => refused.includes(text.replaceAll('`', '')));
  if (named) return `not use ${named}, which can run for long`;
  return bracketsClose(tokens) ? undefined : 'have brackets that close';
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

function bracketsClose(tokens: readonly string[]): boolean {
  const open: string[] = [];
  for (const text of tokens) {
    if (text in closing) open.push(closing[text]!);
    else if (')]}'.includes(text) && open.pop() !== text) return false;
  }
  return open.length === 0;
}
