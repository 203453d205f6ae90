import type { ErrorIssue } from './errors.js';
import type { Failure } from './failure.js';

/** A FHIR OperationOutcome as the JSON doors send it (wire-spec section 0.3). */
export interface OperationOutcome {
  readonly resourceType: 'OperationOutcome';
  readonly id?: string;
  readonly extension?: readonly object[];
  readonly issue: readonly {
    readonly severity: 'error' | 'information';
    readonly code: string;
    readonly details: { readonly text: string };
    readonly diagnostics?: string;
    readonly expression?: readonly string[];
  }[];
}

export const outcomeType = 'application/fhir+json; charset=utf-8';

/** Whether the door at this path speaks in OperationOutcomes (wire-spec section 0.2). */
export function isOutcomePath(url: string): boolean {
  return /^\/(?:auth|admin|fhir)\//.test(url);
}

/** Per status: the id, the issue code, and the words where they are the same for every case. */
const vocabulary: Readonly<Record<number, { readonly id?: string; code: string; text?: string }>> = {
  400: { code: 'invalid' },
  401: { id: 'unauthorized', code: 'login', text: 'Unauthorized' },
  403: { id: 'forbidden', code: 'forbidden' },
  404: { id: 'not-found', code: 'not-found', text: 'Not found' },
  405: { code: 'not-supported' },
  409: { id: 'conflict', code: 'conflict' },
  410: { id: 'gone', code: 'deleted', text: 'Gone' },
  412: { id: 'precondition-failed', code: 'conflict', text: 'Precondition Failed' },
  413: { id: 'content-too-large', code: 'too-long', text: 'Content too large' },
  415: { id: 'unsupported-media-type', code: 'not-supported', text: 'Unsupported media type' },
  429: { id: 'too-many-requests', code: 'throttled', text: 'Too Many Requests' },
  500: { code: 'exception', text: 'Internal Server Error' },
  503: { code: 'transient' },
};

/**
 * The outcome of a failure. Where the vocabulary has words of its own, the sentence that says what to do is in
 * `diagnostics`.
 * @param requestId what the log lines of the request are called.
 */
export function outcomeOf(failure: Failure, requestId: string): OperationOutcome {
  const { status, detail, field, issues } = failure;
  const { id, code, text } = vocabulary[status] ?? vocabulary[400]!;
  return {
    resourceType: 'OperationOutcome',
    ...(id && { id }),
    extension: [
      {
        url: 'https://medplum.com/fhir/StructureDefinition/tracing',
        extension: [
          { url: 'requestId', valueId: requestId },
          { url: 'traceId', valueId: requestId },
        ],
      },
    ],
    issue: issues?.map(issueOf) ?? [
      {
        severity: 'error',
        code,
        details: { text: text ?? detail },
        ...(text && text !== detail && { diagnostics: detail }),
        ...(field && { expression: [field] }),
      },
    ],
  };
}

function issueOf({ code, sentence, field }: ErrorIssue): OperationOutcome['issue'][number] {
  return {
    severity: 'error',
    code,
    details: { text: sentence },
    ...(field && { expression: [field] }),
  };
}

/** The answer of an act that has nothing else to say. */
export const allOk: OperationOutcome = {
  resourceType: 'OperationOutcome',
  id: 'ok',
  issue: [{ severity: 'information', code: 'informational', details: { text: 'All OK' } }],
};
