import { Injectable } from '@nestjs/common';
import type { Client } from '../../clients/clients.service.js';
import { Config } from '../../kernel/config.js';

/** From where an app may send a password, and from where a browser session may be opened. */
@Injectable()
export class OriginRules {
  private readonly own: string;

  constructor(private readonly config: Config) {
    this.own = new URL(config.baseUrl).origin;
  }

  /** A page may sign in for a client that names its origin (F89). @param origin as sent; none from what is no page. */
  maySignIn(client: Client, origin: string | undefined): boolean {
    return (
      this.mayOpenSession(origin) ||
      client.origins.includes(origin!) ||
      this.config.allowedOrigins.includes(origin!)
    );
  }

  /** A page of another origin must not plant a session of this server in a browser (F54). */
  mayOpenSession(origin: string | undefined): boolean {
    return origin === undefined || origin === this.own;
  }
}
