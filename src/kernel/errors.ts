/** What kind of refusal an error is; doors translate it (HTTP status, GraphQL code, OperationOutcome). */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'gone'
  | 'precondition-failed'
  | 'too-many'
  | 'unavailable'
  | 'internal';

/** HTTP status per kind (RFC 9110 section 15). */
export const httpStatus: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  'precondition-failed': 412,
  'too-many': 429,
  unavailable: 503,
  internal: 500,
};

/** One line of the error catalogue: `docs/errors.md` is generated from all of them. */
export interface ErrorDefinition {
  readonly code: string;
  readonly kind: ErrorKind;
  /** The sentence the outside world sees: what happened, then what to do. */
  readonly sentence: string;
}

const catalogue = new Map<string, ErrorDefinition>();

/** Every error defined so far, by code, sorted: the source of `docs/errors.md`. */
export function errorCatalogue(): ErrorDefinition[] {
  return [...catalogue.values()].sort((a, b) => a.code.localeCompare(b.code));
}

/**
 * Declares an error once and returns a factory for it.
 * @throws Error at module load when the code is already taken.
 */
export function defineError(code: string, kind: ErrorKind, sentence: string) {
  if (catalogue.has(code)) throw new Error(`Error code "${code}" is defined twice`);
  const definition: ErrorDefinition = { code, kind, sentence };
  catalogue.set(code, definition);
  return (options: AppErrorOptions = {}): AppError => new AppError(definition, options);
}

/** One thing that is wrong with an input that may have many. */
export interface ErrorIssue {
  /** One of FHIR's issue types (hl7.org/fhir/R4/valueset-issue-type.html). */
  readonly code: string;
  /** Shown to the outside. */
  readonly sentence: string;
  readonly field?: string;
}

export interface AppErrorOptions {
  /** Replaces the catalogue's sentence where a name or number belongs into it. Shown to the outside. */
  readonly sentence?: string;
  /** For the log only. */
  readonly detail?: string;
  /** The input field that is wrong, as the caller named it. */
  readonly field?: string;
  /** All that is wrong, where one sentence does not say it; shown by the FHIR doors. */
  readonly issues?: readonly ErrorIssue[];
  /** Seconds after which trying again makes sense (RFC 9110 section 10.2.3). */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** An expected refusal. `message` is public; `detail` and `cause` are for the log only. */
export class AppError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly detail: string | undefined;
  readonly field: string | undefined;
  readonly issues: readonly ErrorIssue[] | undefined;
  readonly retryAfter: number | undefined;

  constructor(definition: ErrorDefinition, options: AppErrorOptions = {}) {
    super(options.sentence ?? definition.sentence, { cause: options.cause });
    this.name = 'AppError';
    this.code = definition.code;
    this.kind = definition.kind;
    this.detail = options.detail;
    this.field = options.field;
    this.issues = options.issues;
    this.retryAfter = options.retryAfter;
  }
}

export const notFound = defineError(
  'not-found',
  'not-found',
  'This does not exist. Check the id and the project.',
);
export const forbidden = defineError(
  'forbidden',
  'forbidden',
  'You may not do this. Ask an admin of the project.',
);
export const unauthenticated = defineError(
  'unauthenticated',
  'unauthenticated',
  'Sign in first: send a valid access token.',
);
export const invalidInput = defineError('invalid-input', 'invalid', 'The input is not valid.');
/** The same for one field, whose name and fault make the sentence. */
export function invalidField(field: string, what: string): AppError {
  return invalidInput({ sentence: `"${field}" ${what}.`, field });
}
export const conflict = defineError(
  'conflict',
  'conflict',
  'Somebody changed this in the meantime. Read it again, then repeat your change.',
);
export const tooMany = defineError(
  'too-many-requests',
  'too-many',
  'Too many requests. Wait a moment, then try again.',
);
export const unavailable = defineError(
  'unavailable',
  'unavailable',
  'The server is busy. Try again in a few seconds.',
);
