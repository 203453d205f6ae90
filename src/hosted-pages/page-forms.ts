import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../kernel/config.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { newSecret, presentedSecret, Sealer, type Secret, sameBytes } from '../kernel/secrets.js';

/** The fields of a posted form, each once. */
export type FormFields = ReadonlyMap<string, string>;

const maxLength = 4096;

/**
 * Forms that only our own pages can post (login CSRF included): a token bound to this browser's cookie, and the
 * browser's own word about where the request came from.
 */
@Injectable()
export class PageForms {
  constructor(
    private readonly cookies: BrowserCookies,
    private readonly sealer: Sealer,
    private readonly config: Config,
  ) {}

  /** The token for the forms of a page; gives the browser its cookie if it has none. */
  token(request: FastifyRequest, reply: FastifyReply): string {
    let browser = this.cookies.browser(request);
    if (!browser) {
      browser = newSecret();
      this.cookies.setBrowser(reply, browser);
    }
    return this.tokenOf(browser);
  }

  /** The fields of a form that this browser got from us; `undefined` for anything else. */
  read(request: FastifyRequest): FormFields | undefined {
    const fields = fieldsOf(request);
    const browser = this.cookies.browser(request);
    const token = fields?.get('csrf');
    if (!fields || !browser || !token || !this.cameFromHere(request)) return undefined;
    return sameBytes(Buffer.from(token), Buffer.from(this.tokenOf(browser))) ? fields : undefined;
  }

  /** The handle of the kept authorization request that a page or form belongs to. */
  handle(fields: FormFields | undefined): Secret | undefined {
    const value = fields?.get('request');
    return value && /^[A-Za-z0-9_-]{43}$/.test(value) ? presentedSecret(value) : undefined;
  }

  private tokenOf(browser: Secret): string {
    return this.sealer.keyedHash('csrf', browser).toString('base64url');
  }

  /** Our pages send no referrer, so browsers write `Origin: null` on their forms; a foreign origin is a foreign page. */
  private cameFromHere({ headers }: FastifyRequest): boolean {
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
    const { origin } = headers;
    return origin === undefined || origin === 'null' || origin === this.config.origin;
  }
}

function fieldsOf(request: FastifyRequest): FormFields | undefined {
  const mediaType = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType !== 'application/x-www-form-urlencoded') return undefined;
  if (typeof request.body !== 'object' || request.body === null) return undefined;
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(request.body)) {
    if (typeof value !== 'string' || value.length > maxLength) return undefined;
    fields.set(name, value);
  }
  return fields;
}
