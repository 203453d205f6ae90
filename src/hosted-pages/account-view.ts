import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { Db } from '../kernel/db.js';
import type { SessionId } from '../kernel/ids.js';
import { RequestContexts } from '../kernel/request-context.js';
import { type Session, SessionsService } from '../logins/sessions.service.js';
import { CandidatesService } from '../memberships/candidates.service.js';
import { deviceName } from './device-name.js';
import { agoInWords, type Language } from './strings.js';

/** A signed-in person with the session of this browser. */
export interface SignedIn {
  readonly session: Session;
  readonly user: User;
}

/** What the account page shows, and what it does. */
@Injectable()
export class AccountView {
  constructor(
    private readonly db: Db,
    private readonly cookies: BrowserCookies,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
    private readonly candidates: CandidatesService,
    private readonly contexts: RequestContexts,
    private readonly clock: Clock,
  ) {}

  /** The person of this browser's session, if both are alive. */
  async signedIn(request: FastifyRequest): Promise<SignedIn | undefined> {
    const secret = this.cookies.session(request);
    const session = secret && (await this.sessions.find(secret));
    const user = session && (await this.users.find(session.userId));
    return session && user?.active ? { session, user } : undefined;
  }

  /** The data of the page. */
  async data({ session, user }: SignedIn, language: Language): Promise<object> {
    const now = this.clock.now();
    const memberships = await this.db.read((tx) => this.candidates.of(tx, user.id, null));
    const sessions = await this.sessions.list(user.id);
    return {
      person: { name: `${user.givenName} ${user.familyName}`, email: user.email },
      memberships: memberships.map((one) => ({
        name: one.label ? `${one.profileName} (${one.label})` : one.profileName,
        type: one.profileType,
        project: one.projectName,
        pending: one.pending,
      })),
      sessions: sessions.map((one) => ({
        id: one.id,
        device: deviceName(language, one.userAgent),
        address: one.remoteAddress,
        current: one.id === session.id,
        signedIn: agoInWords(language, one.authTime, now),
        lastUsed: agoInWords(language, one.lastUsedAt, now),
      })),
    };
  }

  /** Ends another session of the same person; whether there was one. */
  async endSession(request: FastifyRequest, found: SignedIn, id: SessionId): Promise<boolean> {
    const own = (await this.sessions.list(found.user.id)).some((one) => one.id === id);
    return (
      own && this.db.tx((tx) => this.sessions.end(tx, this.actor(request, found), id, 'ended-by-person'))
    );
  }

  /** Ends this session, or every one. */
  async signOut(request: FastifyRequest, found: SignedIn, everywhere: boolean): Promise<void> {
    const actor = this.actor(request, found);
    await this.db.tx(async (tx) => {
      if (everywhere) await this.sessions.endAll(tx, actor, found.user.id, 'signed-out-everywhere');
      else await this.sessions.end(tx, actor, found.session.id, 'signed-out');
    });
  }

  private actor(request: FastifyRequest, { user }: SignedIn): Actor {
    return { kind: 'user', userId: user.id, request: this.contexts.of(request) };
  }
}
