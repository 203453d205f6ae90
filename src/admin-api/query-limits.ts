import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { type DocumentNode, type GraphQLSchema, getNamedType, type ValidationRule, visit } from 'graphql';
import { type ComplexityEstimator, getComplexity, simpleEstimator } from 'graphql-query-complexity';
import { introspectionForAdmins, queryTooComplex } from './admin-api.errors.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { defaultFirst } from './paging.types.js';

/** Characters of a query. */
export const maxQueryLength = 20_000;

const maxComplexity = 10_000;
const reported = {
  propagateOnRejection: false,
  onReject: [
    (context: { reportError(error: Error): void } | null, error: Error) => context?.reportError(error),
  ],
};

/** How far a query text is read, and how many of its faults are told. */
export const graphqlOptions = { parseOptions: { maxTokens: 2_000 }, validateOptions: { maxErrors: 10 } };

/** Limits that the text of a query alone decides; judged once per text, because it is cached with its verdict. */
export const limitRules = [
  // As deep as the usual introspection query of tools.
  maxDepthRule({ n: 16, flattenFragments: true, ignoreIntrospection: false, ...reported } as never),
  maxAliasesRule({ n: 15, ...reported } as never),
  maxDirectivesRule({ n: 10, ...reported } as never),
] as unknown as ValidationRule[];

/**
 * Limits that depend on who asks and with which variables, judged before execution: the schema is for admins, and
 * a query must not ask for more than some ten thousand values.
 * @throws AppError `introspection-for-admins`, `query-too-complex`
 */
export function checkExecution(
  schema: GraphQLSchema,
  query: DocumentNode,
  { caller, operationName }: GraphqlContext,
  variables: Record<string, unknown>,
): void {
  if (!caller.admin && !caller.superAdmin && asksForSchema(query)) throw introspectionForAdmins();
  const estimators = [pages, simpleEstimator({ defaultComplexity: 1 })];
  const named = operationName === undefined ? {} : { operationName };
  if (getComplexity({ schema, query, variables, estimators, ...named }) > maxComplexity) {
    throw queryTooComplex();
  }
}

/**
 * Mercurius takes a query text that is no GraphQL for a syntax tree in JSON, past the limit of tokens. No GraphQL
 * operation begins like JSON.
 */
export function looksLikeJson(query: string): boolean {
  return /^[\t\n\r ]*(?:\{[\t\n\r ]*["}]|[["\d-]|(?:true|false|null)[\t\n\r ]*$)/.test(query);
}

/** A page costs what its rows cost. */
const pages: ComplexityEstimator = ({ field, args, childComplexity }) => {
  if (!getNamedType(field.type).name.endsWith('Connection')) return undefined;
  const first = typeof args['first'] === 'number' ? args['first'] : defaultFirst;
  return 1 + Math.max(first, 1) * childComplexity;
};

function asksForSchema(query: DocumentNode): boolean {
  let found = false;
  visit(query, {
    Field: ({ name }) => {
      found ||= name.value === '__schema' || name.value === '__type';
    },
  });
  return found;
}
