import { AppError, conflict, unavailable } from './errors.js';

/** The SQLSTATE of a database error (PostgreSQL appendix A), if it is one. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  // Each SQLSTATE has a digit; EPIPE, of the operating system, has none.
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined;
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

// The words of the driver and of the operating system for a database that is not there, or no longer.
const connectionTrouble =
  /^Connection terminated|^timeout exceeded when trying to connect|^Client (has encountered|was closed)|not queryable|^Cannot use a pool|\b(ECONN\w+|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)\b/;

/** Turns trouble with the connection into `unavailable`, repeated conflicts into `conflict`; leaves the rest. */
export function translate(error: unknown): unknown {
  const state = sqlState(error);
  const { code = '', message = '' } = (error ?? {}) as { code?: unknown; message?: unknown };
  const lost = state
    ? /^(08|57P0|53)/.test(state)
    : !(error instanceof AppError) && connectionTrouble.test(`${message} ${code}`);
  if (lost) return unavailable({ cause: error, detail: 'database', retryAfter: 3 });
  if (isRetryable(error)) return conflict({ cause: error });
  return error;
}
