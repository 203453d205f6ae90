import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../kernel/clock.js';
import { BrowserCookies } from '../../kernel/cookies.js';
import type { ClientId } from '../../kernel/ids.js';
import { newSecret } from '../../kernel/secrets.js';
import type { OAuthErrorCode } from '../oauth.errors.js';

const windowMs = 10_000;
const allowed = 2;

/**
 * Finds apps that send a browser back at once whenever they get an error (F43): the third equal error for one browser
 * and client within ten seconds is to be shown on a page instead. Counted per process: with several nodes a loop may
 * turn a few times more.
 */
@Injectable()
export class RedirectLoops {
  private readonly seen = new LRUCache<string, readonly number[]>({ max: 10_000 });

  constructor(
    private readonly cookies: BrowserCookies,
    private readonly clock: Clock,
  ) {}

  /** Counts an error that is about to be sent to the app; whether it should become a page. */
  turns(request: FastifyRequest, reply: FastifyReply, clientId: ClientId, error: OAuthErrorCode): boolean {
    let browser = this.cookies.browser(request);
    if (!browser) {
      browser = newSecret();
      this.cookies.setBrowser(reply, browser);
    }
    const key = `${browser} ${clientId} ${error}`;
    const now = this.clock.now();
    const recent = (this.seen.get(key) ?? []).filter((at) => now - at < windowMs);
    this.seen.set(key, [...recent.slice(-allowed), now]);
    return recent.length >= allowed;
  }
}
