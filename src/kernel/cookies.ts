import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from './config.js';
import { presentedSecret, type Secret } from './secrets.js';

const shape = /^[A-Za-z0-9_-]{43}$/;

/**
 * The two cookies there are. On https their names carry `__Host-`, so that no other host can plant them; the name of
 * one scheme is never read under the other (F53).
 */
@Injectable()
export class BrowserCookies {
  private readonly sessionName: string;
  private readonly browserName: string;

  constructor(private readonly config: Config) {
    const prefix = config.isHttps ? '__Host-' : '';
    this.sessionName = `${prefix}carekey-session`;
    this.browserName = `${prefix}carekey-browser`;
  }

  /** The secret of the signed-in session. */
  session(request: FastifyRequest): Secret | undefined {
    return this.read(request, this.sessionName);
  }

  /** What binds kept requests and forms to this browser. */
  browser(request: FastifyRequest): Secret | undefined {
    return this.read(request, this.browserName);
  }

  setSession(reply: FastifyReply, secret: Secret): void {
    this.write(reply, this.sessionName, secret);
  }

  setBrowser(reply: FastifyReply, secret: Secret): void {
    this.write(reply, this.browserName, secret);
  }

  clearSession(reply: FastifyReply): void {
    reply.clearCookie(this.sessionName, this.attributes());
  }

  private read(request: FastifyRequest, name: string): Secret | undefined {
    const value = request.cookies[name];
    return value !== undefined && shape.test(value) ? presentedSecret(value) : undefined;
  }

  private write(reply: FastifyReply, name: string, secret: Secret): void {
    reply.setCookie(name, secret, this.attributes());
  }

  private attributes() {
    return { path: '/', httpOnly: true, sameSite: 'lax', secure: this.config.isHttps } as const;
  }
}
