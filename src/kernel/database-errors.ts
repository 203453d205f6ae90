import { conflict, unavailable } from './errors.js';

/** The SQLSTATE of a database error (PostgreSQL appendix A), if it is one. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** The name of the constraint that a write broke, for stores that turn it into their own error. */
export function brokenConstraint(error: unknown): string | undefined {
  const { constraint, driverError } = error as { constraint?: string; driverError?: { constraint?: string } };
  return constraint ?? driverError?.constraint;
}

const retryable = new Set(['40001', '40P01']);

/** Whether a transaction that failed so may simply run again (serialization failure, deadlock). */
export function isRetryable(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && retryable.has(state);
}

const connectionTrouble = /terminat|ECONN|EPIPE|ENOENT|timeout|Connection|not queryable|too many clients/i;

/** Turns trouble with the connection into `unavailable`, repeated conflicts into `conflict`; leaves the rest. */
export function translate(error: unknown): unknown {
  const state = sqlState(error);
  const lost = state
    ? /^(08|57P0|53)/.test(state)
    : error instanceof Error && !('kind' in error) && connectionTrouble.test(error.message);
  if (lost) return unavailable({ cause: error, detail: 'database', retryAfter: 3 });
  if (isRetryable(error)) return conflict({ cause: error });
  return error;
}
