import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../kernel/config.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { newSecret, presentedSecret, Sealer, type Secret, sameBytes } from '../kernel/secrets.js';
import { malformedForm, staleForm } from './hosted-pages.errors.js';

/** The fields of a query or form, each once. */
export type FormFields = ReadonlyMap<string, string>;

/** What a form is for. The token of one is no good for another. */
export type FormPurpose =
  | 'sign-in'
  | 'select-account'
  | 'choose-profile'
  | 'consent'
  | 'second-step'
  | 'factors'
  | 'account'
  | 'password'
  | 'setup'
  | 'reset-password'
  | 'set-password'
  | 'verify-email'
  | 'sign-out';

const maxFields = 100;
const maxLength = 8192;

/**
 * Forms that only our own pages can post (login CSRF included): a token bound to this browser's cookie and to the
 * form's purpose, and the browser's own word about where the request came from.
 */
@Injectable()
export class PageForms {
  constructor(
    private readonly cookies: BrowserCookies,
    private readonly sealer: Sealer,
    private readonly config: Config,
  ) {}

  /** The token for the forms of a page; gives the browser its cookie if it has none. */
  token(request: FastifyRequest, reply: FastifyReply, purpose: FormPurpose): string {
    let browser = this.cookies.browser(request);
    if (!browser) {
      browser = newSecret();
      this.cookies.setBrowser(reply, browser);
    }
    return this.sealer.keyedHash('csrf', `${browser}.${purpose}`).toString('base64url');
  }

  /**
   * The fields of a form that this browser got from us.
   * @throws AppError `form-malformed`: not urlencoded, a field twice, too much, or with a null character
   * @throws AppError `form-stale`: from another browser, purpose or site
   */
  read(request: FastifyRequest, purpose: FormPurpose): FormFields {
    const mediaType = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
    const fields =
      mediaType === 'application/x-www-form-urlencoded' ? this.fieldsOf(request.body) : undefined;
    if (!fields) throw malformedForm();
    const browser = this.cookies.browser(request);
    const token = fields.get('csrf');
    if (!browser || !token || !this.cameFromHere(request) || !this.isToken(browser, purpose, token)) {
      throw staleForm();
    }
    return fields;
  }

  /** The parameters of a page's address. @throws AppError `form-malformed` */
  query(request: FastifyRequest): FormFields {
    const fields = this.fieldsOf(request.query ?? {});
    if (!fields) throw malformedForm();
    return fields;
  }

  /** The handle of the kept authorization request that a page or form belongs to. */
  handle(fields: FormFields): Secret | undefined {
    return this.secret(fields, 'request');
  }

  /** A secret of ours in a field; `undefined` for what cannot be one. */
  secret(fields: FormFields, name: 'request' | 'half'): Secret | undefined {
    const value = fields.get(name);
    return value && /^[A-Za-z0-9_-]{43}$/.test(value) ? presentedSecret(value) : undefined;
  }

  private fieldsOf(source: unknown): FormFields | undefined {
    if (typeof source !== 'object' || source === null) return undefined;
    const entries = Object.entries(source);
    const wellFormed = entries.every(
      ([, value]) => typeof value === 'string' && value.length <= maxLength && !value.includes('\0'),
    );
    return wellFormed && entries.length <= maxFields ? new Map(entries) : undefined;
  }

  /** Pages that were made under an earlier sealing key stay good while that key opens. */
  private isToken(browser: Secret, purpose: FormPurpose, token: string): boolean {
    const given = Buffer.from(token, 'base64url');
    return this.sealer.keyIds.some((keyId) =>
      sameBytes(given, this.sealer.keyedHash('csrf', `${browser}.${purpose}`, keyId)),
    );
  }

  /** Our pages send no referrer, so browsers write `Origin: null` on their forms; a foreign origin is a foreign page. */
  private cameFromHere({ headers }: FastifyRequest): boolean {
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
    const { origin } = headers;
    return origin === undefined || origin === 'null' || origin === this.config.origin;
  }
}
