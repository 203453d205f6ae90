import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { invalidField } from './errors.js';
import { contentUnreadable } from './kernel.errors.js';

const maxLength = 8192;

/** The members of a JSON request body, read one by one. What is empty or null counts as absent (rulings 3). */
export class JsonBody {
  constructor(private readonly members: Readonly<Record<string, unknown>>) {}

  /** Every member as it came, for a door that checks them by a schema. */
  get all(): Readonly<Record<string, unknown>> {
    return this.members;
  }

  /** @throws AppError `invalid-input` naming the member: no text, too long, or with a null character or half of a surrogate pair. */
  text(name: string): string | undefined {
    const value = this.members[name];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') throw invalidField(name, 'must be text');
    if (value.length > maxLength) throw invalidField(name, 'is too long');
    if (value.includes('\0')) throw invalidField(name, 'must have no null character');
    if (/\p{Cs}/u.test(value)) throw invalidField(name, 'must have no half of a surrogate pair');
    return value;
  }

  /** @throws AppError `invalid-input` */
  flag(name: string): boolean {
    return this.choice(name) ?? false;
  }

  /** The same, where saying nothing is not saying no. @throws AppError `invalid-input` */
  choice(name: string): boolean | undefined {
    const value = this.members[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'boolean') throw invalidField(name, 'must be true or false');
    return value;
  }
}

/**
 * The body of a door that takes `application/json` and any `+json` type, and nothing that a form of another site can
 * send (login CSRF).
 * @throws UnsupportedMediaTypeException (415); AppError `content-unreadable` when it is no JSON object.
 */
export function readJson(request: FastifyRequest): JsonBody {
  if (!isJson(request)) throw new UnsupportedMediaTypeException();
  const { body } = request;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw contentUnreadable();
  return new JsonBody(body as Record<string, unknown>);
}

/** Whether the body is `application/json` or any `+json` type (RFC 6839 section 3.1). */
export function isJson({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(headers['content-type'] ?? '');
}
