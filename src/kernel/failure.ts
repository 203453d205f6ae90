import { HttpException } from '@nestjs/common';
import { AppError, type ErrorIssue, httpStatus } from './errors.js';

/** What the outside may learn of something that failed, before a door gives it its form. */
export interface Failure {
  /** HTTP status. */
  readonly status: number;
  /** One of docs/errors.md, or `http-` and the status. */
  readonly code: string;
  readonly detail: string;
  readonly field?: string | undefined;
  readonly issues?: readonly ErrorIssue[] | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

const sentences: Readonly<Record<number, string>> & { readonly 400: string } = {
  400: 'The request cannot be read. Check its form.',
  404: 'There is nothing at this address.',
  405: 'This address does not take this method.',
  413: 'The request is too large.',
  415: 'This content type is not understood here.',
};

/** Reads any error; what is no expected refusal comes out as 500 without a word about its cause. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AppError) {
    const { code, kind, message: detail, field, issues, retryAfter } = error;
    return { status: httpStatus[kind], code, detail, field, issues, retryAfter };
  }
  const status = error instanceof HttpException ? error.getStatus() : fastifyStatus(error);
  if (status === undefined || status >= 500) {
    return { status: 500, code: 'internal', detail: 'Something went wrong here. Nothing was changed.' };
  }
  return { status, code: `http-${status}`, detail: sentences[status] ?? sentences[400] };
}

/** The status that Fastify gives to a request that it could not read. */
export function fastifyStatus(error: unknown): number | undefined {
  const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
  return typeof statusCode === 'number' && typeof code === 'string' && code.startsWith('FST_')
    ? statusCode
    : undefined;
}
