import type { GraphQLFormattedError } from 'graphql';
import { AppError, type ErrorKind } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';

/** `extensions.code` per kind of refusal. */
const codes: Readonly<Record<ErrorKind, string>> = {
  invalid: 'BAD_USER_INPUT',
  unauthenticated: 'UNAUTHENTICATED',
  forbidden: 'FORBIDDEN',
  'not-found': 'NOT_FOUND',
  conflict: 'CONFLICT',
  gone: 'NOT_FOUND',
  'precondition-failed': 'CONFLICT',
  'too-many': 'TOO_MANY_REQUESTS',
  unavailable: 'UNAVAILABLE',
  internal: 'INTERNAL',
};

/** The shape that errors of GraphQL execution have, whoever made them. */
interface RaisedError extends Error {
  readonly locations?: GraphQLFormattedError['locations'];
  readonly path?: GraphQLFormattedError['path'];
  readonly originalError?: Error | undefined;
}

/**
 * What the outside sees of an error: an expected refusal in its own words, a query that GraphQL itself refuses in those
 * of GraphQL, and one fixed sentence for everything else, which goes to the log.
 */
export function formattedError(raised: Error, log: Log): GraphQLFormattedError {
  const { message, locations, path } = raised as RaisedError;
  const place = { ...(locations && { locations }), ...(path && { path }) };
  const cause = rootOf(raised);
  if (cause instanceof AppError && cause.kind !== 'internal') {
    const { code, kind, field, retryAfter } = cause;
    const more = { ...(field && { field }), ...(retryAfter !== undefined && { retryAfter }) };
    return { message: cause.message, ...place, extensions: { code: codes[kind], reason: code, ...more } };
  }
  // Parsing and validation raise a bare GraphQLError, the coercion of variables one that may wrap another, both without a
  // path. One with a path comes from a resolver and is a fault of ours, if it wraps another.
  if (cause.name === 'GraphQLError' && (cause === raised || !path)) {
    return { message, ...place, extensions: { code: codes.invalid, reason: 'invalid-query' } };
  }
  log.error('A GraphQL request failed', { code: 'internal', error: cause });
  return {
    message: 'Something went wrong here. Nothing was changed.',
    ...place,
    extensions: { code: codes.internal, reason: 'internal' },
  };
}

function rootOf(error: Error): Error {
  const { originalError } = error as RaisedError;
  return originalError ? rootOf(originalError) : error;
}
