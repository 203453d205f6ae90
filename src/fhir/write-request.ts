import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { invalidField } from '../kernel/errors.js';
import { isJson } from '../kernel/json-body.js';
import { contentUnreadable } from '../kernel/kernel.errors.js';
import { shapeProblem } from '../r4/resource-shape.js';
import type { Resource } from '../r4/search-row.js';
import { notSupported, resourceInvalid, versionMismatch } from './fhir.errors.js';
import { pairsOfUrl, type SearchPairs } from './search-pairs.js';

/** What the answer of a write holds (FHIR R4 http.html section 3.1.0.1.9). */
export type Preferred = 'minimal' | 'representation' | 'OperationOutcome';

type Headers = FastifyRequest['headers'];

/** The versions that a write may go over; absent: any. */
export type IfMatch = readonly string[] | undefined;

/**
 * The resource in a request body.
 * @param id that the body must say; absent for a new resource, whose id the server gives.
 * @throws UnsupportedMediaTypeException (415); AppError `content-unreadable`, `resource-invalid`
 */
export function readResource(request: FastifyRequest, type: string, id?: string): Resource {
  if (!isJson(request) || isPatchType(request)) throw new UnsupportedMediaTypeException();
  const { body } = request;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw contentUnreadable();
  const problem = shapeProblem(body);
  if (problem) throw resourceInvalid({ issues: [problem] });
  const resource = body as Resource;
  if (resource.resourceType !== type) throw invalid('resourceType', `"resourceType" must be ${type}`);
  if (id !== undefined && resource.id !== id) throw invalid('id', '"id" must be the id of the address');
  const { meta } = resource;
  if (meta !== undefined && (typeof meta !== 'object' || meta === null || Array.isArray(meta)))
    throw invalid('meta', '"meta" must be an object');
  return resource;
}

/** A JSON Patch in a request body, unread. @throws UnsupportedMediaTypeException (415) */
export function readPatch(request: FastifyRequest): unknown {
  if (!isPatchType(request)) throw new UnsupportedMediaTypeException();
  return request.body;
}

function isPatchType({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return /^application\/json-patch\+json\s*(?:;|$)/i.test(headers['content-type'] ?? '');
}

/** Preconditions that are not kept here; ignored, they would let through what was to be stopped. */
const notKept = ['if-none-exist', 'if-none-match', 'if-unmodified-since'] as const;

/** Reads `If-Match` (RFC 9110 section 13.1.1). @throws AppError `invalid-input`, `not-supported` for others */
export function readIfMatch(headers: Headers): IfMatch {
  const strange = notKept.find((name) => headers[name] !== undefined);
  if (strange) throw notSupported(`"${strange}" is not supported here.`, strange);
  const text = headers['if-match'];
  if (text === undefined || text.trim() === '*') return undefined;
  const tags = text.split(',').map((one) => /^\s*(?:W\/)?"([^"]{1,64})"\s*$/.exec(one)?.[1]);
  if (tags.some((tag) => tag === undefined)) throw invalidField('If-Match', 'must be an ETag like W/"1"');
  return tags as string[];
}

/**
 * Reads `If-None-Exist` of a request that makes something: a search as in the query of an address (FHIR R4 http.html section
 * 3.1.0.8.1). Its other conditions are read as `readIfMatch` does. @throws AppError `invalid-input`, `not-supported`
 */
export function readIfNoneExist(headers: Headers): SearchPairs | undefined {
  const { 'if-none-exist': text, ...others } = headers;
  readIfMatch(others);
  if (text === undefined) return undefined;
  const pairs = pairsOfUrl(String(text).replace(/^\??/, '?'));
  if (pairs.length === 0) throw invalidField('If-None-Exist', 'is a search such as identifier=system|value');
  return pairs;
}

/** @throws AppError `version-mismatch` when a write may not go over this version */
export function checkIfMatch(ifMatch: IfMatch, { meta }: Resource): void {
  if (ifMatch && !ifMatch.includes(String(meta?.['versionId']))) throw versionMismatch();
}

/** Reads `Prefer`; what is not understood is left out (RFC 7240 section 2). */
export function readPreferred({ prefer }: Headers): Preferred {
  const found = /(?:^|[,;\s])return="?(minimal|representation|OperationOutcome)"?(?=[,;\s]|$)/.exec(
    String(prefer ?? ''),
  );
  return (found?.[1] as Preferred | undefined) ?? 'representation';
}

function invalid(field: string, sentence: string) {
  return resourceInvalid({ issues: [{ code: 'invalid', sentence, field }] });
}
