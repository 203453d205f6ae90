import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { type Session, SessionsService } from '../logins/sessions.service.js';

/** Who is signed in to a browser. */
@Injectable()
export class BrowserSessions {
  constructor(
    private readonly cookies: BrowserCookies,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
  ) {}

  /** The person and the session of this browser, if both are alive. */
  async signedIn(
    request: FastifyRequest,
  ): Promise<{ readonly session: Session; readonly user: User } | undefined> {
    const secret = this.cookies.session(request);
    const session = secret && (await this.sessions.find(secret));
    const user = session && (await this.users.find(session.userId));
    return session && user?.active ? { session, user } : undefined;
  }
}
